"""The sweep: the rows say what is due, whatever became of the queue."""

from __future__ import annotations

import datetime as dt

from django.db.models import F, Q
from django.utils import timezone
from django_q.models import Task

from dsr import queue
from dsr.models import Errand, ErrandStatus, Job, JobStatus
from dsr.selectors.halts import is_halted

_PATIENCE = dt.timedelta(seconds=60)
"""How long an enqueued job may wait before it is enqueued once more."""
_BATCH = 500


def sweep() -> int:
    """Enqueue what is due and not on its way, and what runs with its lease over; nothing over a connection that is
    stopped. Returns how many jobs (no errands)."""
    now = timezone.now()
    fresh = Q(enqueued_at__gt=now - _PATIENCE, enqueued_at__gte=F("next_at"))
    due = Q(status=JobStatus.DUE, next_at__lte=now) & ~fresh
    dead = Q(status=JobStatus.RUNNING, leased_until__lt=now)
    jobs = list(Job.objects.filter(due | dead).exclude(is_halted()).order_by("next_at")[:_BATCH])
    for job in jobs:
        queue.wake(job)
    due = Q(status=ErrandStatus.DUE, next_at__lte=now) & ~fresh
    dead = Q(status=ErrandStatus.RUNNING, leased_until__lt=now)
    for errand in Errand.objects.filter(due | dead).order_by("next_at")[:_BATCH]:
        queue.wake_errand(errand)
    # The queue's own results are no evidence, and its failures hold tracebacks, which may quote personal data; our own
    # rows say what happened.
    Task.objects.all().delete()
    return len(jobs)
