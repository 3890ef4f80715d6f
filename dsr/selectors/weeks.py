"""The last weeks in numbers: what came, what was answered, and after how many days."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.core.cache import caches
from django.db.models import Count as Counted
from django.db.models.functions import TruncDate
from django.utils import timezone

from dsr import dates
from dsr.days import controller_midnight
from dsr.evidence.accounts import Count
from dsr.models import Case
from dsr.selectors.figures import ANSWERS, answered_within

WEEKS = 12
_KEPT = 60
"""Seconds, in each process by itself."""


@dataclass(frozen=True)
class Week:
    label: str
    """Its Monday."""
    received: int
    answered: int


@dataclass(frozen=True)
class Weeks:
    weeks: tuple[Week, ...]
    within: tuple[Count, ...]
    """How many of the answers came within how many days."""

    @property
    def is_empty(self) -> bool:
        return not any(week.received or week.answered for week in self.weeks)


def last_weeks(today: dt.date) -> Weeks:
    """This week and the eleven before, as they were at most a minute ago."""
    first = today - dt.timedelta(days=today.weekday(), weeks=WEEKS - 1)
    # Twelve weeks of a desk that has many cases take longer to count than all the rest of the dashboard.
    cache, key = caches["process"], f"weeks-{today}"
    counted = cache.get(key)
    if counted is None:
        counted = _counted(first, today)
        cache.set(key, counted, _KEPT)
    received, answered, days = counted
    return Weeks(
        weeks=tuple(
            Week(
                label=dates.day(first + dt.timedelta(weeks=at), "brief"),
                received=received[at],
                answered=answered[at],
            )
            for at in range(WEEKS)
        ),
        within=answered_within(list(days.elements())),
    )


def _counted(first: dt.date, today: dt.date) -> tuple[Counter[int], Counter[int], Counter[int]]:
    """How many came and how many were answered in each week, and the days to the answers; by two queries that are
    answered in days, not in cases."""
    received: Counter[int] = Counter()
    answered: Counter[int] = Counter()
    days: Counter[int] = Counter()
    came = Case.objects.filter(received_on__range=(first, today)).order_by().values_list("received_on")
    for day, count in came.annotate(n=Counted("pk")):
        received[(day - first).days // 7] += count
    since = controller_midnight(first)
    closed = Case.objects.filter(state__in=ANSWERS, closed_at__gte=since).annotate(
        closed_on=TruncDate("closed_at", tzinfo=timezone.get_default_timezone())
    )
    for closed_on, received_on, count in (
        closed.order_by().values_list("closed_on", "received_on").annotate(n=Counted("pk"))
    ):
        answered[(closed_on - first).days // 7] += count
        days[(closed_on - received_on).days] += count
    return received, answered, days
