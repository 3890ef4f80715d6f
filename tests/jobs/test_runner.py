"""Jobs: claimed once, counted before the work, brought back when they die, and always ended at a person or a result."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_q.models import OrmQ, Task
from django_q.signing import SignedPackage
from pytest_django import Settings

from dsr import queue
from dsr.attention import Attention
from dsr.exceptions import NeedsPerson, NextSlice, Postponed, StorageFull, TryLater, WrongState
from dsr.jobs import runner, sweeping, tasks
from dsr.models import Case, Connection, Doing, Job, User
from dsr.services import closing, erasure, matching
from dsr.services.working import Run
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, prepared, work
from tests.path.driving import certificates, draw_nothing

pytestmark = pytest.mark.django_db

Handler = Callable[[Run], None]


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)


@pytest.fixture
def case(connection: Connection, officer: User) -> Case:
    return file_case(officer, connection)


@pytest.fixture
def job(case: Case) -> Job:
    return case.jobs.get()


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Callable[[Handler], None]:
    """Let the search job be done by this function."""

    def replace(handler: Handler) -> None:
        monkeypatch.setitem(runner.HANDLERS, "search", handler)

    return replace


def raising(error: BaseException) -> Handler:
    def handler(_: Run) -> None:
        raise error

    return handler


def lease_over(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(leased_until=timezone.now() - dt.timedelta(seconds=1))


def payloads() -> list[dict[str, object]]:
    return [SignedPackage.loads(row.payload) for row in OrmQ.objects.all()]


def test_of_two_runners_one_gets_the_job(job: Job, handle: Callable[[Handler], None]) -> None:
    runs: list[bool] = []

    def try_again_meanwhile(run: Run) -> None:
        runs.append(runner.run(run.job.pk))
        run.finish()

    handle(try_again_meanwhile)
    assert runner.run(job.pk) is True
    assert runs == [False]
    assert runner.run(job.pk) is False, "done is done"


def test_a_job_that_is_not_due_yet_or_not_there_is_left_alone(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(next_at=timezone.now() + dt.timedelta(minutes=1))
    assert runner.run(job.pk) is False
    assert runner.run(job.pk + 1000) is False


def test_a_run_whose_lease_is_over_does_nothing_any_more(
    case: Case, job: Job, handle: Callable[[Handler], None]
) -> None:
    """A machine that slept wakes up in the middle of a job that another one has taken over."""
    done_by: list[str] = []

    def second(run: Run) -> None:
        done_by.append("second")
        run.tell(Doing.READING)

    def first(run: Run) -> None:
        lease_over(job)
        handle(second)
        assert runner.run(job.pk)
        Job.objects.filter(pk=job.pk).update(status="running", leased_until=timezone.now() + dt.timedelta(hours=1))
        run.tell(Doing.EXPORTING)
        done_by.append("first")

    handle(first)
    runner.run(job.pk)
    job.refresh_from_db()
    assert done_by == ["second"]
    assert job.status == "running", "the other run goes on"
    assert case.state == "received"


@pytest.mark.parametrize(
    "error",
    [
        NextSlice(),
        Postponed(Attention.UNREACHABLE, delay=60),
        TryLater(Attention.UNREACHABLE),
        NeedsPerson(Attention.KEY_REFUSED),
        StorageFull("full"),
        WrongState("gone"),
        ValueError("Linda"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_an_overtaken_run_ends_with_changes_nothing(
    case: Case, job: Job, handle: Callable[[Handler], None], error: Exception
) -> None:
    def overtaken(_: Run) -> None:
        Job.objects.filter(pk=job.pk).update(leased_until=timezone.now() + dt.timedelta(hours=1), attempts=2)
        raise error

    handle(overtaken)
    runner.run(job.pk)
    job.refresh_from_db()
    case.refresh_from_db()
    assert (job.status, job.attempts, case.state) == ("running", 2, "received")


def test_an_attempt_counts_before_the_work(job: Job, handle: Callable[[Handler], None]) -> None:
    seen: list[int] = []

    def look(run: Run) -> None:
        seen.append(Job.objects.get(pk=run.job.pk).attempts)
        run.finish()

    handle(look)
    runner.run(job.pk)
    assert seen == [1]


def test_a_passing_fault_is_tried_again_later_and_then_a_person_is_asked(
    case: Case, job: Job, handle: Callable[[Handler], None], settings: Settings
) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, job_retry_delays=[15, 60])
    handle(raising(TryLater(Attention.UNREACHABLE)))
    for wait in (15, 60):
        before = timezone.now()
        assert runner.run(job.pk)
        job.refresh_from_db()
        assert job.status == "due"
        assert wait - 1 <= (job.next_at - before).total_seconds() <= wait + 10
        assert runner.run(job.pk) is False, "not before its time"
        Job.objects.filter(pk=job.pk).update(next_at=timezone.now())
    assert runner.run(job.pk)
    case.refresh_from_db()
    assert (case.state, case.attention, case.resume_state) == ("needs_attention", "unreachable", "received")
    assert case.attention_facts == {"attempts": 3}


@pytest.mark.parametrize("asked", [float("inf"), 1e18, 10.0**9])
def test_no_case_sleeps_for_days_because_a_service_says_so(
    job: Job, handle: Callable[[Handler], None], asked: float
) -> None:
    handle(raising(TryLater(Attention.UNREACHABLE, delay=asked)))
    runner.run(job.pk)
    job.refresh_from_db()
    assert job.status == "due"
    assert job.next_at < timezone.now() + dt.timedelta(hours=2)


def test_whatever_goes_wrong_reaches_a_person_and_no_log_quotes_it(
    case: Case, handle: Callable[[Handler], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    handle(raising(ValueError("linda.dare@example.com is odd")))
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "gave_up")
    assert "ValueError" in caplog.text
    assert "linda" not in caplog.text.lower()


def test_a_worker_that_is_killed_each_time_does_not_go_on_for_ever(
    case: Case, job: Job, handle: Callable[[Handler], None]
) -> None:
    deaths = 0

    class Killed(BaseException):
        pass

    handle(raising(Killed()))
    for _ in range(20):
        try:
            if not runner.run(job.pk):
                break
        except Killed:
            deaths += 1
            lease_over(job)
    case.refresh_from_db()
    assert deaths == 3, "the first try, and one for each of the two delays"
    assert (case.state, case.attention) == ("needs_attention", "gave_up")


def test_a_full_disk_is_told_as_such(case: Case, handle: Callable[[Handler], None]) -> None:
    handle(raising(StorageFull("full")))
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "storage_full")


def test_slices_do_not_count_as_failures(job: Job, handle: Callable[[Handler], None]) -> None:
    slices = 0

    def sliced(run: Run) -> None:
        nonlocal slices
        slices += 1
        if slices < 12:
            raise NextSlice
        run.finish()

    handle(sliced)
    work()
    job.refresh_from_db()
    assert (slices, job.status) == (12, "done")


def test_a_deletion_goes_on_in_the_next_slice_where_it_stopped(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every slice is over at once; still each gets on by one line, nothing is done twice, and it comes to its end."""
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    monkeypatch.setattr("dsr.services.working.SHARE_OF_TIMEOUT", 0)
    runs = 0
    for _ in range(10):
        job = case.jobs.filter(status="due").first()
        if job is None:
            break
        runs += runner.run(job.pk)
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("completed", "erased")
    assert runs == 5, "one for each line, one to verify, one for the certificate"
    assert [call.object for call in sandbox.deletes()] == ["invoice", "subscription", "contact"]
    assert certificates(case) == 1


def test_what_still_answers_is_looked_up_again_after_each_delay(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, settings: Settings
) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, verify_delays=[60, 300, 1800])
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    sandbox.fault("lying", method="DELETE", object="contact", times=None)
    waits = []
    for _ in range(3):
        before = timezone.now()
        work()
        job = case.jobs.get(kind="erase")
        assert job.status == "due"
        waits.append(round((job.next_at - before).total_seconds(), -1))
        Job.objects.filter(pk=job.pk).update(next_at=timezone.now())
    assert waits == [60, 300, 1800]
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "still_there")
    assert case.lookups.filter(answer="still_there").values("round").distinct().count() == 4
    assert len([call for call in sandbox.deletes() if call.object == "contact"]) == 1


def test_the_sweep_brings_back_what_is_due_and_what_died(case: Case, job: Job) -> None:
    OrmQ.objects.all().delete()  # the queue has lost everything, as after a change of the secret key
    Job.objects.filter(pk=job.pk).update(enqueued_at=timezone.now() - dt.timedelta(minutes=2))
    assert sweeping.sweep() == 1
    assert sweeping.sweep() == 0, "it is on its way"
    assert [row["args"] for row in payloads()] == [(job.pk,)]

    OrmQ.objects.all().delete()
    Job.objects.filter(pk=job.pk).update(status="running", leased_until=timezone.now() - dt.timedelta(seconds=1))
    assert sweeping.sweep() == 1
    Job.objects.filter(pk=job.pk).update(status="running", leased_until=timezone.now() + dt.timedelta(seconds=60))
    assert sweeping.sweep() == 0, "somebody works on it"


@pytest.mark.parametrize("status", ["done", "stopped"])
def test_the_sweep_leaves_the_finished_alone(job: Job, status: str) -> None:
    Job.objects.filter(pk=job.pk).update(status=status, enqueued_at=None)
    assert sweeping.sweep() == 0


def test_the_sweep_drops_the_queues_own_failures_with_their_tracebacks(job: Job) -> None:
    now = timezone.now()
    Task.objects.create(
        id="a" * 32, name="t", func="f", started=now, stopped=now, success=False, result="linda.dare@example.com"
    )
    sweeping.sweep()
    assert not Task.objects.exists()


def test_the_queue_holds_names_and_ids_only(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    case = prepared(file_case(officer, connection, note="a private note"), officer)
    approve(case, approver)
    work()
    found = payloads()
    assert len(found) >= 3
    for payload in found:
        assert payload["func"] == "dsr.jobs.tasks.run_job"
        assert all(isinstance(argument, int) for argument in payload["args"])  # type: ignore[attr-defined]
        assert payload["kwargs"] == {}


def test_work_that_is_rolled_back_is_not_on_the_queue(case: Case, officer: User) -> None:
    before = OrmQ.objects.count()
    work()
    with transaction.atomic():
        matching.search_again(case=case, actor=officer)
        assert OrmQ.objects.count() == before + 1
        transaction.set_rollback(True)
    assert OrmQ.objects.count() == before
    assert not Job.objects.filter(case=case, status="due").exists()


@pytest.mark.parametrize("name", ["run_job", "sweep", "beat", "retain"])
def test_a_task_never_raises(name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("linda.dare@example.com")

    monkeypatch.setattr("dsr.jobs.runner.run", fail)
    monkeypatch.setattr("dsr.jobs.sweeping.sweep", fail)
    monkeypatch.setattr("dsr.services.disposal.destroy_due", fail)
    getattr(tasks, name)(*([1] if name == "run_job" else []))
    assert "RuntimeError" in caplog.text
    assert "linda" not in caplog.text


def test_a_withdrawal_before_the_first_delete_comes_in_time(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    monkeypatch.setattr(
        "dsr.services.erasure._compare_with_live",
        lambda *_: closing.withdraw(case=case, actor=officer, reason="they called"),
    )
    work()
    case.refresh_from_db()
    assert case.state == "withdrawn"
    assert sandbox.deletes() == []
    assert not case.plans.filter(voided_at=None).exists()
    assert not Job.objects.filter(case=case, status__in=["due", "running"]).exists()


def test_a_withdrawal_between_the_check_and_the_delete_comes_in_time(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last instant: the job has told what it is about to delete, and the write-ahead isn't committed yet."""
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    commit = erasure._commit_attempt

    def withdrawn_just_before(*args: object) -> None:
        closing.withdraw(case=case, actor=officer, reason="they called")
        commit(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(erasure, "_commit_attempt", withdrawn_just_before)
    work()
    case.refresh_from_db()
    assert case.state == "withdrawn"
    assert sandbox.deletes() == []


def test_after_the_first_delete_was_attempted_it_is_too_late(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    sandbox.fault("drop_before", method="DELETE", times=None)
    work()
    case.refresh_from_db()
    assert case.state == "needs_attention"
    with pytest.raises(WrongState, match="can't be undone"):
        closing.withdraw(case=case, actor=officer, reason="they called")
    case.refresh_from_db()
    assert case.state == "needs_attention"


def test_a_case_has_one_live_job(case: Case) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        queue.add(case=case, kind="search", asked_by=case.filed_by)  # type: ignore[arg-type]
