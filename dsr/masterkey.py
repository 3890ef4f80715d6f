"""The master key: it wraps the data keys and the connections' API keys, and can be rotated while the site runs.

`DSR_MASTER_KEY` wraps; it and `DSR_OTHER_MASTER_KEYS` unwrap. `manage.py rotate_master_key` wraps everything anew.
"""

from __future__ import annotations

from django.conf import settings

from dsr import crypto
from dsr.exceptions import Unreadable


def wrap(value: bytes, *, context: str) -> bytes:
    """Seal under the current master key."""
    return crypto.seal(settings.ENV.master_key, value, context=context)


def unwrap(sealed: bytes | memoryview, *, context: str) -> bytes:
    """Open what any of the known master keys sealed. Raises `Unreadable` when none did."""
    for key in (settings.ENV.master_key, *settings.ENV.other_master_keys):
        try:
            return crypto.unseal(key, sealed, context=context)
        except Unreadable:
            continue
    raise Unreadable("No known master key opens this. Is DSR_MASTER_KEY the key it was stored under?")


def is_current(sealed: bytes | memoryview, *, context: str) -> bool:
    """Whether the current master key sealed it."""
    try:
        crypto.unseal(settings.ENV.master_key, sealed, context=context)
    except Unreadable:
        return False
    return True
