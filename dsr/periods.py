"""Days from one to another, both included, that a report is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

FIRST_YEAR, LAST_YEAR, MOST_YEARS = 2000, 2099, 10
"""Between which years a report may lie, and how long it may be."""


@dataclass(frozen=True)
class Period:
    start: dt.date
    end: dt.date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, dt.date) and self.start <= day <= self.end

    @property
    def months(self) -> Iterator[dt.date]:
        """The first day of each month that it touches."""
        day = self.start.replace(day=1)
        while day <= self.end:
            yield day
            day = following_month(day)


def following_month(day: dt.date) -> dt.date:
    """The first day of the next month."""
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def this_month(today: dt.date) -> Period:
    """The calendar month, up to today."""
    return Period(today.replace(day=1), today)


def last_quarter(today: dt.date) -> Period:
    """The last calendar quarter that is over."""
    this = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    end = this - dt.timedelta(days=1)
    return Period(end.replace(month=end.month - 2, day=1), end)


def this_year(today: dt.date) -> Period:
    """The calendar year, up to today."""
    return Period(today.replace(month=1, day=1), today)


def last_year(today: dt.date) -> Period:
    """The calendar year before."""
    return Period(dt.date(today.year - 1, 1, 1), dt.date(today.year - 1, 12, 31))
