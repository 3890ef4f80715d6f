"""Connections: save one, and test it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from dsr import audit
from dsr.actions import READS, WRITES
from dsr.attention import ADVICE, Attention
from dsr.connectors import grants, oauth
from dsr.connectors.segmetrics import Account, Purpose, raise_if_address_not_allowed
from dsr.exceptions import InvalidInput, NeedsPerson, NotReady, RuleBroken, TryLater, WrongState
from dsr.models import (
    ChangeKind,
    Connection,
    Credential,
    CredentialStatus,
    Integration,
    ReturnWatch,
    SafeguardChange,
    User,
)
from dsr.permissions import Role, raise_if_not
from dsr.selectors.set_up import CONNECTION
from dsr.services import credentials, noting, safeguards, set_up, tagging
from dsr.services.seen import raise_if_unseen, values_of

WRITTEN = (
    "name",
    "environment",
    "contact",
    "account_id",
    "read_url",
    "import_url",
    "rate_per_minute",
    "report_days",
    "report_pages",
    "personal_deletes",
    "is_active",
)
"""The fields of the form. What signs the calls is kept apart, in rows of its own."""
_PLACE = ("account_id", "read_url", "import_url")
"""Which account, and where."""


def standing(connection: Connection) -> dict[str, str]:
    """What is stored, for the mark of a form; nothing where it is new. The revision stands for the key."""
    if connection._state.adding:
        return {}
    rows = [(row.integration_id, row.label) for row in connection.integrations.all()]
    return {**values_of(connection, WRITTEN), "integrations": _listed(rows)}


def _listed(integrations: Sequence[tuple[str, str]]) -> str:
    return ", ".join(sorted(f"{label} ({integration_id})" for integration_id, label in integrations))


def save(
    *,
    actor: User,
    connection: Connection,
    api_key: str | None,
    integrations: Sequence[tuple[str, str]],
    seen: str | None = None,
) -> Connection:
    """Save a connection with its integrations (id, label). Raises its revision, which voids open approvals.

    `api_key` None keeps what is there; a new one is tried first, and the one in use stays until it has worked. The
    right to delete, and that ids are unique, are for this account at these addresses: a new connection has neither, and
    one that moves loses them. Raises `InvalidInput` with the field.
    `seen` is the mark of the form (`services.seen`).
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
    is_added = connection.pk is None
    if key or (is_added and not oauth.is_set()):
        credentials.checked_key(key)
    with transaction.atomic():
        is_new = is_added
        if not is_new:
            # From the stored one, never from the form's: a revision that comes again would revive an approval.
            stored = Connection.objects.select_for_update().get(pk=connection.pk)
            now, wanted = standing(stored), {**values_of(connection, WRITTEN), "integrations": _listed(integrations)}
            verbs = ["connection_added", "connection_changed"]
            raise_if_unseen(seen, now=now, wanted=wanted, verbs=verbs, about={"connection": connection.pk})
            connection.revision = stored.revision + 1
        moved = is_new or any(getattr(stored, field) != getattr(connection, field) for field in _PLACE)
        lost = not is_new and stored.may_delete and moved
        connection.may_delete = not moved and stored.may_delete
        connection.ids_unique_in_account = not moved and stored.ids_unique_in_account
        if not is_new:
            # The form's are older, and would give back what was taken meanwhile.
            connection.granted, connection.switched_off_at = stored.granted, stored.switched_off_at
        connection.save()
        connection.integrations.exclude(integration_id__in=[row[0] for row in integrations]).delete()
        for integration_id, label in integrations:
            Integration.objects.update_or_create(
                connection=connection, integration_id=integration_id, defaults={"label": label}
            )
        ended = _end_what_was_for_the_old_place(stored, connection) if moved and not is_new else []
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
                **({"credentials_ended": ended} if ended else {}),
            },
        )
    if key:
        # By itself: a sign-in that it takes the place of is ended at SegMetrics, which is no part of a transaction.
        credentials.set_key(connection=connection, actor=actor, api_key=key)
    if ended or lost:
        noting.taken_back(connection, credentials=ended)
    return connection


def _end_what_was_for_the_old_place(stored: Connection, connection: Connection) -> list[int]:
    """No credential is sent to an address that it wasn't given for: whoever changes the address alone could have it
    sent to themselves, and delete with it unseen. No contact that was found in one account is changed in another, where
    the same id is somebody else's. How far leads were looked through says nothing of others. Returns which credentials
    ended."""
    for run in tagging.open_runs(connection):
        tagging.end(run)
    ReturnWatch.objects.filter(connection=connection).delete()
    theirs = Credential.objects.filter(connection=connection)
    same_address = (stored.read_url, stored.import_url) == (connection.read_url, connection.import_url)
    return Credential.retire(theirs.filter(user__isnull=False) if same_address else theirs)


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


def standing_grant(connection: Connection) -> dict[str, str]:
    """What it may do, for the mark of the form."""
    return _ticked(connection, connection.granted)


def _ticked(connection: Connection, actions: Collection[str]) -> dict[str, str]:
    """By the form's fields. The id makes it never empty: where all was taken away, that is what may not be lost."""
    kinds = {"reads": READS, "writes": WRITES}
    ticked = {name: ", ".join(action for action in kind if action in actions) for name, kind in kinds.items()}
    return {"connection": str(connection.pk), **ticked}


def grant(*, connection: Connection, actor: User, actions: Sequence[str], seen: str | None = None) -> None:
    """From now on it may make these calls, and deletions where two administrators gave the right. Voids no approval.

    `seen` is the mark of the form (`services.seen`).
    """
    raise_if_not(actor, Role.ADMINISTRATOR)
    if set(actions) - {*READS, *WRITES}:
        raise InvalidInput(_("Choose from the list."), field="actions")
    granted = [action.value for action in (*READS, *WRITES) if action in actions]
    with transaction.atomic():
        stored = Connection.objects.select_for_update().get(pk=connection.pk)
        now, wanted = standing_grant(stored), _ticked(stored, granted)
        raise_if_unseen(seen, now=now, wanted=wanted, verbs=["grant_changed"], about={"connection": stored.pk})
        before, stored.granted = stored.granted, granted
        taken = [name for name in before if name not in granted]
        was_off, stored.switched_off_at = stored.switched_off_at, None
        if before != granted or was_off:
            stored.save(update_fields=["granted", "switched_off_at"])
            given = [name for name in granted if name not in before]
            facts = {"connection": stored.pk, "given": given, "taken": taken}
            audit.record(actor=actor, verb="grant_changed", facts=facts)
    if taken:
        noting.taken_back(connection, actions=taken)
    connection.refresh_from_db()


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
    noting.taken_back(connection)
    connection.refresh_from_db()


def take_unique_ids(*, connection: Connection, actor: User) -> None:
    """At once, for plans that are made from now on: a person decides on each of their lines again."""
    raise_if_not(actor, Role.ADMINISTRATOR)
    with transaction.atomic():
        held = Connection.objects.filter(pk=connection.pk, ids_unique_in_account=True)
        if not held.update(ids_unique_in_account=False):
            raise WrongState(_("The ids of this connection don't count as unique. Look at it again."))
        audit.record(actor=actor, verb="unique_ids_taken", facts={"connection": connection.pk})
    noting.taken_back(connection)
    connection.refresh_from_db()


def test(*, connection: Connection, actor: User) -> str:
    """Try one harmless read, and whether writes are let in, without a change. Says what came of it.

    Raises `RuleBroken` with a sentence when reading fails, or where a new credential is refused and the old one used.
    """
    raise_if_not(actor, Role.ADMINISTRATOR)
    new = Credential.objects.filter(connection=connection, user=None, status=CredentialStatus.NEW)
    new.update(refused_at=None)  # so that it is tried once more
    try:
        for url in (connection.read_url, connection.import_url):
            raise_if_address_not_allowed(url)
        with Account(connection, Purpose(on_behalf_of=actor)) as account:
            account.control_read()
            writing = _writing(connection, account)
    except (NeedsPerson, TryLater) as error:
        raise NotReady(_tell(Attention(error.code))) from None
    except InvalidInput as error:
        raise RuleBroken(str(error)) from None
    set_up.mark(CONNECTION)
    if new.filter(refused_at__isnull=False).exists():
        raise NotReady(_("SegMetrics refuses the new credential. The one before it still works, and stays in use."))
    return _("SegMetrics answers and knows this account. Reading works.") + f" {writing}"


def _writing(connection: Connection, account: Account) -> str:
    """ASSUMED: a change that names nobody is incomplete where it comes from whoever may write, else not allowed."""
    if not grants.may_change(connection):
        return _("Writing was not tried: this connection may change nothing.")
    answers = {row.integration_id: account.check_writing(row.integration_id) for row in connection.integrations.all()}
    unknown = [name for name, answer in answers.items() if answer is None]
    closed = [name for name, answer in answers.items() if answer is False]
    if unknown:
        return _("SegMetrics doesn't know this integration: %s. Check its id.") % ", ".join(unknown)
    if closed:
        return _("Writing is NOT let in: SegMetrics refuses changes with this credential. Nothing was changed.")
    return _("Writing is let in; a change that names nobody was asked for, so nothing was changed or deleted.")


def _tell(code: Attention) -> str:
    if code == Attention.KEY_REFUSED:
        return _(
            "SegMetrics refuses this API key, or the sign-in has ended. Set a new one under “Who signs the calls”."
        )
    if code == Attention.CONTROL_READ_FAILED:
        return _("SegMetrics answers, but doesn't know this account id. Check it.")
    if code == Attention.UNREACHABLE:
        return _("SegMetrics doesn't answer at this address. Check the address, then try again.")
    return f"{code.label}. {ADVICE[code].text}"
