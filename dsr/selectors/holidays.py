"""The free days that due dates are counted by."""

from __future__ import annotations

import datetime as dt

import holidays
from django.conf import settings
from django.utils.translation import get_language

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
    """The public holidays of the controller's country and region in this year, in the active language if known."""
    country, region = settings.ENV.country, settings.ENV.region or None
    known: tuple[str, ...] = holidays.country_holidays(country).supported_languages
    ours = (get_language() or "en").split("-")[0]
    language = next((code for code in known if code.split("_")[0] == ours), None)
    found = holidays.country_holidays(country, subdiv=region, years=year, language=language)
    return sorted((day, name) for day, name in found.items() if day.year == year)
