"""The free days that due dates are counted by."""

from __future__ import annotations

import datetime as dt

import holidays
from django.conf import settings

from dsr.deadline import OwnDays
from dsr.models import Holiday


def own_days() -> OwnDays:
    """Those that the organisation added."""
    rows = list(Holiday.objects.all())
    return OwnDays(
        once=frozenset(row.day for row in rows if not row.every_year),
        every_year=frozenset((row.day.month, row.day.day) for row in rows if row.every_year),
    )


def public_in(year: int) -> list[tuple[dt.date, str]]:
    """The public holidays of the controller's country and region in this year, each with its name there."""
    found = holidays.country_holidays(settings.ENV.country, subdiv=settings.ENV.region or None, years=year)
    return sorted((day, name) for day, name in found.items() if day.year == year)
