"""A contact at SegMetrics, outside of a request: look it up and show it. It stands in the audit log first."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from dsr.attention import Attention
from dsr.connectors.shown import ContactSeen, History, SourceSeen, TagSeen
from dsr.exceptions import CallFailed, InvalidInput, NotGranted
from dsr.models import Connection, IdentifierKind
from dsr.services.using import Behalf, contacts_of, note


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A contact with what the grant lets be read of it; `missing` says what it doesn't."""

    contact: ContactSeen
    history: History | None
    source: SourceSeen | None
    tags: tuple[TagSeen, ...] | None
    missing: tuple[str, ...]


def search(*, connection: Connection, behalf: Behalf, kind: str, value: str) -> ContactSeen:
    """Whom an e-mail or an external id leads to. Of several with the same e-mail it is one, and which isn't defined."""
    value = value.strip()
    if not value or kind not in IdentifierKind.values:
        raise InvalidInput(_("Enter an e-mail address or an id."), field="value")
    with contacts_of(connection, behalf=behalf) as actions:
        found = actions.search(kind, value)
    note("contact_found", behalf=behalf, connection=connection, contact=found.contact_id, by=kind)
    return found


def show(*, connection: Connection, behalf: Behalf, contact_id: str) -> Shown:
    """The contact with its orders, its lead source and its tags, each as far as the grant goes."""
    missing: list[str] = []
    source: SourceSeen | None = None
    tags: tuple[TagSeen, ...] | None = None
    with contacts_of(connection, behalf=behalf) as actions:
        contact_id = checked_id(contact_id)
        contact, history = actions.contact_with_history(contact_id)
        try:
            source = actions.lead_source(contact_id)
        except NotGranted as error:
            missing.append(str(error))
        except CallFailed as error:
            if error.code != Attention.ANSWER_TOO_LARGE:  # a contact may have more events than are read for it here
                raise
            missing.append(str(error))
        try:
            tags = tuple(actions.tags(contact_id))
        except NotGranted as error:
            missing.append(str(error))
    note("contact_shown", behalf=behalf, connection=connection, contact=contact_id)
    return Shown(contact=contact, history=history, source=source, tags=tags, missing=tuple(missing))


def checked_id(contact_id: str) -> str:
    """A contact's id; an e-mail address in its place would lead to whoever bears it."""
    contact_id = contact_id.strip()
    if not contact_id or "@" in contact_id:
        raise InvalidInput(_("Give the contact's id. An e-mail is searched for first."), field="contact_id")
    return contact_id
