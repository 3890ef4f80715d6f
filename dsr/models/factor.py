"""The secrets behind second factors, as django-allauth's rows hold them: sealed under the master key."""

from __future__ import annotations

import base64
import binascii

from dsr import masterkey
from dsr.exceptions import Unreadable

CONTEXT = "second factor"
SECRET_FIELDS = ("secret", "seed")
"""Where in `Authenticator.data` a sealed text stands: an app's secret, and the seed of the recovery codes."""


def seal(text: str) -> str:
    return base64.b64encode(masterkey.wrap(text.encode(), context=CONTEXT)).decode()


def sealed_bytes(sealed: str) -> bytes:
    """Raises `Unreadable` for what `seal` didn't make."""
    try:
        return base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable("This isn't a sealed secret of a second factor.") from None


def unseal(sealed: str) -> str:
    """Raises `Unreadable` when no known master key opens it."""
    return masterkey.unwrap(sealed_bytes(sealed), context=CONTEXT).decode()
