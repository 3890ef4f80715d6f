"""What screens write by their reader's language: days, moments, labels. Every template has it without loading it."""

from __future__ import annotations

import datetime as dt

from django import template

from dsr import dates, languages

register = template.Library()
register.simple_tag(dates.zone, name="zone")


@register.filter
def day(value: dt.date | None, form: str = "long") -> str:
    """`{{ case.due_on|day }}`, or with a form: `|day:"short"`."""
    return dates.day(value, form)


@register.filter
def moment(value: dt.datetime | None, form: str = "short") -> str:
    """`{{ link.made_at|moment }}`."""
    return dates.moment(value, form)


@register.filter
def moment_in_seconds(value: dt.datetime | None) -> str:
    return dates.moment(value, "short", seconds=True)


@register.filter
def lately(value: dt.datetime | None) -> str:
    """The time of day, with the day where that isn't today."""
    return dates.lately(value)


@register.filter
def amid(value: object) -> str:
    """A label as it stands within a sentence."""
    return languages.amid(value)


@register.filter
def clock(value: dt.datetime | None) -> str:
    return dates.clock(value)


@register.filter
def clock_in_seconds(value: dt.datetime | None) -> str:
    return dates.clock(value, seconds=True)
