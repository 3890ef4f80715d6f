"""The schedule, as data."""

from __future__ import annotations

from django_q.models import Schedule

MINUTELY = {"sweep": "dsr.jobs.tasks.sweep"}


def ensure() -> None:
    """Create or mend the schedule's rows. Safe to call at each start of a worker."""
    for name, func in MINUTELY.items():
        Schedule.objects.update_or_create(
            name=name,
            defaults={"func": func, "schedule_type": Schedule.MINUTES, "minutes": 1, "repeats": -1},
        )
