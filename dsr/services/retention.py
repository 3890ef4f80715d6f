"""Retention: an export of an erased person is kept a few days only, as its certificate says, and then destroyed."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from dsr import audit, storage
from dsr.models import Document


def destroy_due_exports() -> int:
    """Destroy every export whose day has come (storage limitation, Art. 5(1)(e)). Returns how many."""
    due = Document.objects.filter(destroy_on__lte=timezone.localdate(), destroyed_at=None).select_related("case")
    destroyed = 0
    for document in due:
        # The bytes go first: a row that says "destroyed" must never be ahead of them. Removing twice is harmless.
        storage.discard(document.path)
        with transaction.atomic():
            if Document.objects.filter(pk=document.pk, destroyed_at=None).update(destroyed_at=timezone.now()):
                destroyed += 1
                audit.record(
                    actor=None,
                    verb="document_destroyed",
                    case=document.case,
                    facts={"document": document.pk, "kind": document.kind, "sha256": document.sha256},
                )
    return destroyed
