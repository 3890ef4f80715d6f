"""Handing work to the queue. The row is the truth; this only wakes a worker sooner than the sweep would."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone
from django_q.tasks import async_task

from dsr.models import Case, Job, JobKind, JobStatus

RUN_JOB = "dsr.jobs.tasks.run_job"


def add(*, case: Case, kind: JobKind, not_before: dt.datetime | None = None) -> Job:
    """Create the case's next job and enqueue it, inside the transaction that makes it necessary.

    One for later waits in its row: the sweep enqueues it when it is due.
    """
    now = timezone.now()
    next_at = max(now, not_before or now)
    job = Job.objects.create(case=case, kind=kind, next_at=next_at, created_at=now)
    if next_at == now:
        wake(job)
    return job


def wake(job: Job) -> None:
    """Put a due job on the queue. Twice is harmless: a run claims it by a conditional UPDATE."""
    async_task(RUN_JOB, job.pk)
    Job.objects.filter(pk=job.pk).update(enqueued_at=timezone.now())


def stop_live(case: Case) -> None:
    """Take the case's live job off: a person has decided otherwise."""
    Job.objects.filter(case=case, status__in=[JobStatus.DUE, JobStatus.RUNNING]).update(
        status=JobStatus.STOPPED, finished_at=timezone.now()
    )


def hurry(cases: Iterable[Case]) -> None:
    """What waits for its time becomes due now: the sweep enqueues it."""
    Job.objects.filter(case__in=cases, status=JobStatus.DUE).update(next_at=timezone.now())


def put_off(job: Job, *, delay: float, **changes: object) -> None:
    """Make a running job due again after `delay` seconds; at once (0) also puts it on the queue."""
    next_at = timezone.now() + dt.timedelta(seconds=delay)
    Job.objects.filter(pk=job.pk, status=JobStatus.RUNNING).update(
        status=JobStatus.DUE, next_at=next_at, leased_until=None, **changes
    )
    if not delay:
        wake(job)
