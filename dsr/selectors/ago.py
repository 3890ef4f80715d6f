"""How long ago, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
# Whole phrases: in German, say, “3 Tage” is “vor 3 Tagen”. A month and a year are their mean lengths.
_UNITS: tuple[tuple[float, Callable[[int], str]], ...] = (
    (365.25 * _DAY, lambda n: ngettext("%(n)d year ago", "%(n)d years ago", n)),
    (30.44 * _DAY, lambda n: ngettext("%(n)d month ago", "%(n)d months ago", n)),
    (7 * _DAY, lambda n: ngettext("%(n)d week ago", "%(n)d weeks ago", n)),
    (_DAY, lambda n: ngettext("%(n)d day ago", "%(n)d days ago", n)),
    (_HOUR, lambda n: ngettext("%(n)d hour ago", "%(n)d hours ago", n)),
    (_MINUTE, lambda n: ngettext("%(n)d minute ago", "%(n)d minutes ago", n)),
)


def ago(moment: dt.datetime) -> str:
    """“just now”, “12 minutes ago”, “3 days ago”."""
    seconds = (timezone.now() - moment).total_seconds()
    for length, phrase in _UNITS:
        count = int(seconds // length)
        if count >= 1:
            return phrase(count) % {"n": count}
    return _("just now")
