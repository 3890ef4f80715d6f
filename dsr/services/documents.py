"""Finished files of the worker."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from dsr import storage
from dsr.exports.records import ManifestFile
from dsr.models import Case, Document, DocumentKind


def add_document(
    case: Case,
    kind: DocumentKind,
    stored: storage.Stored,
    *,
    content_type: str,
    pages: int = 0,
    files: Sequence[ManifestFile] = (),
    code: str = "",
) -> Document:
    """Record a finished file; `files` are those that it holds."""
    return Document.objects.create(
        case=case,
        kind=kind,
        path=stored.path,
        content_type=content_type,
        size=stored.size,
        sha256=stored.sha256,
        pages=pages,
        files=[{"name": row.name, "size": row.size, "sha256": row.sha256, "what": row.what} for row in files],
        code=code,
        created_at=timezone.now(),
    )
