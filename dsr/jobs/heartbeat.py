"""The workers' heartbeat: a task that a worker really ran, not a process that merely exists."""

from __future__ import annotations

import datetime as dt
import socket

from django.conf import settings
from django.db.models import Max
from django.utils import timezone
from django_q.models import OrmQ
from django_q.tasks import async_task

from dsr.models import Heartbeat

BEAT = "dsr.jobs.tasks.beat"


def beat() -> None:
    """Note that this machine's worker just ran a task."""
    Heartbeat.objects.update_or_create(worker=socket.gethostname()[:100], defaults={"at": timezone.now()})


def enqueue_beat() -> None:
    """Ask for a beat, unless one still waits."""
    if not any(task.func() == BEAT for task in OrmQ.objects.all()[:200]):
        async_task(BEAT)


def clear() -> None:
    """Forget this machine's beats, so that an old one doesn't speak for a new worker."""
    Heartbeat.objects.filter(worker=socket.gethostname()[:100]).delete()


def last_beat_age() -> dt.timedelta | None:
    """How long ago the newest beat was; None when there is none."""
    newest = Heartbeat.objects.aggregate(newest=Max("at"))["newest"]
    return timezone.now() - newest if newest else None


def is_alive() -> bool:
    """Whether some worker took up a task lately: within a job's time limit, as all may be at long ones, and a bit."""
    age = last_beat_age()
    longest = settings.ENV.q_timeout + 4 * settings.ENV.worker_beat
    return age is not None and age.total_seconds() < longest
