"""The schedule, as data."""

from __future__ import annotations

from django_q.models import Schedule

EVERY_MINUTES = {
    "sweep": ("dsr.jobs.tasks.sweep", 1),
    "retention": ("dsr.jobs.tasks.retain", 60),
    "anchor": ("dsr.jobs.tasks.anchor", 24 * 60),
}


def ensure() -> None:
    """Create or mend the schedule's rows. Safe to call at each start of a worker."""
    for name, (func, minutes) in EVERY_MINUTES.items():
        Schedule.objects.update_or_create(
            name=name,
            defaults={"func": func, "schedule_type": Schedule.MINUTES, "minutes": minutes, "repeats": -1},
        )
