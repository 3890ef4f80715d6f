"""Files whose time is over: exports on their day, and proofs of identity once checked."""

from __future__ import annotations

import logging

from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from dsr import audit, storage
from dsr.days import controller_today
from dsr.exceptions import Held, LedgerUnfit, StorageFull, WrongState
from dsr.models import AuditEntry, Case, Document, DocumentKind
from dsr.selectors.holds import binding
from dsr.services import holds, noting
from dsr.services.transition import locked

logger = logging.getLogger(__name__)


def destroy_due() -> int:
    """Destroy every file whose day has come. Returns how many; one that fails doesn't keep the others."""
    return _destroy_all(_due())


def mark_proofs(case: Case) -> None:
    """The identity is settled: every proof of it is due for destruction. Inside the transaction that settles it.

    From its commit on nobody can open them any more (EDPB Guidelines 01/2022, §78).
    """
    Document.objects.filter(case=case, kind=DocumentKind.PROOF, destroyed_at=None).update(destroy_on=controller_today())


def destroy_checked_proofs(case: Case | None = None) -> int:
    """Destroy the proofs that were marked: right after the commit, and in the sweep for whoever was killed between."""
    due = _due().filter(kind=DocumentKind.PROOF)
    return _destroy_all(due.filter(case=case) if case else due)


def _due() -> QuerySet[Document]:
    return Document.objects.filter(destroy_on__lte=controller_today(), destroyed_at=None)


def _destroy_all(documents: QuerySet[Document]) -> int:
    return sum(destroy(document) for document in documents.select_related("case"))


def destroy(document: Document, *, ordered_by_ledger: bool = False) -> int:
    """Destroy one file. Returns how many were destroyed.

    `ordered_by_ledger` is for a restore alone, which has the ledger's line. A hold is asked all the same: it may have
    been placed between that line and the act, and a file that waits under a hold can still be destroyed later.
    """
    try:
        if not ordered_by_ledger:
            noting.raise_if_unfit()
            _commit_beginning(document)
            noting.before_destroying(document)
        with transaction.atomic():
            case = _locked(document)
            # The bytes go first: a row that says "destroyed" must never be ahead of them. Removing twice is harmless.
            storage.discard(document.path)
            if not Document.objects.filter(pk=document.pk, destroyed_at=None).update(destroyed_at=timezone.now()):
                return 0
            audit.record(
                actor=None,
                verb="document_destroyed",
                case=case,
                facts={"document": document.pk, "kind": document.kind, "sha256": document.sha256},
            )
    except (Held, WrongState):
        return 0  # it waits for the hold to be lifted; or the purge of the case has it
    except (OSError, LedgerUnfit, StorageFull, DatabaseError) as error:
        reference = document.case.reference
        logger.error("document %s of %s can't be destroyed: %s", document.pk, reference, type(error).__name__)
        return 0
    return 1


def is_held(document: Document) -> bool:
    """Whether a legal hold keeps this file; none keeps a proof of identity."""
    return document.kind != DocumentKind.PROOF and binding(document.case).exists()


def _locked(document: Document) -> Case:
    """The case, where nothing forbids the destruction. Raises `Held`, or `WrongState` where a purge has it."""
    case = locked(document.case_id)
    if document.kind != DocumentKind.PROOF:
        holds.raise_if_held(case)
    return case


def _commit_beginning(document: Document) -> None:
    """Say once in the audit log that it begins, ahead of the ledger's line, and only where nothing forbids it."""
    with transaction.atomic():
        case = _locked(document)
        begun = AuditEntry.objects.filter(case=case.reference, verb="destruction_begun", facts__document=document.pk)
        if not begun.exists():
            facts = {"document": document.pk, "kind": document.kind}
            audit.record(actor=None, verb="destruction_begun", case=case, facts=facts)
