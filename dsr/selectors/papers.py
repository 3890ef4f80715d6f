"""The documents of a case, with what may be said about each, and whether the reader has opened it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from dsr import dates
from dsr.evidence.text import clean
from dsr.models import AuditEntry, Case, Document, DocumentKind, LetterStatus, OutgoingLetter, Plan, User
from dsr.selectors.ago import ago
from dsr.selectors.letters import letters_of, standing

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
    DocumentKind.ATTACHMENT,
    DocumentKind.PROOF,
]


@dataclass(frozen=True)
class Paper:
    document: Document
    opened_at: dt.datetime | None
    """When the reader last opened it."""
    is_superseded: bool
    """It belongs to a plan that no longer holds."""
    title: str
    fate: str = ""
    """Of a letter that goes out: what became of it."""

    @property
    def opened_ago(self) -> str:
        return ago(self.opened_at) if self.opened_at else ""

    @property
    def short_digest(self) -> str:
        return f"{self.document.sha256[:4]}…{self.document.sha256[-4:]}"


def papers_of(case: Case, *, reader: User, plan: Plan | None, trail: Iterable[AuditEntry]) -> list[Paper]:
    """All documents, the most telling first; those of earlier plans last. `plan` is the newest, `trail` the case's."""
    opened = opened_in(trail, reader)
    current = {plan.export_id, plan.evidence_id} if plan else set()
    documents = list(case.documents.all())
    letters = {row.document_id: row for row in letters_of(case) if row.document_id}
    newest = max((row.pk for row in documents if row.kind == DocumentKind.PACKAGE), default=0)
    papers = [
        Paper(
            document=document,
            opened_at=opened.get(document.pk),
            is_superseded=document.kind in {DocumentKind.EXPORT, DocumentKind.EVIDENCE} and document.pk not in current,
            title=_title(document, letters.get(document.pk)),
            fate=_fate(letters.get(document.pk)),
        )
        for document in documents
        if document.kind != DocumentKind.PACKAGE or document.pk == newest  # each is made in place of the one before
    ]
    return sorted(papers, key=lambda row: (row.is_superseded, _ORDER.index(DocumentKind(row.document.kind))))


def title_of(document: Document) -> str:
    """What it is: of a letter that goes out, which one. That it is yet to be sent, its kind can't know."""
    return _title(document, OutgoingLetter.objects.filter(document=document).first())


def _title(document: Document, letter: OutgoingLetter | None) -> str:
    if document.kind == DocumentKind.ATTACHMENT and not document.destroyed_at:
        return _("Attachment: %(name)s") % {"name": clean(document.file_name)}
    if letter is None:
        return str(document.get_kind_display())
    return _("Letter: %(kind)s") % {"kind": letter.get_kind_display()}


def _fate(letter: OutgoingLetter | None) -> str:
    if letter is None:
        return ""
    status, _problem = standing(letter)
    if status != LetterStatus.SENT or letter.sent_at is None:
        return str(status.label)
    words = _("Sent on %(moment)s")
    return words % {"moment": dates.moment(letter.sent_at)}


def openings_of(case: Case) -> list[AuditEntry]:
    """The part of the case's trail that says who opened or downloaded what, for whoever hasn't read all of it."""
    return list(AuditEntry.objects.filter(case=case.reference, verb__in=OPENED))


def opened_in(trail: Iterable[AuditEntry], reader: User) -> dict[int, dt.datetime]:
    """When this person last opened or downloaded each document, by its primary key. The trail may be in any order."""
    mine = [row for row in trail if row.actor == reader.staff_reference and row.verb in OPENED]
    mine.sort(key=lambda row: row.sequence)
    return {entry.facts["document"]: dt.datetime.fromisoformat(entry.at) for entry in mine if "document" in entry.facts}


def opened_ago(reader: User, trail: Iterable[AuditEntry], pk: int | None) -> str:
    """When this person last opened one document, as “two hours ago”; nothing where they never did."""
    moment = opened_in(trail, reader).get(pk or 0)
    return ago(moment) if moment else ""
