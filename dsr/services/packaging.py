"""The access package of a case: which one is to be handed over."""

from __future__ import annotations

from dsr.models import Case, Document, DocumentKind


def current(case: Case) -> Document | None:
    """The newest package that is still there."""
    return case.documents.filter(kind=DocumentKind.PACKAGE, destroyed_at=None).order_by("-pk").first()
