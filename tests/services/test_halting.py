"""Faults that hit everything stop a connection instead of calling a person for each case; and people pause it."""

from __future__ import annotations

import dataclasses

import pytest
from django.utils import timezone
from pytest_django import Settings

from dsr.exceptions import NotAllowed, NotReady, WrongState
from dsr.jobs import runner, sweeping
from dsr.models import AuditEntry, Case, Connection, Halt, Job, Notification, Pace, PlanLine, User
from dsr.services import halting
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, prepared, work
from tests.path.driving import draw_nothing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _after_three(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, halt_after=3)
    draw_nothing(monkeypatch)


def states() -> list[str]:
    return list(Case.objects.order_by("pk").values_list("state", flat=True))


def verbs() -> list[str]:
    return list(AuditEntry.objects.filter(verb__startswith="account_").values_list("verb", flat=True))


def run_once_each() -> None:
    for job in Job.objects.order_by("pk"):
        runner.run(job.pk)


def test_an_outage_stops_the_account_and_calls_nobody_case_by_case(
    sandbox: Sandbox, connection: Connection, officer: User, administrator: User, approver: User
) -> None:
    for _ in range(6):
        file_case(officer, connection)
    sandbox.fault("status", status=503, times=None)

    work()
    Job.objects.update(next_at=timezone.now())
    run_once_each()

    assert states() == ["received"] * 6
    assert set(Job.objects.values_list("status", "attempts")) == {("due", 0)}, "no attempt is used up"
    halt = Halt.objects.get()
    assert (halt.code, halt.status, halt.faults) == ("unreachable", 503, 3)
    assert verbs() == ["account_halted"]
    told = Notification.objects.filter(kind="halted").values_list("user__email", flat=True)
    assert set(told) == {officer.email, administrator.email}
    before = len(sandbox.calls())
    assert sweeping.sweep() == 0
    run_once_each()
    assert len(sandbox.calls()) == before, "nothing is tried while it is stopped"


def test_it_goes_on_only_once_segmetrics_answers(sandbox: Sandbox, connection: Connection, officer: User) -> None:
    for _ in range(4):
        file_case(officer, connection)
    sandbox.fault("status", status=503, times=None)
    work()
    with pytest.raises(NotReady, match="stays stopped"):
        halting.go_on(connection=connection, actor=officer)
    assert Halt.objects.filter(ended_at=None).exists()

    sandbox.clear_faults()
    halting.go_on(connection=connection, actor=officer)
    assert sweeping.sweep() == 4
    work()

    assert states() == ["matching"] * 4
    assert verbs() == ["account_halted", "account_goes_on"]
    assert Pace.objects.get().faults == 0
    with pytest.raises(WrongState):
        halting.go_on(connection=connection, actor=officer)


def test_a_refused_key_stops_at_once(sandbox: Sandbox, connection: Connection, officer: User) -> None:
    file_case(officer, connection)
    file_case(officer, connection)
    sandbox.fault("status", status=401, times=None)
    work()
    assert states() == ["received", "received"]
    assert Halt.objects.get().code == "key_refused"


def test_a_call_that_works_ends_the_row_of_faults(sandbox: Sandbox, connection: Connection, officer: User) -> None:
    for _ in range(4):
        file_case(officer, connection)
        sandbox.fault("status", status=503, times=3)  # one run: a call with its repetitions
        work()
    assert states() == ["matching"] * 4
    assert not Halt.objects.exists()


def test_another_connection_works_on(sandbox: Sandbox, connection: Connection, officer: User) -> None:
    Halt.objects.create(connection=connection, cause="faults", code="unreachable", began_at=timezone.now())
    other = Connection.objects.get(pk=connection.pk)
    key = other.credentials.get()
    other.pk, other.name = None, "Another"
    other.save()
    key.pk, key.connection = None, other
    key.save()
    file_case(officer, connection)
    file_case(officer, other)
    work(until=lambda: Case.objects.filter(state="matching").exists())
    assert states() == ["received", "matching"]


def test_a_pause_stops_deletions_and_lets_cases_be_prepared(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    halting.pause(connection=connection, actor=officer, reason="collecting")
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    run_once_each()
    case.refresh_from_db()
    assert (case.state, sandbox.deletes()) == ("erasing", [])
    assert sweeping.sweep() == 0

    halting.resume(connection=connection, actor=officer)
    assert sweeping.sweep() == 1
    work()
    case.refresh_from_db()
    assert case.state == "completed"
    assert verbs() == ["account_paused", "account_resumed"]


def test_a_run_under_way_stops_before_its_next_delete_and_goes_on_from_there(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    job = case.jobs.get(kind="erase")
    from dsr.services import erasure  # noqa: PLC0415 - what is replaced

    delete = erasure._delete

    def delete_then_pause(*arguments: object) -> None:
        delete(*arguments)  # type: ignore[arg-type]
        if not Halt.objects.exists():
            halting.pause(connection=connection, actor=officer, reason="doubt")

    monkeypatch.setattr(erasure, "_delete", delete_then_pause)
    runner.run(job.pk)

    job.refresh_from_db()
    assert len(sandbox.deletes()) == 1
    assert (job.status, job.attempts) == ("due", 0)
    assert PlanLine.objects.filter(step="attempted").count() == 0

    halting.resume(connection=connection, actor=officer)
    Job.objects.update(next_at=timezone.now())
    work()
    case.refresh_from_db()
    assert (case.state, len(sandbox.deletes())) == ("completed", 3)


def test_a_refusal_that_only_one_case_meets_comes_to_a_person_once_the_account_has_answered(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    sandbox.fault("status", status=403, method="DELETE", object="invoice", times=None)
    work()
    case.refresh_from_db()
    assert (case.state, Halt.objects.get().code) == ("erasing", "key_refused"), "at first it may be everybody's"

    halting.go_on(connection=connection, actor=officer)
    work()

    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "key_refused")
    assert not Halt.objects.filter(ended_at=None).exists(), "the others go on"


def test_a_key_that_is_withdrawn_later_stops_the_account_again(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    sandbox.fault("status", status=403, method="DELETE", object="invoice", times=1)
    work()
    halting.go_on(connection=connection, actor=officer)
    sandbox.fault("status", status=403, method="DELETE", object="contact", times=None)
    work()
    case.refresh_from_db()
    assert case.state == "erasing", "what it met before was over: an order and a subscription went since"
    assert Halt.objects.filter(ended_at=None).count() == 1


def test_going_on_does_not_cut_the_wait_between_two_looks_short(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, settings: Settings
) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, halt_after=5, verify_delays=[60, 300, 1800])
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    sandbox.fault("lying", method="DELETE", object="contact", times=None)
    sandbox.fault("status", status=503, method="DELETE", object="invoice", times=3)
    work()
    Job.objects.filter(status="due").update(next_at=timezone.now())
    work()
    job = Job.objects.get(kind="erase")
    due = job.next_at
    assert due > timezone.now(), "it was deleted and still answers, so it is looked up again later"
    halting.pause(connection=connection, actor=officer, reason="doubt")
    halting.resume(connection=connection, actor=officer)
    job.refresh_from_db()
    assert job.next_at == due


def test_who_may(connection: Connection, auditor: User, approver: User, administrator: User) -> None:
    for person in (auditor, approver):
        with pytest.raises(NotAllowed):
            halting.pause(connection=connection, actor=person, reason="doubt")
        with pytest.raises(NotAllowed):
            halting.resume(connection=connection, actor=person)
        with pytest.raises(NotAllowed):
            halting.go_on(connection=connection, actor=person)
    halting.pause(connection=connection, actor=administrator, reason="doubt")
    with pytest.raises(WrongState):
        halting.pause(connection=connection, actor=administrator, reason="doubt")
