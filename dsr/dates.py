"""How screens write a day, a moment and a time of day: as their reader chose, in the reader's language.

A day that stands alone is one of the controller's calendar (`dsr.days`), as it is on documents: a due date, or the day
on which a request was closed, is the same for everybody. A moment, with its time of day, is told in the reader's time
zone. Documents follow none of this: they are written with `dsr.days` in the case's language.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db.models import TextChoices
from django.utils import dateformat, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dsr.days import controller_day, in_zone, written


class DateStyle(TextChoices):
    """How one wants days and times to be written."""

    LANGUAGE = "language", _("As is usual in the language")
    ISO = "iso", _("Year first: 2026-11-26 14:05")


_style: ContextVar[str] = ContextVar("how dates are written", default=DateStyle.LANGUAGE)

FORMS: dict[str, dict[str, str]] = {
    "en": {"short": "j M Y", "weekday": "l j F Y", "yearless": "j F", "brief": "j M", "weekday_brief": "D j M"},
    "de": {"short": "j. M Y", "weekday": "l, j. F Y", "yearless": "j. F", "brief": "j. M", "weekday_brief": "D, j. M"},
    "fr": {"short": "j N Y", "weekday": "l j F Y", "yearless": "j F", "brief": "j N", "weekday_brief": "D j N"},
    "es": {
        "short": "j b Y",
        "weekday": r"l, j \d\e F \d\e Y",
        "yearless": r"j \d\e F",
        "brief": "j b",
        "weekday_brief": "D j b",
    },
}
"""By language, in the signs of Django's date filter. "long" is `written`, whose format stands in the catalogues."""
_ISO = {"weekday": "l, Y-m-d", "weekday_brief": "D, Y-m-d"}


@contextmanager
def style(wanted: str) -> Iterator[None]:
    """Write days and times like this meanwhile."""
    token = _style.set(wanted)
    try:
        yield
    finally:
        _style.reset(token)


def day(value: dt.date | dt.datetime | None, form: str = "long") -> str:
    """The day, and of a moment the day that it was where the controller is; nothing for none.

    `form` is long, short, weekday, yearless, brief or weekday_brief.
    """
    if not value:
        return ""
    return _written(controller_day(value) if isinstance(value, dt.datetime) else value, form)


def moment(value: dt.datetime | None, form: str = "long", *, seconds: bool = False) -> str:
    """Its day and its time of day where the reader is."""
    if not value:
        return ""
    between = " " if _style.get() == DateStyle.ISO else ", "
    return f"{_written(_local(value).date(), form)}{between}{clock(value, seconds=seconds)}"


def lately(value: dt.datetime | None, form: str = "brief") -> str:
    """Its time of day where the reader is, with the day where that isn't today."""
    is_today = value and timezone.localtime(value).date() == timezone.localdate()
    return clock(value) if is_today else moment(value, form)


def clock(value: dt.datetime | None, *, seconds: bool = False) -> str:
    """ "14:05", where the reader is."""
    if not value:
        return ""
    return dateformat.format(_local(value), "H:i:s" if seconds else "H:i")


def _local(value: dt.datetime) -> dt.datetime:
    """Where the reader is; as it stands where it names no zone, as some of what SegMetrics tells."""
    return in_zone(value, timezone.get_current_timezone()) if timezone.is_aware(value) else value


def zone() -> str:
    """The name of the zone in which moments are told just now."""
    return timezone.get_current_timezone_name()


def _written(date: dt.date, form: str) -> str:
    if _style.get() == DateStyle.ISO:
        return dateformat.format(date, _ISO.get(form, "Y-m-d"))
    if form == "long":
        return written(date)
    language = (get_language() or "en").split("-")[0]
    signs = FORMS.get(language, FORMS["en"])[form]
    if language == "fr" and date.day == 1:
        signs = signs.replace("j", r"j\e\r", 1)
    return dateformat.format(date, signs)
