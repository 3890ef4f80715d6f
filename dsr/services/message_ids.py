"""The Message-ID of a letter's mail: nobody can guess it, and by it the letter is found again. No row keeps it."""

from __future__ import annotations

import hashlib
import hmac
import re
from email.utils import parseaddr

from django.conf import settings
from django.utils.encoding import punycode

from dsr.models import OutgoingLetter
from dsr.selectors.letters import errand_of

_OURS = re.compile(r"(\d{1,18})\.([0-9a-f]{32})@.+", re.ASCII)


def message_id(letter: OutgoingLetter) -> str:
    """Of the mail that is sent now, and no longer of one that was sent before it was tried again."""
    domain = parseaddr(settings.ENV.email_from)[1].rpartition("@")[2]
    return f"<{letter.pk}.{_secret(letter)}@{punycode(domain) or 'localhost'}>"


def find(message_id: str) -> OutgoingLetter | None:
    """The letter whose newest mail has this Message-ID, given without the angle brackets."""
    ours = _OURS.fullmatch(message_id)
    letter = OutgoingLetter.objects.filter(pk=int(ours.group(1))).first() if ours else None
    if ours and letter and hmac.compare_digest(ours.group(2), _secret(letter)):
        return letter
    return None


def _secret(letter: OutgoingLetter) -> str:
    """Over the try, so that a mail which comes back late says nothing of one that was sent since. And over the time of
    writing, since after a restore numbers are given once more."""
    errand = errand_of(letter)
    parts = ["letter message-id", str(letter.pk), str(errand.pk if errand else 0), letter.written_at.isoformat()]
    return hmac.new(settings.ENV.search_key, "\x00".join(parts).encode(), hashlib.sha256).hexdigest()[:32]
