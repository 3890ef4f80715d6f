"""Every reading and every download of a case's contents is allowed by a right, and counted."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from dsr import audit
from dsr.exceptions import NotAllowed, Unreadable
from dsr.models import Document, DocumentKind, User
from dsr.permissions import READS_CASES, Right, has_right, raise_if_not


def opened(*, document: Document, actor: User, entry: str = "", download: bool = False) -> None:
    """Check the right and write the audit entry; call it before any content is given out.

    What outlives the case holds no personal data: whoever sees the case may read and download it.
    """
    raise_if_not(actor, *READS_CASES)
    if document.kind == DocumentKind.PROOF and download:
        raise NotAllowed(_("A proof of identity is looked at in place; it can't be taken away."))
    right = Right.DOWNLOAD_CONTENTS if download else Right.READ_CONTENTS
    if not document.outlives_the_key and not has_right(actor, right):
        raise NotAllowed(_("Reading the contents of a case is a right of its own, which you don't have."))
    raise_if_gone(document)
    with transaction.atomic():
        audit.record(
            actor=actor,
            verb="document_downloaded" if download else "document_opened",
            case=document.case,
            facts={"document": document.pk, "kind": document.kind, "sha256": document.sha256, "entry": entry},
        )


def may_download(*, document: Document, actor: User) -> bool:
    """Whether to offer a download; `opened` decides."""
    if document.kind == DocumentKind.PROOF:
        return False
    return document.outlives_the_key or has_right(actor, Right.DOWNLOAD_CONTENTS)


def raise_if_gone(document: Document) -> None:
    """Whether it may still be shown. A proof is out of sight from the moment that the identity is settled."""
    if document.kind == DocumentKind.PROOF and (document.destroy_on or document.destroyed_at):
        raise Unreadable(_("This proof was destroyed once the identity was settled."))
    if document.destroyed_at or (document.case.is_purged and not document.outlives_the_key):
        raise Unreadable(_("This file was destroyed when its retention ended."))
