"""The audit log: append-only, chained by hash, free of personal data.

Each entry's hash is SHA-256 over the canonical JSON (RFC 8785) of the entry with the hash of the one before it in
`previous`. It is tamper-evident: a change, a removal or an insertion breaks the chain from there on.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from dsr import fingerprint
from dsr.models import AuditEntry, Case, Reason, User
from dsr.turns import Turn, take

GENESIS = "0" * 64
WORKER = "worker"
VISITOR = "visitor"
"""Who opens a hand-over link: no member of staff, and not known any closer."""
_BODY = ("sequence", "at", "case", "actor", "verb", "facts", "reason_digest", "previous")
"""What the hash of an entry covers."""
_take_turn = partial(take, Turn.AUDIT_LOG)


@dataclass(frozen=True)
class Broken:
    """The first entry that doesn't verify, and why."""

    sequence: int
    why: str


def record(
    *,
    actor: User | None,
    verb: str,
    case: Case | None = None,
    facts: Mapping[str, Any] | None = None,
    reason: str = "",
    by: str = WORKER,
) -> AuditEntry:
    """Append an entry; it must be the last write of its transaction. `by` is who it was where `actor` is None.

    `facts` hold ids, counts, digests and codes only. A person's `reason` is sealed under the case's key, and only its
    digest under that same key stands in the log.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("An audit entry belongs to the transaction of its act.")
    _take_turn()
    last = AuditEntry.objects.order_by("-sequence").values("sequence", "hash").first()
    body = {
        "sequence": last["sequence"] + 1 if last else 1,
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
        "case": case.reference if case else "",
        "actor": actor.staff_reference if actor else by,
        "verb": str(verb),
        "facts": dict(facts or {}),
        "reason_digest": _reason_digest(case, reason),
        "previous": last["hash"] if last else GENESIS,
    }
    entry = AuditEntry.objects.create(**body, hash=fingerprint.digest(body))
    if reason and case:
        Reason.objects.create(case=case, entry=entry, text_sealed=case.seal(reason, field="reason"))
    return entry


def _reason_digest(case: Case | None, reason: str) -> str:
    """A digest under a key that ends with the case, so that once it is purged nobody can guess at the words."""
    if not reason:
        return ""
    key = case.data_key if case else settings.ENV.search_key
    return hmac.new(key, b"reason\x00" + reason.encode(), hashlib.sha256).hexdigest()


def head() -> tuple[int, str]:
    """The newest entry's sequence and hash."""
    last = AuditEntry.objects.order_by("-sequence").values_list("sequence", "hash").first()
    return last or (0, GENESIS)


def body_of(entry: AuditEntry) -> dict[str, Any]:
    """What the entry's hash covers."""
    return {name: getattr(entry, name) for name in _BODY}


def verify() -> Broken | None:
    """Walk the chain from its start. None when it holds; a tail cut off is seen only against a head kept elsewhere."""
    expected, previous = 1, GENESIS
    # Plain values: a million entries as objects would take longer than all the hashing.
    for body in AuditEntry.objects.order_by("sequence").values(*_BODY, "hash").iterator():
        hashed = body.pop("hash")
        if body["sequence"] != expected:
            return Broken(expected, f"entry {expected} is missing")
        if body["previous"] != previous:
            return Broken(expected, "it doesn't follow from the entry before it")
        if not fingerprint.is_digest_of(hashed, body):
            return Broken(expected, "its content isn't what was hashed")
        expected, previous = expected + 1, hashed
    return None
