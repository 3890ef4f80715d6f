"""The documents of a case, with what may be said about each, and whether the reader has opened it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dsr.models import AuditEntry, Case, Document, DocumentKind, Plan, User
from dsr.selectors.ago import ago

OPENED = ("document_opened", "document_downloaded")
_ORDER = [
    DocumentKind.CERTIFICATE,
    DocumentKind.REFUSAL,
    DocumentKind.NOTHING_FOUND,
    DocumentKind.EVIDENCE,
    DocumentKind.PACKAGE,
    DocumentKind.EXPORT,
    DocumentKind.SUPPLEMENT,
    DocumentKind.OUTGOING,
    DocumentKind.LETTER,
    DocumentKind.PROOF,
]


@dataclass(frozen=True)
class Paper:
    document: Document
    opened_at: dt.datetime | None
    """When the reader last opened it."""
    is_superseded: bool
    """It belongs to a plan that no longer holds."""

    @property
    def opened_ago(self) -> str:
        return ago(self.opened_at) if self.opened_at else ""

    @property
    def short_digest(self) -> str:
        return f"{self.document.sha256[:4]}…{self.document.sha256[-4:]}"


def papers_of(case: Case, *, reader: User, plan: Plan | None) -> list[Paper]:
    """All documents, the most telling first; those of earlier plans last. `plan` is the newest."""
    opened = opened_by(reader, case)
    current = {plan.export_id, plan.evidence_id} if plan else set()
    documents = list(case.documents.all())
    newest = max((row.pk for row in documents if row.kind == DocumentKind.PACKAGE), default=0)
    papers = [
        Paper(
            document=document,
            opened_at=opened.get(document.pk),
            is_superseded=document.kind in {DocumentKind.EXPORT, DocumentKind.EVIDENCE} and document.pk not in current,
        )
        for document in documents
        if document.kind != DocumentKind.PACKAGE or document.pk == newest  # each is made in place of the one before
    ]
    return sorted(papers, key=lambda row: (row.is_superseded, _ORDER.index(DocumentKind(row.document.kind))))


def opened_by(reader: User, case: Case) -> dict[int, dt.datetime]:
    """When this person last opened or downloaded each document, by its primary key."""
    entries = AuditEntry.objects.filter(case=case.reference, actor=reader.staff_reference, verb__in=OPENED).order_by(
        "sequence"
    )
    return {entry.facts.get("document"): dt.datetime.fromisoformat(entry.at) for entry in entries}
