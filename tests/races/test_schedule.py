"""Several workers, one schedule."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone
from django_q.models import OrmQ, Schedule
from django_q.scheduler import scheduler

from dsr.jobs import schedule
from tests.races.together import Meeting, at_once


def meet_before(meeting: Meeting, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    real = getattr(Schedule, method)

    def meet(self: Schedule, *arguments: Any, **options: Any) -> Any:
        meeting.wait()
        return real(self, *arguments, **options)

    monkeypatch.setattr(Schedule, method, meet)


def test_workers_that_start_together_make_each_row_once(row_locks: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not row_locks:
        monkeypatch.setattr(schedule, "_take_turn", lambda: None)
    meet_before(Meeting(guarded=row_locks), monkeypatch, "save")

    raised = at_once(schedule.ensure, schedule.ensure)

    rows = Schedule.objects.filter(name="sweep").count()
    if row_locks:
        assert (raised, rows) == ([None, None], 1)
    else:
        # The name isn't unique. SQLite throws the second worker out: it would end at its start.
        assert rows == 2 or (database.vendor == "sqlite" and any(raised))


def test_what_stood_twice_is_mended() -> None:
    schedule.ensure()
    Schedule.objects.create(name="sweep", func="dsr.jobs.tasks.sweep", schedule_type=Schedule.MINUTES, minutes=1)
    schedule.ensure()
    assert sorted(Schedule.objects.values_list("name", flat=True)) == sorted(schedule.EVERY_MINUTES)


def test_of_two_clusters_one_enqueues_what_is_due(row_locks: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule.ensure()
    Schedule.objects.exclude(name="sweep").delete()
    Schedule.objects.update(next_run=timezone.now() - dt.timedelta(minutes=5))
    meet_before(
        Meeting(guarded=row_locks), monkeypatch, "calculate_next_run"
    )  # it is read as due, and not yet moved on

    at_once(scheduler, scheduler)

    # On SQLite there is no race to show: whoever writes second, on what it read before, is thrown out and tries again.
    twice = not row_locks and database.vendor != "sqlite"
    assert [row.func() for row in OrmQ.objects.all()] == ["dsr.jobs.tasks.sweep"] * (2 if twice else 1)
