"""The workers' heartbeat: a task that a worker really ran, not a process that merely exists."""

from __future__ import annotations

import datetime as dt
import os
import socket

from django.conf import settings
from django.db.models import Max
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.tasks import async_task

from dsr.models import Heartbeat

BEAT = "dsr.jobs.tasks.beat"
_NAME = "DSR_WORKER_NAME"
"""The watch names itself; its cluster and the cluster's processes inherit the name."""
_FORGOTTEN = dt.timedelta(days=1)


def take_name() -> None:
    """This process watches a cluster from now on. Several may run on one machine, and several machines."""
    os.environ[_NAME] = f"{socket.gethostname()[:80]}:{os.getpid()}"


def name() -> str:
    """The worker that this process belongs to."""
    return os.environ.get(_NAME, socket.gethostname()[:80])


def beat() -> None:
    """Note that this worker just ran a task."""
    row = Heartbeat(worker=name(), at=timezone.now())
    Heartbeat.objects.bulk_create([row], update_conflicts=True, unique_fields=["worker"], update_fields=["at"])


def enqueue_beat() -> None:
    """Ask for a beat, unless something waits: whoever takes that up shows as much."""
    if not get_broker().queue_size():  # a task that a killed cluster had taken isn't counted
        async_task(BEAT)


def clear() -> None:
    """Forget this worker's beats, those of dead ones on this machine, and very old ones: none speaks for a new one."""
    machine = f"{socket.gethostname()[:80]}:"
    dead = [
        worker
        for worker in Heartbeat.objects.filter(worker__startswith=machine).values_list("worker", flat=True)
        if not _is_running(worker.removeprefix(machine))
    ]
    Heartbeat.objects.filter(worker__in=[name(), *dead]).delete()
    Heartbeat.objects.filter(at__lt=timezone.now() - _FORGOTTEN).delete()


def _is_running(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    return True


def last_beat_age(*, worker: str | None = None) -> dt.timedelta | None:
    """How long ago the newest beat was, of this worker or of any; None when there is none."""
    beats = Heartbeat.objects.filter(worker=worker) if worker else Heartbeat.objects.all()
    newest = beats.aggregate(newest=Max("at"))["newest"]
    return timezone.now() - newest if newest else None


def own_beat_age() -> dt.timedelta | None:
    """The same for this worker alone: others at work don't show that this one isn't stuck."""
    return last_beat_age(worker=name())


def is_alive() -> bool:
    """Whether some worker took up a task lately: within a job's time limit, as all may be at long ones, and a bit."""
    age = last_beat_age()
    longest = settings.ENV.q_timeout + 4 * settings.ENV.worker_beat
    return age is not None and age.total_seconds() < longest
