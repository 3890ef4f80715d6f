"""Handing work to the queue. The row is the truth; this only wakes a worker sooner than the sweep would."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from dsr.models import Case, Connection, Errand, ErrandKind, Job, JobKind, JobStatus, User

logger = logging.getLogger(__name__)
RUN_JOB = "dsr.jobs.tasks.run_job"
RUN_ERRAND = "dsr.jobs.tasks.run_errand"
SWEEP = "dsr.jobs.tasks.sweep"


def add(*, case: Case, kind: JobKind, asked_by: User | None, not_before: dt.datetime | None = None) -> Job:
    """Create the case's next job and enqueue it, inside the transaction that makes it necessary.

    One for later waits in its row: the sweep enqueues it when it is due.
    """
    now = timezone.now()
    next_at = max(now, not_before or now)
    job = Job.objects.create(case=case, kind=kind, asked_by=asked_by, next_at=next_at, created_at=now)
    if next_at == now:
        wake(job)
    return job


def wake(job: Job) -> None:
    """Put a due job on the queue. Twice is harmless: a run claims it by a conditional UPDATE.

    A queue in the database shares the transaction: a rollback takes the task with it. Redis doesn't, so it is told only
    once the row is committed; before, a worker would look for a job that isn't there.
    """
    _tell(RUN_JOB, job.pk)
    Job.objects.filter(pk=job.pk).update(enqueued_at=timezone.now())


def add_errand(*, kind: ErrandKind, target: int, case: Case | None = None) -> Errand:
    """Create the errand and enqueue it, inside the transaction that makes it necessary. A live one is given back."""
    live = Errand.live_of(kind, target).first()
    if live:
        return live
    now = timezone.now()
    errand = Errand.objects.create(kind=kind, target=target, case=case, next_at=now, created_at=now)
    wake_errand(errand)
    return errand


def wake_errand(errand: Errand) -> None:
    """Put a due errand on the queue. Twice is harmless, as with jobs."""
    _tell(RUN_ERRAND, errand.pk)
    Errand.objects.filter(pk=errand.pk).update(enqueued_at=timezone.now())


def _tell(task: str, *pks: int) -> None:
    if settings.ENV.broker_url:
        transaction.on_commit(partial(_tell_redis, task, *pks))
    else:
        async_task(task, *pks)


def _tell_redis(task: str, *pks: int) -> None:
    try:
        async_task(task, *pks)
    except Exception as error:  # the act is committed and stands; the sweep brings the work once Redis is back
        logger.error("%s of %s could not be put on the queue: %s", task, pks, type(error).__name__)


def stop_live(case: Case) -> None:
    """Take the case's live job off: a person has decided otherwise."""
    Job.objects.filter(case=case, status__in=[JobStatus.DUE, JobStatus.RUNNING]).update(
        status=JobStatus.STOPPED, finished_at=timezone.now()
    )


def hurry(cases: Iterable[Case]) -> None:
    """What waits for its time becomes due now: the sweep enqueues it."""
    Job.objects.filter(case__in=cases, status=JobStatus.DUE).update(next_at=timezone.now())


def sweep_soon(connection: Connection) -> None:
    """What waits over this connection is enqueued now, by a sweep in the worker: it may be hundreds of jobs."""
    now = timezone.now()
    waiting = Job.objects.filter(case__connection=connection, status=JobStatus.DUE)
    waiting.filter(last_problem__gt="", next_at__gt=now).update(next_at=now)
    waiting.update(enqueued_at=None)
    _tell(SWEEP)


def put_off(job: Job, *, delay: float, **changes: object) -> None:
    """Make a running job due again after `delay` seconds; at once (0) also puts it on the queue.

    Nothing where the run that this job was claimed for has lost it: another one has it by now, or a person took it off.
    """
    next_at = timezone.now() + dt.timedelta(seconds=delay)
    held = Job.objects.filter(pk=job.pk, status=JobStatus.RUNNING, leased_until=job.leased_until)
    if held.update(status=JobStatus.DUE, next_at=next_at, leased_until=None, **changes) and not delay:
        wake(job)
