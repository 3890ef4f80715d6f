"""What a connection's calls are signed with: set, replaced without a pause, revoked. See docs/connections.md."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsr import audit
from dsr.attention import ADVICE, Attention
from dsr.connectors import ending
from dsr.connectors.segmetrics import Account, Purpose
from dsr.exceptions import InvalidInput, NeedsPerson, NotAllowed, NotReady, StaleView, TryLater, WrongState
from dsr.models import LIVE, Connection, Credential, CredentialKind, User
from dsr.permissions import Role, raise_if_not
from dsr.services import noting


def set_key(*, connection: Connection, actor: User, api_key: str, place: str | None = None) -> Credential:
    """Set a new API key. The one in use stays until this one has worked. Raises `InvalidInput`.

    `place` is where the connection led when the person was shown it; `StaleView` where it leads elsewhere by now.

    Another credential may see less of the account, and “not found” would then be no proof: so this counts as an edit
    of the connection, raises its revision and voids what was approved and not carried out yet.
    """
    raise_if_not(actor, Role.ADMINISTRATOR)
    return give(connection, actor, CredentialKind.API_KEY, lambda row: row.seal_key(checked_key(api_key)), place=place)


def set_own_key(*, connection: Connection, actor: User, api_key: str, place: str | None = None) -> Credential:
    """The same for one's own deletions over this connection. Voids nothing: all reads are the connection's."""
    raise_if_takes_no_own(connection, actor)
    return give(
        connection,
        actor,
        CredentialKind.API_KEY,
        lambda row: row.seal_key(checked_key(api_key)),
        own=True,
        place=place,
    )


def checked_key(api_key: str) -> str:
    """The key as it can be sent. Raises `InvalidInput`."""
    key = api_key.strip()
    if not key:
        raise InvalidInput(_("Enter the API key from your SegMetrics account settings."), field="api_key")
    if not (key.isascii() and key.isprintable()) or " " in key or len(key) > 500:
        raise InvalidInput(_("An API key has no spaces or special characters."), field="api_key")
    return key


def raise_if_takes_no_own(connection: Connection, actor: User) -> None:
    """Only who approves signs deletions, and only where the connection asks for it."""
    raise_if_not(actor, Role.APPROVER)
    if not Connection.objects.filter(pk=connection.pk, personal_deletes=True, is_active=True).exists():
        raise NotAllowed(_("This connection signs its deletions itself."))


def raise_if_elsewhere(connection: Connection, place: str | None) -> None:
    """No credential is given for another account or address than the one that was shown. Raises `StaleView`."""
    if place is not None and place != connection.place:
        raise StaleView(
            _("This connection leads to another account or address since it was shown. Nothing was kept; look at it.")
        )


def give(
    connection: Connection,
    actor: User,
    kind: CredentialKind,
    seal: Callable[[Credential], None],
    *,
    own: bool = False,
    place: str | None = None,
) -> Credential:
    """Put a new credential beside the one in use, in place of one that never worked. Writes the audit entry."""
    user = actor if own else None
    row = Credential(connection=connection, user=user, kind=kind, created_by=actor, created_at=timezone.now())
    seal(row)
    with transaction.atomic():
        stored = Connection.objects.select_for_update().get(pk=connection.pk)
        raise_if_elsewhere(stored, place)
        beside = Credential.objects.filter(connection=stored, user=user)
        is_first = not beside.exists()
        never_worked = beside.filter(status=row.status)
        replaced = ending.opened(never_worked)
        Credential.retire(never_worked)
        row.save()
        facts = {"connection": stored.pk, "credential": row.pk, "kind": kind.value, "own": own}
        if not own and not is_first:
            facts["revision"] = _raised(stored)
        audit.record(actor=actor, verb="credential_set", facts=facts)
    ending.tell(connection, Purpose(on_behalf_of=actor), replaced)
    connection.refresh_from_db()
    return row


def revoke(*, connection: Connection, actor: User) -> str:
    """End every credential of the connection at once, each person's own included. Says what SegMetrics was told.

    They are destroyed here first, and jobs go to a person from then on. Then the sign-ins are ended at SegMetrics as
    well, if it can be reached; an API key can only be withdrawn there by hand.
    """
    raise_if_not(actor, Role.ADMINISTRATOR)
    with transaction.atomic():
        stored = Connection.objects.select_for_update().get(pk=connection.pk)
        rows = Credential.objects.select_for_update().filter(connection=stored, status__in=LIVE)
        signed_in = [row for row in rows if row.kind == CredentialKind.OAUTH]
        keys = sum(row.kind == CredentialKind.API_KEY for row in rows)
        tokens = ending.opened(signed_in)
        ended = Credential.retire(rows)
        if not ended:
            raise WrongState(_("This connection has no credential any more."))
        facts = {"connection": stored.pk, "credentials": ended, "revision": _raised(stored)}
        audit.record(actor=actor, verb="credentials_revoked", facts=facts)
    noting.taken_back(connection, credentials=ended)
    connection.refresh_from_db()
    told = ending.tell(connection, Purpose(on_behalf_of=actor), tokens)
    return " ".join(_what_was_ended(keys=keys, signed_in=len(signed_in), told=told))


def take_own_back(*, connection: Connection, actor: User) -> str:
    """End one's own credential for a connection."""
    with transaction.atomic():
        rows = Credential.objects.select_for_update().filter(connection=connection, user=actor, status__in=LIVE)
        signed_in = [row for row in rows if row.kind == CredentialKind.OAUTH]
        keys = sum(row.kind == CredentialKind.API_KEY for row in rows)
        tokens = ending.opened(signed_in)
        ended = Credential.retire(rows)
        if not ended:
            raise WrongState(_("There is nothing of yours to end any more."))
        audit.record(actor=actor, verb="credentials_revoked", facts={"connection": connection.pk, "credentials": ended})
    noting.taken_back(connection, credentials=ended)
    told = ending.tell(connection, Purpose(on_behalf_of=actor), tokens)
    return " ".join(_what_was_ended(keys=keys, signed_in=len(signed_in), told=told))


def forget(user: User) -> list[int]:
    """End this person's own with the trust they were given in: the account is closed, the role is taken away, or the
    second factors are reset. Inside that change's transaction, so SegMetrics isn't told. Returns which."""
    return Credential.retire(Credential.objects.filter(user=user))


def test_own(*, connection: Connection, actor: User) -> str:
    """One harmless read with one's own credential. Raises `NotReady` with a sentence."""
    raise_if_takes_no_own(connection, actor)
    Credential.objects.filter(connection=connection, user=actor, status__in=LIVE).update(refused_at=None)
    try:
        with Account(connection, Purpose(on_behalf_of=actor), user=actor) as account:
            account.control_read()
    except (NeedsPerson, TryLater) as error:
        raise NotReady(f"{Attention(error.code).label}. {ADVICE[error.code].text}") from None
    return _("SegMetrics answers and knows this account by your own sign-in. Deleting was not tried.")


def has_own(connection: Connection, user: User) -> bool:
    """Whether this person can sign deletions over the connection, as far as is known here."""
    return Credential.objects.filter(connection=connection, user=user, status__in=LIVE).exists()


def _raised(stored: Connection) -> int:
    Connection.objects.filter(pk=stored.pk).update(revision=F("revision") + 1)
    return stored.revision + 1


def _what_was_ended(*, keys: int, signed_in: int, told: int) -> list[str]:
    said = [_("Revoked: what was kept here is destroyed.")]
    if keys:
        said.append(_("An API key works until it is withdrawn at SegMetrics: do that in the account's settings there."))
    if told:
        said.append(ngettext("SegMetrics ended %d sign-in too.", "SegMetrics ended %d sign-ins too.", told) % told)
    if told < signed_in:
        said.append(_("SegMetrics couldn't be told of every sign-in: end the rest in the account's settings there."))
    return said
