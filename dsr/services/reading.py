"""How one person reads: in which language, with moments in which time zone, and dates written how.

For what is made for that person, and for nothing else: a page, a mail to them, their calendar. Documents follow their
case's language, and what is stored holds codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.utils import timezone, translation

from dsr import dates
from dsr.models import Preferences, User


@contextmanager
def as_read_by(user: User | None, *, otherwise: str = "") -> Iterator[str]:
    """Write for this person meanwhile; gives the language.

    Whoever has chosen none reads in the language `otherwise`, such as their browser's, else in that of the settings.
    """
    chosen = getattr(user, "preferences", None) or Preferences()
    language = chosen.language or otherwise or settings.LANGUAGE_CODE
    with ExitStack() as until_read:
        until_read.enter_context(translation.override(language))
        until_read.enter_context(timezone.override(_zone(chosen.time_zone)))
        until_read.enter_context(dates.style(chosen.dates))
        yield language


def _zone(name: str) -> ZoneInfo:
    """The zone of that name. Where it is none, or none that this machine knows, the controller's."""
    try:
        return ZoneInfo(name or settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.TIME_ZONE)
