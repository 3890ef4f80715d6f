"""Runs of a job against each other, against the sweep, and against a person who withdraws the request."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from typing import Any

import pytest
from django.db import DatabaseError
from django.db import connection as database
from django.db.models import F
from django.utils import timezone

from dsr.connectors.segmetrics import Account
from dsr.exceptions import NextSlice
from dsr.jobs import runner, sweeping
from dsr.models import AuditEntry, Case, Connection, Job, JobStatus, PlanLine, StepState, User
from dsr.services import closing, erasure, planning, verification, working
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, prepared, work
from tests.path.driving import certificates, effective_deletes
from tests.races.together import GIVE_UP_AFTER, PATIENCE, Meeting, at_once


def look_then_claim(job_id: int) -> Job | None:
    """`runner._claim` as it would be without its condition in the UPDATE."""
    job = Job.objects.filter(pk=job_id, status=JobStatus.DUE).first()
    MEETING.wait()
    if job is None:
        return None
    until = timezone.now() + dt.timedelta(minutes=5)
    Job.objects.filter(pk=job_id).update(status=JobStatus.RUNNING, leased_until=until, attempts=F("attempts") + 1)
    return Job.objects.get(pk=job_id)


MEETING = Meeting(guarded=False)


def test_two_workers_on_one_job(
    connection: Connection, officer: User, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = file_case(officer, connection).jobs.get()
    runs: list[int] = []
    monkeypatch.setitem(runner.HANDLERS, "search", lambda run: runs.append(run.job.pk))
    if not guarded:
        monkeypatch.setattr(f"{__name__}.MEETING", Meeting(guarded=False))
        monkeypatch.setattr(runner, "_claim", look_then_claim)

    at_once(lambda: runner.run(job.pk), lambda: runner.run(job.pk))

    assert runs == [job.pk] * (1 if guarded else 2)
    assert Job.objects.get(pk=job.pk).attempts == len(runs)


def wait_with_the_end(*_: object) -> None:
    raise NextSlice(delay=60)


def test_a_sweep_while_a_job_runs(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    guarded: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run sleeps past its lease right before a delete; the sweep brings the job to another one, which does it all;
    then the first wakes up. The guard: a run that no longer holds its lease writes nothing and calls nothing."""
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    job = case.jobs.get(kind="erase")
    sleeper, asleep, awake = 0, threading.Event(), threading.Event()
    commit = erasure._commit_attempt

    def sleep_before(*arguments: Any) -> None:
        if threading.get_ident() == sleeper and not asleep.is_set():
            asleep.set()
            assert awake.wait(timeout=PATIENCE)
        commit(*arguments)

    monkeypatch.setattr(erasure, "_commit_attempt", sleep_before)
    if not guarded:
        anybody: Any = lambda job: Job.objects.filter(pk=job.pk)  # noqa: E731 - stands in for one
        monkeypatch.setattr(working, "held", anybody)
        # The other run hasn't come to its end yet: where the case is closed, its state would stop the sleeper too.
        monkeypatch.setattr(verification, "verify", wait_with_the_end)

    def first() -> None:
        nonlocal sleeper
        sleeper = threading.get_ident()
        runner.run(job.pk)

    def sweep_and_second() -> None:
        assert asleep.wait(timeout=PATIENCE)
        assert sweeping.sweep() == 0, "its lease still runs, so it is somebody's"
        assert not runner.run(job.pk)
        Job.objects.filter(pk=job.pk).update(leased_until=timezone.now() - dt.timedelta(seconds=1))
        assert sweeping.sweep() == 1
        runner.run(job.pk)
        awake.set()

    assert at_once(first, sweep_and_second) == [None, None]

    invoices = [call for call in sandbox.deletes() if call.object == "invoice"]
    done = Counter(row.facts["id"] for row in AuditEntry.objects.filter(verb="step_done"))
    if not guarded:
        assert len(invoices) == 2, "the sleeper deleted once more"
        assert done["234115"] == 2
        return
    assert len(invoices) == 1
    assert set(done.values()) == {1}
    work()
    case.refresh_from_db()
    assert (case.state, certificates(case)) == ("completed", 1)
    assert effective_deletes(sandbox) == [(call.integration, call.object, call.object_id) for call in sandbox.deletes()]


def test_withdraw_against_delete(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    row_locks: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The officer's act has seen that nothing was attempted; the job comes to its first delete before it is written."""
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    job = case.jobs.get(kind="erase")
    looked, deleted = threading.Event(), threading.Event()
    has_begun, commit, delete = planning.has_begun, erasure._commit_attempt, Account.delete

    def look(seen: Case) -> bool:
        result = has_begun(seen)
        looked.set()
        deleted.wait(timeout=GIVE_UP_AFTER if row_locks else PATIENCE)  # in vain where the job is held back
        return result

    def commit_then(*arguments: Any) -> None:
        assert looked.wait(timeout=PATIENCE)
        commit(*arguments)

    def delete_and_tell(self: Account, **what: Any) -> StepState:
        try:
            return delete(self, **what)
        finally:
            deleted.set()

    monkeypatch.setattr(closing, "has_begun", look)
    monkeypatch.setattr(erasure, "_commit_attempt", commit_then)
    monkeypatch.setattr(Account, "delete", delete_and_tell)

    raised = at_once(
        lambda: closing.withdraw(case=Case.objects.get(pk=case.pk), actor=officer, reason="they called"),
        lambda: runner.run(job.pk),
    )

    case.refresh_from_db()
    if row_locks:
        assert raised == [None, None]
        assert (case.state, sandbox.deletes()) == ("withdrawn", [])
        assert not PlanLine.objects.exclude(step="pending").exists()
    elif database.vendor == "sqlite":
        assert isinstance(raised[0], DatabaseError), "the officer gets an error page"
    else:
        assert case.state == "withdrawn"
        assert sandbox.deletes() != [], "withdrawn, and deleted all the same"
