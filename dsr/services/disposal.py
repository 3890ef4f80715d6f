"""Files whose time is over: exports of closed cases on their day, and what no row names (Art. 5(1)(e))."""

from __future__ import annotations

import logging
import time

from django.db import transaction
from django.utils import timezone

from dsr import audit, storage
from dsr.exceptions import LedgerUnfit
from dsr.models import Document
from dsr.services import noting

logger = logging.getLogger(__name__)
ORPHAN_SECONDS = 24 * 60 * 60
"""A file without a row after this long was left by a process that was killed between the two."""


def destroy_due_exports() -> int:
    """Destroy every export whose day has come. Returns how many; one that fails doesn't keep the others."""
    due = Document.objects.filter(destroy_on__lte=timezone.localdate(), destroyed_at=None).select_related("case")
    return sum(destroy(document) for document in due)


def destroy(document: Document, *, ordered_by_ledger: bool = False) -> int:
    """Destroy one file. `ordered_by_ledger` is for a restore alone, which finds it in the ledger already."""
    try:
        if not ordered_by_ledger:
            noting.before_destroying(document)
        # The bytes go first: a row that says "destroyed" must never be ahead of them. Removing twice is harmless.
        storage.discard(document.path)
    except (OSError, LedgerUnfit) as error:
        logger.error("document %s can't be destroyed: %s", document.pk, type(error).__name__)
        return 0
    with transaction.atomic():
        if not Document.objects.filter(pk=document.pk, destroyed_at=None).update(destroyed_at=timezone.now()):
            return 0
        audit.record(
            actor=None,
            verb="document_destroyed",
            case=document.case,
            facts={"document": document.pk, "kind": document.kind, "sha256": document.sha256},
        )
    return 1


def remove_orphans() -> int:
    """Remove encrypted files that no row names. Returns how many."""
    known = set(Document.objects.values_list("path", flat=True))
    oldest = time.time() - ORPHAN_SECONDS
    removed = 0
    for path in storage.root().glob("*/*"):
        name = path.relative_to(storage.root()).as_posix()
        if name not in known and path.stat().st_mtime < oldest:
            storage.discard(name)
            removed += 1
    return removed
