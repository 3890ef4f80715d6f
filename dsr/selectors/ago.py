"""How long ago, in words."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

_JUST_NOW = dt.timedelta(minutes=1)


def ago(moment: dt.datetime) -> str:
    """“just now”, “12 minutes ago”, “3 days ago”."""
    if timezone.now() - moment < _JUST_NOW:
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(moment, depth=1)}
