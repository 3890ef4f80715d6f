"""Who uses SegMetrics outside of a request, through what, and that it stands in the audit log."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext as _

from dsr import audit
from dsr.actions import Action
from dsr.connectors.actions import Actions, lacking
from dsr.connectors.seeing import stand_in
from dsr.exceptions import InvalidInput, NeedsPerson, NotAllowed
from dsr.models import Connection, User
from dsr.permissions import USES_CATALOGUE, USES_CONTACTS, Right, has_right, raise_if_not

_OF_CATALOGUE = frozenset({Action.CREATE_PRODUCT, Action.UPDATE_PRODUCT_PRICE})


class Through(TextChoices):
    """Who is named by a terminal hasn't signed in: whoever may run commands on the server named them."""

    PAGE = "page"
    TERMINAL = "terminal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behalf:
    """On whose behalf something is done."""

    person: User
    through: Through = Through.PAGE


def may_use_contacts(person: User) -> bool:
    """Whether to offer it; `contacts_of` decides."""
    try:
        _raise_if_no_contacts(person)
    except NotAllowed:
        return False
    return True


def contacts_of(connection: Connection, *, behalf: Behalf) -> Actions:
    """Open a connection for what concerns people. Raises `NotAllowed`."""
    _raise_if_no_contacts(behalf.person)
    return _opened(connection, behalf)


def catalogue_of(connection: Connection, *, behalf: Behalf) -> Actions:
    """Open a connection for products and reports, in which no person stands. Raises `NotAllowed`."""
    raise_if_not(behalf.person, *USES_CATALOGUE)
    return _opened(connection, behalf)


def raise_if_over(connection: Connection, *, behalf: Behalf, action: Action) -> None:
    """Keep a run of many calls from its next one where what it began with was taken back since: the connection's use,
    its grant, or the person's role. Raises `InvalidInput` or `NotAllowed`."""
    person, stored = User.objects.get(pk=behalf.person.pk), Connection.objects.get(pk=connection.pk)
    if action in _OF_CATALOGUE:
        raise_if_not(person, *USES_CATALOGUE)
    else:
        _raise_if_no_contacts(person)
    _raise_if_not_in_use(stored)
    if action not in stored.granted:
        raise lacking(action)


def integration_in(connection: Connection, chosen: str) -> str:
    """Where to write: the one that was chosen, or the only one. Raises `InvalidInput`."""
    ids = list(connection.integrations.values_list("integration_id", flat=True))
    if chosen and chosen not in ids:
        raise InvalidInput(_("This connection has no such integration."), field="integration")
    if not chosen and len(ids) != 1:
        raise InvalidInput(
            _("This connection has several integrations, and a change is made in one. Choose it."), field="integration"
        )
    return chosen or ids[0]


def note(verb: str, *, behalf: Behalf, connection: Connection, contact: str = "", **facts: object) -> None:
    """Write it to the audit log: before a contact is shown, and before a change is sent. References and counts only."""
    if contact:
        facts["contact"] = reference_of(contact)
    with transaction.atomic():
        audit.record(
            actor=behalf.person,
            verb=verb,
            facts={"connection": connection.pk, "through": behalf.through.value, **facts},
        )


def reference_of(contact_id: str) -> str:
    """The contact's id, as the log may hold it: in place of an e-mail address a keyed digest."""
    try:
        return stand_in(contact_id)
    except NeedsPerson:
        return ""


def _raise_if_no_contacts(person: User) -> None:
    raise_if_not(person, *USES_CONTACTS)
    if not has_right(person, Right.READ_CONTENTS):
        raise NotAllowed(_("Reading people's data is a right of its own, which you don't have."))


def _raise_if_not_in_use(connection: Connection) -> None:
    if not connection.is_active:
        raise InvalidInput(_("This connection is not in use."), field="connection")


def _opened(connection: Connection, behalf: Behalf) -> Actions:
    _raise_if_not_in_use(connection)
    return Actions(connection, on_behalf_of=behalf.person, is_page=behalf.through == Through.PAGE)
