"""Whether the mailbox to which mails come back can be read. Kept in the cache alone: each look finds it out anew."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_KEY = "bounces-trouble"
_WORDS = {
    "unreachable": gettext_lazy("its server can't be reached"),
    "certificate": gettext_lazy("its server's certificate isn't trusted"),
    "sign_in": gettext_lazy("its server refuses our sign-in"),
    "folder": gettext_lazy("a folder that is set isn't there"),
    "no_move": gettext_lazy("its server can't move mails, as is set"),
    "unclear": gettext_lazy("its server refuses what it was asked"),
}
_KEPT = 24 * 60 * 60


@dataclass(frozen=True)
class Trouble:
    words: str
    since: dt.datetime


def remember(code: str) -> None:
    """What the newest look found wrong, or nothing. The time is that of the first look which found something."""
    if not code:
        cache.delete(_KEY)
        return
    earlier = cache.get(_KEY)
    cache.set(_KEY, {"code": code, "since": earlier["since"] if earlier else timezone.now()}, timeout=_KEPT)


def trouble() -> Trouble | None:
    """Why bounces aren't read, where they are to be."""
    kept = cache.get(_KEY) if settings.ENV.mailbox else None
    return Trouble(str(_WORDS.get(kept["code"], _("look into the worker's log"))), kept["since"]) if kept else None
