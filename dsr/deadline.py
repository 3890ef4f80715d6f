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
from collections.abc import Container
from dataclasses import dataclass

import holidays
from django.utils.translation import gettext as _

from dsr.days import weekday, written, written_with_weekday

MONTHS = 1
EXTENSION_MONTHS = 2
_SATURDAY = 5


@dataclass(frozen=True)
class Deadline:
    due_on: dt.date
    counted_to: dt.date
    """The date before it was moved off a weekend or a holiday."""
    explanation: str


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
    """The last day on which an answer is in time, with one sentence on how it was counted."""
    months = MONTHS + (EXTENSION_MONTHS if extended else 0)
    anniversary = add_months(received_on, months)
    counted_to = anniversary + dt.timedelta(days=paused_days)
    due_on = counted_to
    while is_free(due_on, free_days, own_days):
        due_on += dt.timedelta(days=1)
    moved_by = "" if due_on == counted_to else _free_day_name(counted_to, free_days)
    return Deadline(
        due_on=due_on,
        counted_to=counted_to,
        explanation=_explain(received_on, anniversary, counted_to, due_on, months, paused_days, moved_by),
    )


def _explain(
    received_on: dt.date,
    anniversary: dt.date,
    counted_to: dt.date,
    due_on: dt.date,
    months: int,
    paused_days: int,
    moved_by: str,
) -> str:
    parts = [
        _("One month from %(start)s is %(end)s") % {"start": written(received_on), "end": written(anniversary)}
        if months == MONTHS
        else _("Three months (one, and two by extension) from %(start)s is %(end)s")
        % {"start": written(received_on), "end": written(anniversary)}
    ]
    if anniversary.day != received_on.day:
        parts.append(_("the last day of that month"))
    if paused_days:
        parts.append(
            _("with %(days)d days on which the clock stood still, %(end)s")
            % {"days": paused_days, "end": written(counted_to)}
        )
    if moved_by:
        parts.append(
            _("as that is a %(day)s, the due date moves to the next working day, %(due)s")
            % {"day": moved_by, "due": written_with_weekday(due_on)}
        )
    return ", ".join(parts) + " " + _("(Art. 12(3) GDPR, Art. 3 of Regulation 1182/71).")


def _free_day_name(day: dt.date, free_days: Container[dt.date]) -> str:
    if day.weekday() >= _SATURDAY:
        return weekday(day)
    return _("public holiday") if day in free_days else _("holiday added by the organisation")
