"""The queue's table of results doesn't grow: no success is kept, and a failure only until the sweep."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ, Task
from django_q.monitor import save_task
from django_q.tasks import async_task

from dsr.jobs import heartbeat, sweeping


@pytest.mark.django_db
def test_a_success_leaves_no_row() -> None:
    assert settings.Q_CLUSTER["save_limit"] == Conf.SAVE_LIMIT

    async_task(heartbeat.BEAT, sync=True)  # through django-q's own worker and result writer, in this process

    assert heartbeat.is_alive(), "it ran"
    assert not Task.objects.exists()
    assert not OrmQ.objects.exists()


@pytest.mark.django_db
def test_a_failure_and_what_an_older_version_kept_go_with_the_sweep() -> None:
    now = timezone.now()
    kept = {
        "func": heartbeat.BEAT,
        "args": (),
        "kwargs": {},
        "started": now,
        "stopped": now,
        "result": "linda",
        "sync": True,
    }
    save_task(kept | {"id": "1" * 32, "name": "failed", "success": False}, broker=None)
    save_task(kept | {"id": "2" * 32, "name": "old", "success": True, "save": True}, broker=None)
    assert Task.objects.count() == 2

    sweeping.sweep()

    assert not Task.objects.exists()
