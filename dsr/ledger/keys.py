"""The ledger's and the backups' own keys, each derived from the search key for one purpose (HKDF, RFC 5869).

From the search key and not from the master key, because a ledger is append-only: its lines can't be wrapped anew when
the master key is rotated and the old one destroyed, and they must open for as long as a backup may be restored. The
search key never changes. What it protects here are the vendor's ids, which the certificates hold too.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from dsr import crypto


def derived(purpose: str) -> bytes:
    """The key for this purpose."""
    kdf = HKDF(hashes.SHA256(), crypto.KEY_BYTES, salt=None, info=f"dsr-desk:{purpose}".encode())
    return kdf.derive(settings.ENV.search_key)


def mac(purpose: str, message: bytes) -> str:
    """HMAC-SHA256 under the purpose's key, as hex."""
    return hmac.new(derived(purpose), message, hashlib.sha256).hexdigest()


def is_mac(purpose: str, message: bytes, given: object) -> bool:
    """Whether the code fits, compared in constant time."""
    return isinstance(given, str) and hmac.compare_digest(mac(purpose, message), given)
