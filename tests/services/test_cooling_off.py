"""Between approval and deletion: nothing is deleted, whoever makes a job, and those concerned can stop it."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from dsr import queue
from dsr.exceptions import InvalidInput, NotAllowed, WrongState
from dsr.jobs import runner, sweeping
from dsr.models import Approval, AuditEntry, Case, Connection, Job, JobKind, PlanLine, User
from dsr.permissions import Role
from dsr.services import approval, closing, erasure, preparation, stopping, users
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, make_user, prepared, save_review, set_levels, work
from tests.path.driving import draw_nothing
from tests.views.conftest import SignIn, sign_in  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
UNFIT = 422


@pytest.fixture(autouse=True)
def _an_hour(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    draw_nothing(monkeypatch)
    set_levels(cooling_off_minutes=60)


@pytest.fixture
def case(officer: User, approver: User, connection: Connection) -> Case:
    """Approved, and waiting out its hour."""
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    return case


def make_every_job_due() -> None:
    Job.objects.filter(status="due").update(next_at=timezone.now() - HOUR)


def attempted(case: Case) -> bool:
    return PlanLine.objects.filter(plan__case=case).exclude(step="pending").exists()


def test_nothing_happens_for_an_hour_and_then_it_is_deleted(case: Case, sandbox: Sandbox) -> None:
    given = Approval.objects.get()
    assert given.deletes_from - given.approved_at == HOUR
    assert case.jobs.get(kind=JobKind.ERASE).next_at == given.deletes_from
    sandbox.reset_calls()
    work()
    with time_machine.travel(given.deletes_from - dt.timedelta(seconds=1)):
        assert sweeping.sweep() == 0
        work()
        assert sandbox.calls() == []
    with time_machine.travel(given.deletes_from + dt.timedelta(seconds=1)):
        assert sweeping.sweep() == 1
        work()
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("completed", "erased")


def test_a_job_made_due_by_hand_waits_all_the_same(case: Case, sandbox: Sandbox) -> None:
    sandbox.reset_calls()
    for _ in range(5):
        make_every_job_due()
        work()
    assert sandbox.calls() == [], "SegMetrics isn't even asked"
    assert not attempted(case)
    job = case.jobs.get(kind=JobKind.ERASE)
    assert (job.status, job.attempts) == ("due", 0), "waiting is no failure"
    assert abs(job.next_at - Approval.objects.get().deletes_from) < dt.timedelta(seconds=5)


def test_so_does_a_job_of_ones_own_making(case: Case, sandbox: Sandbox) -> None:
    queue.stop_live(case)
    job = queue.add(case=case, kind=JobKind.ERASE, asked_by=case.filed_by)
    runner.run(job.pk)
    work()
    assert sandbox.deletes() == []
    assert not attempted(case)


def test_and_one_that_goes_past_the_first_check(case: Case, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The write-ahead of each step asks again by itself."""
    monkeypatch.setattr(erasure, "raise_if_void", lambda _plan: None)
    make_every_job_due()
    work()
    assert sandbox.deletes() == []
    assert not attempted(case)


def test_a_shorter_time_set_later_does_not_shorten_what_was_given(case: Case, sandbox: Sandbox) -> None:
    set_levels(cooling_off_minutes=0)
    make_every_job_due()
    work()
    assert not attempted(case)
    with time_machine.travel(Approval.objects.get().deletes_from + HOUR):
        work()
    case.refresh_from_db()
    assert case.state == "completed"


def test_without_a_cooling_off_it_starts_at_once(officer: User, approver: User, connection: Connection) -> None:
    set_levels(cooling_off_minutes=0)
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    work()
    case.refresh_from_db()
    assert case.state == "completed"


@pytest.mark.parametrize("who", ["officer", "second_officer", "approver"])
def test_those_concerned_stop_it_and_it_is_in_review_again(
    case: Case, sandbox: Sandbox, who: str, request: pytest.FixtureRequest
) -> None:
    stopper: User = request.getfixturevalue(who)
    lines = list(PlanLine.objects.filter(plan__case=case).values_list("object_id", "decision"))

    stopping.stop(case=case, actor=stopper, reason="a second look")

    assert case.state == "review"
    assert not Approval.objects.filter(voided_at=None).exists()
    assert not Job.objects.filter(status__in=["due", "running"]).exists()
    plan = case.current_plan
    assert plan
    assert list(plan.lines.values_list("object_id", "decision")) == lines, "a copy waits for changes"
    entry = AuditEntry.objects.order_by("-sequence")[0]
    assert (entry.verb, entry.actor) == ("stop", stopper.staff_reference)
    assert case.reasons.get(entry=entry).text == "a second look"
    with time_machine.travel(timezone.now() + 2 * HOUR):
        sweeping.sweep()
        work()
    assert sandbox.deletes() == []


def test_whoever_had_a_hand_stops_it_also_without_the_role(
    officer: User, approver: User, administrator: User, case: Case
) -> None:
    officer.groups.clear()
    with pytest.raises(NotAllowed):
        stopping.stop(case=case, actor=officer, reason="no role at all")
    officer.groups.set(make_user("x@example.com", "X", Role.AUDITOR).groups.all())
    stopping.stop(case=case, actor=officer, reason="a second look")
    assert case.state == "review"


@pytest.mark.parametrize("role", [None, Role.APPROVER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_nobody_else_stops_it(case: Case, role: Role | None) -> None:
    someone = make_user("someone@example.com", "Someone", *([role] if role else []))
    with pytest.raises(NotAllowed, match="role Privacy officer"):
        stopping.stop(case=case, actor=someone, reason="because")
    case.refresh_from_db()
    assert case.state == "erasing"


def test_it_needs_a_reason(case: Case, officer: User) -> None:
    with pytest.raises(InvalidInput) as refused:
        stopping.stop(case=case, actor=officer, reason="  ")
    assert refused.value.field == "reason"


def test_once_a_delete_was_attempted_it_is_too_late(case: Case, officer: User, sandbox: Sandbox) -> None:
    sandbox.fault("drop_before", method="DELETE", times=None)
    with time_machine.travel(Approval.objects.get().deletes_from + HOUR):
        job = case.jobs.get(kind=JobKind.ERASE)
        runner.run(job.pk)
        assert attempted(case)
        case.refresh_from_db()
        assert case.state == "erasing"
        with pytest.raises(WrongState, match="can't be stopped"):
            stopping.stop(case=case, actor=officer, reason="too late")
    assert Approval.objects.get().voided_at is None


def test_the_last_instant_is_early_enough(
    case: Case, officer: User, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job has told what it is about to delete, and the write-ahead isn't committed yet."""
    commit = erasure._commit_attempt

    def stopped_just_before(*args: object) -> None:
        stopping.stop(case=case, actor=officer, reason="wait")
        commit(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(erasure, "_commit_attempt", stopped_just_before)
    with time_machine.travel(Approval.objects.get().deletes_from + HOUR):
        work()
    case.refresh_from_db()
    assert case.state == "review"
    assert sandbox.deletes() == []


def test_what_was_stopped_is_prepared_and_approved_anew(
    case: Case, officer: User, approver: User, sandbox: Sandbox
) -> None:
    stopping.stop(case=case, actor=approver, reason="look at the invoice again")
    save_review(case, officer)
    preparation.request(case=case, actor=officer)
    work()
    case.refresh_from_db()
    approve(case, approver)
    with time_machine.travel(timezone.now() + 2 * HOUR):
        work()
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("completed", "erased")


def test_a_case_that_is_only_looked_at_again_has_nothing_to_stop(case: Case, officer: User, sandbox: Sandbox) -> None:
    Case.objects.filter(pk=case.pk).update(state="review")
    with pytest.raises(WrongState):
        stopping.stop(case=case, actor=officer, reason="wait")


def test_an_approver_who_leaves_meanwhile_sends_it_to_a_person_at_once(
    case: Case, approver: User, administrator: User, sandbox: Sandbox
) -> None:
    users.deactivate(actor=administrator, user=approver)
    sweeping.sweep()
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "approval_void")


def test_a_withdrawal_still_ends_it(case: Case, officer: User) -> None:
    closing.withdraw(case=case, actor=officer, reason="they called")
    assert case.state == "withdrawn"
    with pytest.raises(WrongState):
        stopping.stop(case=case, actor=officer, reason="wait")
    with pytest.raises(WrongState):
        approval.send_back(case=case, actor=Approval.objects.get().approver, reason="wait")


def test_what_waits_for_a_person_before_it_began_is_stopped_by_whoever_approved_it(
    case: Case,
    approver: User,
    sandbox: Sandbox,
    sign_in: SignIn,  # noqa: F811
) -> None:
    sandbox.fault("status", status=401, times=None)
    with time_machine.travel(Approval.objects.get().deletes_from):
        work()
        case.refresh_from_db()
        assert (case.state, case.resume_state) == ("needs_attention", "erasing")
        browser = sign_in(approver)
        assert "Stop the deletion" in browser.get(f"/cases/{case.reference}/").content.decode()
        refused = browser.post(f"/cases/{case.reference}/stop/", {"reason": ""})
        assert refused.status_code == UNFIT
        assert "Stop the deletion" in refused.content.decode()
        browser.post(f"/cases/{case.reference}/stop/", {"reason": "I approved the wrong one"})
    case.refresh_from_db()
    assert case.state == "review"
    assert not Approval.objects.filter(voided_at=None).exists()
