"""Fingerprints: SHA-256 over canonical JSON (RFC 8785), so that equal content has an equal digest anywhere."""

from __future__ import annotations

import hashlib

import rfc8785


def canonical(document: object) -> bytes:
    """The canonical bytes of a JSON document. Raises `rfc8785.CanonicalizationError` for what JSON can't hold."""
    return rfc8785.dumps(document)  # type: ignore[arg-type]


def digest(document: object) -> str:
    """SHA-256, as 64 hex digits, over the canonical bytes of `document`."""
    return hashlib.sha256(canonical(document)).hexdigest()
