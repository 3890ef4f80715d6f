"""Somebody who was erased is seen again: found by hash alone, told once, and settled by a person."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from dsr import audit
from dsr.exceptions import InvalidInput, WrongState
from dsr.models import AuditEntry, Case, Connection, Credential, Returned, ReturnWatch, User
from dsr.services import assignment, connections, intake, retention, returns
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, make_connection, prepared, work
from tests.path.driving import draw_nothing

pytestmark = pytest.mark.django_db

Erase = Callable[..., Case]


@pytest.fixture
def erase(officer: User, approver: User, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Erase:
    """A request for erasure, carried out."""
    draw_nothing(monkeypatch)

    def whole_way(*, over: Connection = connection, same: tuple[str, ...] = ("1004",), **fields: Any) -> Case:
        case = file_case(officer, over, **fields)
        assignment.assign(case=case, actor=officer, to=officer)
        prepared(case, officer, same=same)
        approve(case, approver)
        work()
        case.refresh_from_db()
        assert case.outcome == "erased"
        return case

    return whole_way


@pytest.fixture
def erased(erase: Erase, sandbox: Sandbox) -> Case:
    """Linda is erased; Tom, who shares her address, was ruled out and stays."""
    return erase(external_ids=["cust-4711"])


@pytest.fixture
def other(erase: Erase, sandbox: Sandbox) -> Connection:
    """A second connection, over which Mary is erased."""
    connection = make_connection(sandbox, name="Second shop")
    sandbox.add_contact(contact_id="3001", email="mary@example.com", date_created="2019-01-01 08:00:00")
    erase(over=connection, emails=["mary@example.com"], same=("3001",))
    return connection


def come_back(sandbox: Sandbox, *, contact_id: str = "5005", email: str = "LINDA.Dare@example.com") -> None:
    lately = f"{timezone.now():%Y-%m-%d} 08:00:00"
    sandbox.add_contact(contact_id=contact_id, email=email, date_created=lately, last_updated=lately)


def test_nobody_came_back_and_whoever_was_ruled_out_is_no_return(erased: Case, connection: Connection) -> None:
    returns.watch_all()
    assert not Returned.objects.exists()
    row = ReturnWatch.objects.get(connection=connection)
    assert row.problem == ""
    assert row.complete_until == timezone.localdate()
    assert row.count >= 1, "Tom was looked at"


def test_a_return_is_told_once_and_nothing_is_deleted(erased: Case, officer: User, sandbox: Sandbox) -> None:
    come_back(sandbox)
    sandbox.reset_calls()
    returns.watch_all()
    with time_machine.travel(timezone.now() + dt.timedelta(days=1)):
        returns.watch_all()
    assert [row.contact_id for row in erased.returned.all()] == ["5005"]
    assert list(officer.notifications.filter(kind="returned").values_list("case", flat=True)) == [erased.pk]
    entry = AuditEntry.objects.get(verb="person_returned")
    assert entry.facts == {"contact_id": "5005"}
    assert sandbox.deletes() == []
    erased.refresh_from_db()
    assert erased.state == "completed"
    assert audit.verify() is None


def test_of_others_nothing_is_kept(erased: Case, sandbox: Sandbox) -> None:
    come_back(sandbox, contact_id="6001", email="somebody.else@example.com")
    returns.watch_all()
    assert not Returned.objects.exists()
    assert not AuditEntry.objects.filter(facts__contact_id="6001").exists()


def test_the_follow_up_is_the_same_person_and_goes_the_whole_way_again(
    erased: Case, officer: User, sandbox: Sandbox
) -> None:
    come_back(sandbox)
    returns.watch_all()
    case = returns.file_follow_up(returned=erased.returned.get(), actor=officer)
    assert (case.subject_name, case.kind, case.state, case.received_on) == (
        "Linda Dare",
        "erasure",
        "received",
        timezone.localdate(),
    )
    assert sorted(row.value for row in case.identifiers.all()) == ["cust-4711", "linda.dare@example.com"]
    assert case.note == "", "the page says whose follow-up it is, in its reader's language"
    row = erased.returned.get()
    assert (row.follow_up, row.settled_by) == (case, officer)
    with pytest.raises(WrongState):
        returns.file_follow_up(returned=row, actor=officer)
    assert Case.objects.count() == 2
    assert audit.verify() is None
    work()
    assert case.candidates.filter(contact_id="5005").exists()


def test_it_can_need_nothing_with_a_reason(erased: Case, officer: User, sandbox: Sandbox) -> None:
    come_back(sandbox)
    returns.watch_all()
    row = erased.returned.get()
    with pytest.raises(InvalidInput):
        returns.dismiss(returned=row, actor=officer, reason=" ")
    returns.dismiss(returned=row, actor=officer, reason="Linda bought again and agreed")
    row.refresh_from_db()
    assert row.settled_at
    assert row.follow_up is None
    assert "Linda" not in str(AuditEntry.objects.get(verb="return_dismissed").facts)
    with time_machine.travel(timezone.now() + dt.timedelta(days=1)):
        returns.watch_all()
    assert Returned.objects.count() == 1


def test_after_the_purge_nobody_is_watched_for(erased: Case, sandbox: Sandbox) -> None:
    come_back(sandbox)
    erased.purge_on = timezone.localdate()
    erased.save(update_fields=["purge_on"])
    retention.purge(case=erased)
    sandbox.reset_calls()
    returns.watch_all()
    assert not Returned.objects.exists()
    assert sandbox.calls() == [], "nobody is asked about"


def test_a_service_that_is_away_is_noted_and_looked_at_again(
    erased: Case, connection: Connection, sandbox: Sandbox
) -> None:
    returns.watch_all()
    before = ReturnWatch.objects.get().complete_until
    with time_machine.travel(timezone.now() + dt.timedelta(days=1)):
        sandbox.fault("server_error", path="/report", times=10)
        returns.watch_all()
        row = ReturnWatch.objects.get()
        assert row.problem == "unreachable"
        assert row.complete_until == before
        sandbox.clear_faults()
        come_back(sandbox)
        returns.watch_all()
        assert ReturnWatch.objects.get().problem == ""
    assert Returned.objects.count() == 1


def test_an_account_that_is_not_known_is_a_problem(erased: Case, sandbox: Sandbox) -> None:
    sandbox.fault("status", path="/report", status=404, times=1)
    returns.watch_all()
    row = ReturnWatch.objects.get()
    assert (row.problem, row.complete_until) == ("control_read_failed", None)


def test_what_was_looked_through_to_the_end_is_not_asked_again_that_day(erased: Case, sandbox: Sandbox) -> None:
    returns.watch_all()
    sandbox.reset_calls()
    returns.watch_all()
    assert sandbox.calls() == []


def test_where_it_was_looked_through_already_only_the_newest_are(erased: Case, sandbox: Sandbox) -> None:
    returns.watch_all()
    sandbox.reset_calls()
    with time_machine.travel(timezone.now() + dt.timedelta(days=10)):
        returns.watch_all()
        assert ReturnWatch.objects.get().looked_from == timezone.localdate() - dt.timedelta(days=12)


@pytest.mark.parametrize("was_through", [True, False])
def test_after_an_outage_longer_than_a_report_whoever_came_back_at_its_beginning_is_seen(
    erased: Case, sandbox: Sandbox, was_through: bool
) -> None:
    Connection.objects.update(report_days=30)
    if not was_through:
        sandbox.fault("server_error", path="/report", times=10)
    returns.watch_all()
    sandbox.clear_faults()
    begun = timezone.now()
    with time_machine.travel(begun + dt.timedelta(days=1)):
        come_back(sandbox)
    with time_machine.travel(begun + dt.timedelta(days=60)):
        returns.watch_all()
        row = ReturnWatch.objects.get()
        assert (row.problem, row.complete_until) == ("", timezone.localdate())
    assert erased.returned.get().contact_id == "5005"


def test_an_import_of_the_same_contact_is_a_return(erased: Case, sandbox: Sandbox) -> None:
    come_back(sandbox, contact_id="1004")
    returns.watch_all()
    assert erased.returned.get().contact_id == "1004"


def many(sandbox: Sandbox, count: int) -> None:
    """Leads of other people, in front of whoever comes after."""
    lately = f"{timezone.now():%Y-%m-%d} 08:00:00"
    sandbox.seed_raw(
        contacts=[
            {
                "contact_id": str(7000 + number),
                "integration": "int9",
                "email": f"lead{number}@example.com",
                "date_created": lately,
                "last_updated": lately,
            }
            for number in range(count)
        ]
    )


def pages(sandbox: Sandbox) -> list[str]:
    """The pages that were asked for since the last time."""
    asked = [call.query["page"] for call in sandbox.calls() if call.object == "report"]
    sandbox.reset_calls()
    return asked


def test_a_large_account_is_gone_through_over_several_looks(
    erased: Case, connection: Connection, sandbox: Sandbox
) -> None:
    Connection.objects.update(report_pages=1)
    many(sandbox, 240)
    come_back(sandbox)  # on the third page
    begun = timezone.localdate()
    sandbox.reset_calls()
    returns.watch_all()
    assert pages(sandbox) == ["1"]
    row = ReturnWatch.objects.get()
    assert (row.next_page, row.count, row.total, row.complete_until) == (2, 100, 242, None)
    with time_machine.travel(timezone.now() + dt.timedelta(days=3)):
        returns.watch_all()
        assert pages(sandbox) == ["1", "2"], "one page back, and one new"
        assert ReturnWatch.objects.get().count == 200
        assert not Returned.objects.exists()
        returns.watch_all()
        assert pages(sandbox) == ["2", "3"]
        assert erased.returned.get().contact_id == "5005"
        row = ReturnWatch.objects.get()
        assert (row.next_page, row.count, row.complete_until) == (1, 242, begun), "the days of the walk"
        returns.watch_all()
        row = ReturnWatch.objects.get()
        assert (row.looked_from, row.looked_until) == (begun - dt.timedelta(days=2), timezone.localdate())


def test_whoever_moved_up_meanwhile_is_seen(erased: Case, sandbox: Sandbox) -> None:
    Connection.objects.update(report_pages=1)
    many(sandbox, 99)  # Tom is a lead too
    come_back(sandbox)  # the first of the second page
    returns.watch_all()
    assert not Returned.objects.exists()
    sandbox.remove("contact", "7003")
    returns.watch_all()
    assert erased.returned.get().contact_id == "5005"
    assert ReturnWatch.objects.get().complete_until == timezone.localdate()


def test_what_was_seen_before_a_fault_is_noted(erased: Case, sandbox: Sandbox) -> None:
    come_back(sandbox)
    many(sandbox, 150)
    sandbox.fault("server_error", path="/report", after=1, times=10)
    returns.watch_all()
    assert erased.returned.get().contact_id == "5005"
    row = ReturnWatch.objects.get()
    assert (row.problem, row.next_page, row.complete_until) == ("unreachable", 2, None)


def test_an_address_in_the_place_of_an_id_is_not_written_down_and_stops_no_look(erased: Case, sandbox: Sandbox) -> None:
    come_back(sandbox, contact_id="linda.dare@example.com")
    come_back(sandbox)
    returns.watch_all()
    assert ReturnWatch.objects.get().complete_until == timezone.localdate()
    found = [row.contact_id for row in erased.returned.order_by("pk")]
    assert len(found) == 2
    assert found[0].startswith("address ")
    assert "@" not in str(list(AuditEntry.objects.filter(verb="person_returned").values_list("facts", flat=True)))


class Clock:
    """A clock of which each look takes the same time."""

    def __init__(self, seconds: float) -> None:
        self._ticks = itertools.count(0.0, seconds)

    def monotonic(self) -> float:
        return next(self._ticks)


def test_all_share_one_time_and_whoever_waited_longest_is_first(
    erased: Case,
    connection: Connection,
    other: Connection,
    settings: Settings,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, q_timeout=120)  # of which a look may take 72
    many(sandbox, 350)
    looked = list[int]()
    for _run in range(3):
        monkeypatch.setattr(returns, "time", Clock(50))
        returns.watch_all()
        looked.append(ReturnWatch.objects.latest("looked_at").connection_id)
    assert looked == [connection.pk, other.pk, connection.pk]
    assert ReturnWatch.objects.get(connection=connection).next_page == 3


def test_a_fault_of_our_own_over_one_connection_keeps_no_other_from_its_look(
    erased: Case, connection: Connection, other: Connection, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    Credential.objects.filter(connection=connection).update(secret_sealed=b"sealed under another master key")
    come_back(sandbox, email="mary@example.com")
    returns.watch_all()
    assert ReturnWatch.objects.get(connection=connection).problem == returns.UNCLEAR
    assert ReturnWatch.objects.get(connection=other).complete_until == timezone.localdate()
    assert Returned.objects.get().contact_id == "5005"
    (said,) = [row.getMessage() for row in caplog.records if row.name == returns.__name__]
    assert said == f"the watch over connection {connection.pk} failed: Unreadable"


def test_where_nobody_is_watched_for_any_more_no_problem_is_left(erased: Case, sandbox: Sandbox) -> None:
    sandbox.fault("server_error", path="/report", times=10)
    returns.watch_all()
    assert ReturnWatch.objects.get().problem
    erased.purge_on = timezone.localdate()
    erased.save(update_fields=["purge_on"])
    retention.purge(case=erased)
    returns.watch_all()
    assert ReturnWatch.objects.get().problem == ""


def test_a_connection_that_moves_is_looked_through_anew(
    erased: Case, connection: Connection, administrator: User, sandbox: Sandbox
) -> None:
    returns.watch_all()
    rows = [(row.integration_id, row.label) for row in connection.integrations.all()]
    connection.name = "Renamed"
    connections.save(actor=administrator, connection=connection, api_key=None, integrations=rows)
    assert ReturnWatch.objects.exists()
    connection.account_id = "another"
    connections.save(actor=administrator, connection=connection, api_key=None, integrations=rows)
    assert not ReturnWatch.objects.exists()


def test_the_follow_up_finds_by_an_address_that_was_learnt(erase: Erase, officer: User, sandbox: Sandbox) -> None:
    sandbox.remove("contact", "2087")  # Tom, who has the address too
    erased = erase(emails=[], external_ids=["1004"])
    come_back(sandbox)
    returns.watch_all()
    case = returns.file_follow_up(returned=erased.returned.get(contact_id="5005"), actor=officer)
    assert sorted(row.value for row in case.identifiers.all()) == ["1004", "linda.dare@example.com"]
    work()
    assert case.candidates.filter(contact_id="5005").exists()


def test_a_learnt_address_that_nobody_could_file_holds_nothing_up(
    erased: Case, officer: User, sandbox: Sandbox
) -> None:
    linda = erased.candidates.get(contact_id="1004")
    for address in ("not an address", "linda@home@example.com", "l.dare@example.com"):
        intake.add_identifier(case=erased, kind="email", value=address, learnt_from=linda)
    come_back(sandbox, email="l.dare@example.com")
    returns.watch_all()
    case = returns.file_follow_up(returned=erased.returned.get(), actor=officer)
    emails = case.identifiers.filter(kind="email")
    assert sorted(row.value for row in emails) == ["l.dare@example.com", "linda.dare@example.com"]


def test_the_follow_up_takes_addresses_first_and_no_more_than_one_request_may_have(
    erased: Case, officer: User, sandbox: Sandbox
) -> None:
    linda = erased.candidates.get(contact_id="1004")
    for number in range(intake.MOST_IDENTIFIERS):
        intake.add_identifier(case=erased, kind="external_id", value=f"order-{number}")
    intake.add_identifier(case=erased, kind="email", value="l.dare@example.com", learnt_from=linda)
    come_back(sandbox)
    returns.watch_all()
    case = returns.file_follow_up(returned=erased.returned.get(), actor=officer)
    assert case.identifiers.count() == intake.MOST_IDENTIFIERS
    emails = case.identifiers.filter(kind="email")
    assert sorted(row.value for row in emails) == ["l.dare@example.com", "linda.dare@example.com"]


def test_two_clicks_file_one_follow_up(erased: Case, officer: User, sandbox: Sandbox) -> None:
    come_back(sandbox)
    returns.watch_all()
    first, second = erased.returned.get(), erased.returned.get()
    case = returns.file_follow_up(returned=first, actor=officer)
    entries = AuditEntry.objects.count()
    with pytest.raises(WrongState):
        returns.file_follow_up(returned=second, actor=officer)
    assert list(Case.objects.exclude(pk=erased.pk)) == [case]
    assert AuditEntry.objects.count() == entries
    assert AuditEntry.objects.get(verb="follow_up_filed").facts == {
        "contact_id": "5005",
        "follow_up": case.reference,
    }
    assert erased.returned.get().follow_up == case
