"""The schedule, as data."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django_q.models import Schedule

from dsr.turns import Turn, take

EVERY_MINUTES = {
    "sweep": ("dsr.jobs.tasks.sweep", 1),
    "notify": ("dsr.jobs.tasks.notify", 1),
    "remind": ("dsr.jobs.tasks.remind", 60),
    "returns": ("dsr.jobs.tasks.watch_for_returns", 60),
    "retention": ("dsr.jobs.tasks.retain", 60),
    "bounces": ("dsr.jobs.tasks.collect_bounces", 5),
    "anchor": ("dsr.jobs.tasks.anchor", 24 * 60),
}
_take_turn = partial(take, Turn.SCHEDULE)


def ensure() -> None:
    """Create or mend the schedule's rows. Safe to call at each start of a worker, and by several at once.

    Which cluster enqueues a due row is django-q2's own affair: it locks the rows (PostgreSQL) or holds the database's
    one write transaction (SQLite, IMMEDIATE), and moves `next_run` on before it lets go.
    """
    with transaction.atomic():
        _take_turn()
        for name, (func, minutes) in EVERY_MINUTES.items():
            # The name isn't unique in django-q2's table: two workers that start at once would make two rows.
            known = list(Schedule.objects.filter(name=name).order_by("pk").values_list("pk", flat=True))
            if len(known) > 1:
                Schedule.objects.filter(pk__in=known[1:]).delete()
            Schedule.objects.update_or_create(
                name=name,
                defaults={"func": func, "schedule_type": Schedule.MINUTES, "minutes": minutes, "repeats": -1},
            )
