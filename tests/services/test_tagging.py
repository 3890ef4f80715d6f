"""A run of a rule that nobody goes on with ends by itself, and takes the contacts' ids along."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection as database
from django.utils import timezone
from pytest_django import Settings

from dsr.actions import READS, Action
from dsr.exceptions import InvalidInput, NotAllowed, WrongState
from dsr.jobs import tasks
from dsr.models import AuditEntry, Connection, TagRun, TagTarget, User
from dsr.services import connections, rotation, tagging, users
from dsr.services.tagging_rules import Rule, rule
from dsr.services.using import Behalf
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import make_connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(db: None, sandbox: Sandbox) -> Connection:
    return make_connection(sandbox, granted=[*READS, Action.ADD_CONTACT_TAGS], may_delete=False)


def begin(connection: Connection, officer: User, *, tag: str = "Gold") -> TagRun:
    return tagging.begin(
        connection=connection,
        behalf=Behalf(person=officer),
        integration_id="",
        report="leads",
        start=dt.date(2018, 1, 1),
        end=dt.date(2018, 12, 31),
        rule=rule(where=["source=ADS"], spent_over="44.99"),
        tag=tag,
        adds=True,
    )


def begun(connection: Connection, officer: User) -> TagRun:
    """A run that has found Linda."""
    run = begin(connection, officer)
    assert len(list(tagging.collect(run, behalf=Behalf(person=officer)))) == 1
    return run


def test_a_number_is_given_to_nobody_since_it_would_be_another_tags_id(connection: Connection, officer: User) -> None:
    with pytest.raises(InvalidInput, match="isn't a number"):
        begin(connection, officer, tag="101")
    assert not TagRun.objects.exists()


def test_an_old_run_is_thrown_away(connection: Connection, officer: User) -> None:
    run = begun(connection, officer)
    assert [row.contact_id for row in run.targets.all()] == ["1004"]
    tasks.retain()
    assert TagTarget.objects.count() == 1
    TagRun.objects.update(started_at=timezone.now() - dt.timedelta(days=tagging.KEEP_DAYS, seconds=1))
    tasks.retain()
    run.refresh_from_db()
    assert (run.stage, run.matched, TagTarget.objects.count()) == ("thrown_away", 1, 0)
    assert AuditEntry.objects.filter(verb="tagging_thrown_away", actor="worker").count() == 1


def test_a_run_that_is_thrown_away_meanwhile_sends_nothing_more(
    connection: Connection, officer: User, sandbox: Sandbox
) -> None:
    run, behalf = begun(connection, officer), Behalf(person=officer)
    tagging.throw_away(TagRun.objects.get(pk=run.pk), behalf=behalf)
    with pytest.raises(WrongState):
        list(tagging.send(run, behalf=behalf))
    assert {call.method for call in sandbox.calls()} == {"GET"}


def test_the_same_page_counts_once(connection: Connection, officer: User) -> None:
    """Two processes that go on with one run look at the same page."""
    run = begun(connection, officer)
    TagRun.objects.update(stage="collecting", next_page=1)
    one, other = (TagRun.objects.get(pk=run.pk) for _ in range(2))
    for twin in (one, other):
        list(tagging.collect(twin, behalf=Behalf(person=officer)))
    run.refresh_from_db()
    assert run.targets.count() == 1


@pytest.mark.parametrize(
    ("where", "over"),
    [([], ""), (["source"], ""), (["source="], ""), (["city=Ghent"], ""), ([], "-1"), ([], "1.000,00"), ([], "NaN")],
)
def test_no_condition_or_a_wrong_one(where: list[str], over: str) -> None:
    with pytest.raises(InvalidInput):
        rule(where=where, spent_over=over)


def test_a_rule_comes_back_as_it_was_stored() -> None:
    made = rule(where=["source=a=b", "channel=Paid"], spent_over="100")
    assert (
        Rule.of_json(made.as_json()) == made == Rule(source=(("source", "a=b"), ("channel", "Paid")), spent_over=10_000)
    )


def test_contacts_of_one_account_are_not_tagged_in_another(
    connection: Connection, officer: User, administrator: User, sandbox: Sandbox
) -> None:
    run = begun(connection, officer)
    connection.account_id = "elsewhere"
    connections.save(actor=administrator, connection=connection, api_key=None, integrations=[("int9", "Webshop")])
    with pytest.raises(WrongState):
        list(tagging.send(run, behalf=Behalf(person=officer)))
    assert TagTarget.objects.count() == 0
    assert {call.method for call in sandbox.calls()} == {"GET"}


def test_nothing_is_sent_once_the_same_id_may_be_somebody_elses(
    connection: Connection, officer: User, sandbox: Sandbox
) -> None:
    run = begun(connection, officer)
    connection.integrations.create(integration_id="int1", label="Courses")
    with pytest.raises(InvalidInput, match="somebody else's"):
        list(tagging.send(run, behalf=Behalf(person=officer)))
    assert {call.method for call in sandbox.calls()} == {"GET"}


def test_nothing_is_sent_to_an_integration_that_the_connection_lost(
    connection: Connection, officer: User, administrator: User, sandbox: Sandbox
) -> None:
    run = begun(connection, officer)
    connections.save(actor=administrator, connection=connection, api_key=None, integrations=[("int12", "Courses")])
    with pytest.raises(InvalidInput, match="no such integration"):
        list(tagging.send(run, behalf=Behalf(person=officer)))
    assert {call.method for call in sandbox.calls()} == {"GET"}


def _take_the_grant(connection: Connection, administrator: User, officer: User) -> None:
    connections.grant(connection=connection, actor=administrator, actions=[*READS])


def _take_it_out_of_use(connection: Connection, administrator: User, officer: User) -> None:
    stored = Connection.objects.get(pk=connection.pk)
    stored.is_active = False
    connections.save(actor=administrator, connection=stored, api_key=None, integrations=[("int9", "Webshop")])


def _take_the_role(connection: Connection, administrator: User, officer: User) -> None:
    users.set_roles(actor=administrator, user=officer, roles=[])


def _close_the_account(connection: Connection, administrator: User, officer: User) -> None:
    users.deactivate(actor=administrator, user=officer)


@pytest.mark.parametrize("take", [_take_the_grant, _take_it_out_of_use, _take_the_role, _close_the_account])
def test_what_is_taken_back_meanwhile_ends_a_run_before_its_next_contact(
    connection: Connection,
    officer: User,
    administrator: User,
    sandbox: Sandbox,
    take: Callable[[Connection, User, User], None],
) -> None:
    """A run of thousands takes hours at SegMetrics' pace."""
    for number in range(3):
        event = {"type": "visit", "date_created": "2018-09-30 10:00:00", "utm_source": "ads"}
        sandbox.add_contact(contact_id=f"6{number}", date_created="2018-09-30 10:00:00", events=[event])
        sandbox.add_invoice(invoice_id=f"6{number}", contact_id=f"6{number}", amount=9900)
    run = begun(connection, officer)
    sending = tagging.send(run, behalf=Behalf(person=officer))
    next(sending)

    take(connection, administrator, officer)

    with pytest.raises((NotAllowed, InvalidInput)):
        next(sending)
    assert [call.method for call in sandbox.calls()].count("POST") == 1
    assert run.targets.filter(is_done=False).count() == 3


def test_the_tag_and_the_conditions_stand_nowhere_in_the_clear_and_open_after_a_rotation(
    connection: Connection, officer: User, settings: Settings
) -> None:
    run = begun(connection, officer)
    stored = repr([bytes(value) if isinstance(value, memoryview) else value for value in row_of(run)])
    assert "Gold" not in stored
    assert "ADS" not in stored
    settings.ENV = dataclasses.replace(settings.ENV, master_key=b"n" * 32, other_master_keys=[settings.ENV.master_key])
    rotation.rotate()
    settings.ENV = dataclasses.replace(settings.ENV, other_master_keys=[])

    fresh = TagRun.objects.get(pk=run.pk)

    assert (fresh.tag, fresh.conditions["source"]) == ("Gold", [["source", "ADS"]])


def row_of(run: TagRun) -> tuple[object, ...]:
    with database.cursor() as cursor:
        cursor.execute("SELECT * FROM dsr_tagrun WHERE id = %s", [run.pk])
        return tuple(cursor.fetchone())


def test_an_ended_run_is_forgotten_with_the_calls_that_it_made(
    connection: Connection, officer: User, settings: Settings
) -> None:
    ended, other = begun(connection, officer), begun(connection, officer)
    tagging.throw_away(ended, behalf=Behalf(person=officer))
    just = timezone.now() - dt.timedelta(days=settings.ENV.execution_log_days)
    TagRun.objects.filter(pk=ended.pk).update(ended_at=just + dt.timedelta(minutes=5))
    tasks.retain()
    assert TagRun.objects.filter(pk=ended.pk).exists()
    TagRun.objects.filter(pk=ended.pk).update(ended_at=just - dt.timedelta(minutes=5))
    tasks.retain()
    assert list(TagRun.objects.all()) == [other]
