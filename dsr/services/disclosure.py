"""Every reading and every download of a case's contents is allowed by a right, and counted."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from dsr import audit
from dsr.actions import Action
from dsr.exceptions import NotAllowed, Unreadable
from dsr.models import Connection, Document, DocumentKind, User
from dsr.permissions import READS_CASES, Right, Role, has_right, raise_if_not


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


_OF_PEOPLE = (Action.SEARCH_CONTACTS, Action.GET_CONTACT, Action.GET_LEAD_SOURCE, Action.LIST_CONTACT_TAGS)


def raise_if_may_not_look(*, actor: User, action: Action) -> None:
    """Who may read from SegMetrics through an AI client: contacts an officer with the right to read contents, products
    and reports an administrator too."""
    if action not in _OF_PEOPLE:
        raise_if_not(actor, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR)
        return
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    if not has_right(actor, Right.READ_CONTENTS):
        raise NotAllowed(_("Reading the contents of a case is a right of its own, which you don't have."))


def looked(*, actor: User, action: Action, connection: Connection, contact_ids: Sequence[str]) -> None:
    """Count what is about to be given to somebody's AI client; the ids are the vendor's."""
    with transaction.atomic():
        audit.record(
            actor=actor,
            verb="agent_read",
            facts={"action": action.value, "connection": connection.pk, "contact_ids": list(contact_ids)},
        )
