"""The last weeks in numbers: what came, what was answered, and after how many days."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db.models import Count as Counted
from django.db.models.functions import TruncDate
from django.utils import dateformat, timezone

from dsr.evidence.accounts import Count
from dsr.models import Case
from dsr.selectors.figures import ANSWERS, answered_within

WEEKS = 12


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
    """This week and the eleven before, by two queries that are answered in days, not in cases."""
    first = today - dt.timedelta(days=today.weekday(), weeks=WEEKS - 1)
    received: Counter[int] = Counter()
    answered: Counter[int] = Counter()
    days: Counter[int] = Counter()
    came = Case.objects.filter(received_on__range=(first, today)).order_by().values_list("received_on")
    for day, count in came.annotate(n=Counted("pk")):
        received[(day - first).days // 7] += count
    since = timezone.make_aware(dt.datetime.combine(first, dt.time.min))
    closed = Case.objects.filter(state__in=ANSWERS, closed_at__gte=since).annotate(closed_on=TruncDate("closed_at"))
    for closed_on, received_on, count in (
        closed.order_by().values_list("closed_on", "received_on").annotate(n=Counted("pk"))
    ):
        answered[(closed_on - first).days // 7] += count
        days[(closed_on - received_on).days] += count
    return Weeks(
        weeks=tuple(
            Week(
                label=dateformat.format(first + dt.timedelta(weeks=at), "j M"),
                received=received[at],
                answered=answered[at],
            )
            for at in range(WEEKS)
        ),
        within=answered_within(list(days.elements())),
    )
