"""Rows of finished files: the worker's, and what people upload."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from dsr import storage
from dsr.exports.records import ManifestFile
from dsr.models import Case, Document, DocumentKind, User
from dsr.uploads import Letter


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


def add_upload(
    case: Case, kind: DocumentKind, upload: Letter, stored: storage.Stored, *, actor: User, keeps_name: bool = True
) -> Document:
    """Record what somebody uploaded, once it is on disk. Its file name is sealed, or not kept at all."""
    return Document.objects.create(
        case=case,
        kind=kind,
        path=stored.path,
        name_sealed=case.seal(upload.name, field="document_name") if keeps_name else b"",
        content_type=upload.content_type,
        size=stored.size,
        sha256=stored.sha256,
        pages=upload.pages,
        created_at=timezone.now(),
        created_by=actor,
    )
