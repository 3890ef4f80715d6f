"""The record of how a case ended without a deletion or a change: there, being drawn, or why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from dsr.attention import ADVICE, Attention
from dsr.models import Case, Document, DocumentKind, Errand, ErrandKind, ErrandStatus
from dsr.states import Outcome, State

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_OF_OUTCOME = {Outcome.NOTHING_FOUND: DocumentKind.NOTHING_FOUND, Outcome.HANDED_OVER: DocumentKind.CERTIFICATE}


@dataclass(frozen=True)
class ClosingRecord:
    name: str
    document: Document | None
    is_working: bool
    problem: str
    advice: str | _StrPromise

    @property
    def can_be_asked_for(self) -> bool:
        """Its drawing failed, or the case is from before there were such records."""
        return not self.document and not self.is_working


def kind_of(case: Case) -> DocumentKind | None:
    """Which record belongs to the case, where it ended so."""
    if case.state == State.REFUSED:
        return DocumentKind.REFUSAL
    return _OF_OUTCOME.get(Outcome(case.outcome)) if case.state == State.COMPLETED else None


def closing_record_of(case: Case) -> ClosingRecord | None:
    """Nothing where the case didn't end so."""
    kind = kind_of(case)
    if kind is None:
        return None
    errand = Errand.objects.filter(kind=ErrandKind.CLOSING_RECORD, target=case.pk).last()
    problem = errand.problem if errand and errand.status == ErrandStatus.FAILED else ""
    is_known = problem in Attention.values
    return ClosingRecord(
        name=str(kind.label),
        document=case.documents.filter(kind=kind).first(),
        is_working=errand is not None and errand.is_live,
        problem=str(Attention(problem).label)
        if is_known
        else (_("Ask your administrator, then try again.") if problem else ""),
        advice=ADVICE[Attention(problem)].text if is_known else "",
    )
