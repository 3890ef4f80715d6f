"""Fingerprints: SHA-256 over canonical JSON (RFC 8785), so that equal content has an equal digest anywhere."""

from __future__ import annotations

import hashlib
import json

import rfc8785

_quick = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def canonical(document: object) -> bytes:
    """The canonical bytes of a JSON document. Raises `rfc8785.CanonicalizationError` for what JSON can't hold."""
    return rfc8785.dumps(document)  # type: ignore[arg-type]


def digest(document: object) -> str:
    """SHA-256, as 64 hex digits, over the canonical bytes of `document`."""
    return hashlib.sha256(canonical(document)).hexdigest()


def is_digest_of(expected: str, document: object) -> bool:
    """Whether `document` has this digest, made by `digest`.

    Python's own encoder mostly writes the very same bytes, and much faster. Whatever it writes reads back as the
    document and as nothing else, so where its bytes have the digest, the document has it; where not, the canonical
    bytes decide.
    """
    quick = hashlib.sha256(_quick(document).encode("utf-8", "surrogatepass")).hexdigest()
    return quick == expected or digest(document) == expected
