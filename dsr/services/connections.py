"""Connections: save one, and test it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from dsr import audit
from dsr.attention import ADVICE, Attention
from dsr.connectors.segmetrics import Account, raise_if_address_not_allowed
from dsr.exceptions import InvalidInput, NeedsPerson, NotReady, RuleBroken, TryLater, WrongState
from dsr.models import ChangeKind, Connection, Integration, SafeguardChange, User
from dsr.permissions import Role, raise_if_not
from dsr.selectors.set_up import CONNECTION
from dsr.services import safeguards, set_up

_PLACE = ("account_id", "read_url", "import_url")
"""Which account, and where."""


def save(
    *,
    actor: User,
    connection: Connection,
    api_key: str | None,
    integrations: Sequence[tuple[str, str]],
) -> Connection:
    """Save a connection with its integrations (id, label). Raises its revision, which voids open approvals.

    `api_key` None keeps the key that is there. The right to delete, and that ids are unique, are for this account at
    these addresses: a new connection has neither, and one that moves loses them. Raises `InvalidInput` with the field.
    """
    raise_if_not(actor, Role.ADMINISTRATOR)
    for field, url in (("read_url", connection.read_url), ("import_url", connection.import_url)):
        try:
            raise_if_address_not_allowed(url)
        except InvalidInput as error:
            raise InvalidInput(str(error), field=field) from None
    _raise_if_account_moves(connection)
    if not integrations:
        raise InvalidInput(_("Add at least one integration; contacts are deleted in each by itself."))
    if len({row[0] for row in integrations}) != len(integrations):
        raise InvalidInput(_("An integration id stands twice."))
    key = (api_key or "").strip()
    if key:
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise InvalidInput(_("An API key has no spaces or special characters."), field="api_key")
        connection.set_api_key(key)
    elif not connection.api_key_sealed:
        raise InvalidInput(_("Enter the API key from your SegMetrics account settings."), field="api_key")
    with transaction.atomic():
        is_new = connection.pk is None
        if not is_new:
            # From the stored one, never from the form's: a revision that comes again would revive an approval.
            stored = Connection.objects.select_for_update().get(pk=connection.pk)
            connection.revision = stored.revision + 1
        moved = is_new or any(getattr(stored, field) != getattr(connection, field) for field in _PLACE)
        lost = not is_new and stored.may_delete and moved
        connection.may_delete = not moved and stored.may_delete
        connection.ids_unique_in_account = not moved and stored.ids_unique_in_account
        connection.save()
        connection.integrations.exclude(integration_id__in=[row[0] for row in integrations]).delete()
        for integration_id, label in integrations:
            Integration.objects.update_or_create(
                connection=connection, integration_id=integration_id, defaults={"label": label}
            )
        connection.refresh_from_db()
        audit.record(
            actor=actor,
            verb="connection_added" if is_new else "connection_changed",
            facts={
                "connection": connection.pk,
                "revision": connection.revision,
                "account": connection.account_id,
                "integrations": [row[0] for row in integrations],
                "key_changed": bool(key),
                **({"delete_right": "lost"} if lost else {}),
            },
        )
    return connection


def _raise_if_account_moves(connection: Connection) -> None:
    """An open case belongs to one account at one place: another would answer “not found” to what it never held."""
    before = Connection.objects.filter(pk=connection.pk).first()
    if before is None:
        return
    # A case that the account never answered to (a mistyped id, say) may go on in the right one.
    answered = connection.cases.filter(closed_at=None).filter(Q(lookups__isnull=False) | Q(candidates__isnull=False))
    for field in _PLACE:
        if getattr(before, field) != getattr(connection, field) and answered.exists():
            raise InvalidInput(
                _("This connection has open requests, so it must stay what it is. Add a new connection instead."),
                field=field,
            )


def ask_to_delete(*, connection: Connection, actor: User, reason: str) -> SafeguardChange:
    """Ask for the right to delete, for the connection as it stands now."""
    return _ask(ChangeKind.DELETE_RIGHT, connection=connection, actor=actor, reason=reason)


def ask_for_unique_ids(*, connection: Connection, actor: User, reason: str) -> SafeguardChange:
    """Ask that ids count as unique in the account, so that no person decides line by line in several integrations."""
    return _ask(ChangeKind.UNIQUE_IDS, connection=connection, actor=actor, reason=reason)


def _ask(kind: ChangeKind, *, connection: Connection, actor: User, reason: str) -> SafeguardChange:
    seen: safeguards.Payload = {"revision": connection.revision}
    return safeguards.ask(actor=actor, kind=kind, connection=connection, reason=reason, payload=seen)


def take_delete_right(*, connection: Connection, actor: User) -> None:
    """At once: an erasure under way stops before its next step and asks a person."""
    raise_if_not(actor, Role.ADMINISTRATOR)
    with transaction.atomic():
        if not Connection.objects.filter(pk=connection.pk, may_delete=True).update(may_delete=False):
            raise WrongState(_("This connection has no right to delete. Look at it again."))
        audit.record(actor=actor, verb="delete_right_taken", facts={"connection": connection.pk})
    connection.refresh_from_db()


def take_unique_ids(*, connection: Connection, actor: User) -> None:
    """At once, for plans that are made from now on: a person decides on each of their lines again."""
    raise_if_not(actor, Role.ADMINISTRATOR)
    with transaction.atomic():
        held = Connection.objects.filter(pk=connection.pk, ids_unique_in_account=True)
        if not held.update(ids_unique_in_account=False):
            raise WrongState(_("The ids of this connection don't count as unique. Look at it again."))
        audit.record(actor=actor, verb="unique_ids_taken", facts={"connection": connection.pk})
    connection.refresh_from_db()


def test(*, connection: Connection, actor: User) -> str:
    """Make one harmless read and say what came of it. Raises `RuleBroken` with a sentence when it fails."""
    raise_if_not(actor, Role.ADMINISTRATOR)
    try:
        for url in (connection.read_url, connection.import_url):
            raise_if_address_not_allowed(url)
        with Account(connection) as account:
            account.control_read()
    except (NeedsPerson, TryLater) as error:
        raise NotReady(_tell(Attention(error.code))) from None
    except InvalidInput as error:
        raise RuleBroken(str(error)) from None
    set_up.mark(CONNECTION)
    return _("SegMetrics answers and knows this account. Reading works; deleting was not tried.")


def _tell(code: Attention) -> str:
    if code == Attention.KEY_REFUSED:
        return _("SegMetrics refuses this API key. Copy it again from your SegMetrics account settings.")
    if code == Attention.CONTROL_READ_FAILED:
        return _("SegMetrics answers, but doesn't know this account id. Check it.")
    if code == Attention.UNREACHABLE:
        return _("SegMetrics doesn't answer at this address. Check the address, then try again.")
    return f"{code.label}. {ADVICE[code].text}"
