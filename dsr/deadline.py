"""The legal due date: Art. 12(3) GDPR, counted by Art. 3 of Regulation (EEC, Euratom) No 1182/71.

One month from the day the request arrived (read or not): the day with the same number in the month after, or that
month's last day where it has no such day. A Saturday, Sunday or public holiday moves it to the end of the next working
day (Art. 3(4) of the Regulation), and so does a holiday that the organisation added. An extension by two further
months counts from the original start. Days on which the clock stood still are added to the date before it is moved
off a free day. Worked examples with their sources stand in docs/deadlines.md.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from enum import StrEnum

import holidays
from django.utils.translation import gettext as _

from dsr.days import weekday, written, written_with_weekday

MONTHS = 1
EXTENSION_MONTHS = 2
_SATURDAY = 5


class FreeDay(StrEnum):
    """What a date was moved off."""

    NONE = ""
    WEEKEND = "weekend"
    PUBLIC = "public"
    OWN = "own"


@dataclass(frozen=True)
class Deadline:
    """The last day on which an answer is in time, and what it was counted from."""

    received_on: dt.date
    due_on: dt.date
    paused_days: int = 0
    extended: bool = False
    moved_by: str = FreeDay.NONE
    """Kept with it: which days were free when it was counted can't be told later."""

    @property
    def anniversary(self) -> dt.date:
        """The same day of a later month, before anything else is counted."""
        return add_months(self.received_on, MONTHS + (EXTENSION_MONTHS if self.extended else 0))

    @property
    def counted_to(self) -> dt.date:
        """The date before it was moved off a weekend or a holiday."""
        return self.anniversary + dt.timedelta(days=self.paused_days)

    @property
    def explanation(self) -> str:
        """One sentence on how it was counted, in the active language, as documents write days."""
        return self.explained(day=written, weekday_and_day=written_with_weekday)

    def explained(self, *, day: Callable[[dt.date], str], weekday_and_day: Callable[[dt.date], str]) -> str:
        """The same sentence, with its days written like this."""
        words = (
            _("Three months (one, and two by extension) from %(start)s is %(end)s")
            if self.extended
            else _("One month from %(start)s is %(end)s")
        )
        parts = [words % {"start": day(self.received_on), "end": day(self.anniversary)}]
        if self.anniversary.day != self.received_on.day:
            parts.append(_("the last day of that month"))
        if self.paused_days:
            parts.append(
                _("with %(days)d days on which the clock stood still, %(end)s")
                % {"days": self.paused_days, "end": day(self.counted_to)}
            )
        if self.moved_by:
            parts.append(
                _("as that is a %(day)s, the due date moves to the next working day, %(due)s")
                % {"day": self._free_day_name, "due": weekday_and_day(self.due_on)}
            )
        return ", ".join(parts) + " " + _("(Art. 12(3) GDPR, Art. 3 of Regulation 1182/71).")

    @property
    def _free_day_name(self) -> str:
        if self.moved_by == FreeDay.WEEKEND:
            return weekday(self.counted_to)
        return _("public holiday") if self.moved_by == FreeDay.PUBLIC else _("holiday added by the organisation")


@dataclass(frozen=True)
class OwnDays:
    """Days that the organisation added: single ones, and those of every year as (month, day)."""

    once: frozenset[dt.date] = frozenset()
    every_year: frozenset[tuple[int, int]] = frozenset()

    def __contains__(self, day: object) -> bool:
        return isinstance(day, dt.date) and (day in self.once or (day.month, day.day) in self.every_year)


NONE_OF_ITS_OWN = OwnDays()


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day number `months` later, or the last day of that month."""
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def public_holidays(country: str, region: str | None) -> Container[dt.date]:
    """The public holidays of a country (ISO 3166-1 alpha-2) and region. Raises NotImplementedError if unknown."""
    return holidays.country_holidays(country, subdiv=region or None)


def is_free(day: dt.date, free_days: Container[dt.date], own_days: Container[dt.date] = NONE_OF_ITS_OWN) -> bool:
    """Saturday, Sunday, public holiday, or a day that the organisation added."""
    return day.weekday() >= _SATURDAY or day in free_days or day in own_days


def due_date(
    received_on: dt.date,
    *,
    free_days: Container[dt.date],
    own_days: Container[dt.date] = NONE_OF_ITS_OWN,
    paused_days: int = 0,
    extended: bool = False,
) -> Deadline:
    """The last day on which an answer is in time, with how it was counted."""
    plain = Deadline(received_on, received_on, paused_days, extended)
    due_on = plain.counted_to
    while is_free(due_on, free_days, own_days):
        due_on += dt.timedelta(days=1)
    moved_by = FreeDay.NONE if due_on == plain.counted_to else _kind_of(plain.counted_to, free_days)
    return replace(plain, due_on=due_on, moved_by=moved_by)


def _kind_of(day: dt.date, free_days: Container[dt.date]) -> FreeDay:
    if day.weekday() >= _SATURDAY:
        return FreeDay.WEEKEND
    return FreeDay.PUBLIC if day in free_days else FreeDay.OWN
