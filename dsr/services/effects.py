"""What a change does once it is granted, and when there is nothing to grant. Only `services/safeguards.py` calls these.

A further kind is a value of `ChangeKind` and a line in `EFFECTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.models import Group
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsr.exceptions import InvalidInput, NotReady, StaleView
from dsr.models import ChangeKind, Connection, SafeguardChange, Safeguards, User
from dsr.models.safeguards import MOST_APPROVALS
from dsr.permissions import Role, has_factor
from dsr.services import mfa_reset

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_EDITED = gettext_lazy("The connection was edited after this was asked for. Ask for it anew.")


Facts = Mapping[str, object]
"""What more the audit entry of the grant says."""


def _nothing(_change: SafeguardChange) -> None:
    """No question of its own."""


@dataclass(frozen=True)
class Effect:
    """`carry_out` runs in the transaction that grants; `check`, at asking and again at granting, says what is amiss."""

    carry_out: Callable[[SafeguardChange], Facts | None]
    check: Callable[[SafeguardChange], None] = _nothing


def _is_shorter(change: SafeguardChange) -> None:
    minutes = change.payload.get("minutes")
    if not isinstance(minutes, int) or minutes < 0:
        raise InvalidInput(_("Enter a number of minutes."), field="cooling_off_minutes")
    if minutes >= Safeguards.current().cooling_off_minutes:
        raise NotReady(_("The time between approval and deletion is no longer than that already."))


def _shorten(change: SafeguardChange) -> None:
    Safeguards.objects.filter(pk=1).update(cooling_off_minutes=change.payload["minutes"])


def _is_more(change: SafeguardChange) -> None:
    approvals = change.payload.get("approvals")
    if not isinstance(approvals, int) or not 1 <= approvals <= MOST_APPROVALS:
        raise InvalidInput(
            _("Enter a number from 1 to %(most)d.") % {"most": MOST_APPROVALS}, field="approvals_per_day"
        )
    if approvals <= Safeguards.current().approvals_per_day:
        raise NotReady(_("As many approvals a day are allowed already."))


def _raise_limit(change: SafeguardChange) -> None:
    Safeguards.objects.filter(pk=1).update(approvals_per_day=change.payload["approvals"])


def _need_it_now(change: SafeguardChange) -> None:
    roles = _known(change.payload.get("roles"))
    if not roles & set(Safeguards.current().mfa_roles):
        raise NotReady(_("These roles need no second factor as it is."))


def _release(change: SafeguardChange) -> None:
    row = Safeguards.objects.select_for_update().get(pk=1)
    row.mfa_roles = [role for role in row.mfa_roles if role not in change.payload["roles"]]
    row.save(update_fields=["mfa_roles"])


def _are_new(change: SafeguardChange) -> None:
    if not _known(change.payload.get("roles")) - held_roles(_subject(change)):
        raise NotReady(_("This person holds these roles already."))


def _give(change: SafeguardChange) -> None:
    _subject(change).groups.add(*Group.objects.filter(name__in=change.payload["roles"]))


def _is_closed_with_these(change: SafeguardChange) -> None:
    user = _subject(change)
    if user.is_active:
        raise NotReady(_("This account is open already."))
    if not held_roles(user) <= _known(change.payload.get("roles")):
        raise StaleView(_("This account holds other roles now than when this was asked for. Ask for it anew."))


def _open(change: SafeguardChange) -> None:
    User.objects.filter(pk=_subject(change).pk).update(is_active=True)


def _of_connection(name: str, held: _StrPromise) -> Effect:
    """Something that a connection is given as it stands: this account, at these addresses."""

    def is_as_asked_for(change: SafeguardChange) -> None:
        connection = Connection.objects.get(pk=_connection(change).pk)
        if getattr(connection, name):
            raise NotReady(held)
        if connection.revision != change.payload.get("revision"):
            raise StaleView(_EDITED)

    def give(change: SafeguardChange) -> None:
        # Compared in the UPDATE itself: somebody may be saving the connection right now.
        as_asked_for = Connection.objects.filter(pk=_connection(change).pk, revision=change.payload["revision"])
        if not as_asked_for.update(**{name: True}):
            raise StaleView(_EDITED)

    return Effect(give, is_as_asked_for)


def _has_factors(change: SafeguardChange) -> None:
    if not has_factor(_subject(change)):
        raise NotReady(_("This person has no second factor that could be reset."))


def _reset_factors(change: SafeguardChange) -> Facts:
    return mfa_reset.reset(user=_subject(change))


EFFECTS: dict[str, Effect] = {
    ChangeKind.COOLING_OFF: Effect(_shorten, _is_shorter),
    ChangeKind.DAILY_LIMIT: Effect(_raise_limit, _is_more),
    ChangeKind.MFA_ROLES: Effect(_release, _need_it_now),
    ChangeKind.ROLES: Effect(_give, _are_new),
    ChangeKind.OPEN_ACCOUNT: Effect(_open, _is_closed_with_these),
    ChangeKind.DELETE_RIGHT: _of_connection("may_delete", gettext_lazy("This connection may delete already.")),
    ChangeKind.UNIQUE_IDS: _of_connection(
        "ids_unique_in_account", gettext_lazy("The ids of this account are taken as unique already.")
    ),
    ChangeKind.MFA_RESET: Effect(_reset_factors, _has_factors),
}


def held_roles(user: User) -> set[str]:
    """The roles of the account, open or closed."""
    return set(user.groups.values_list("name", flat=True)) & set(Role.values)


def _known(roles: object) -> set[str]:
    names = set(roles) if isinstance(roles, Iterable) else set()
    if not names or not names <= set(Role.values):
        raise InvalidInput(_("Choose from the list of roles."), field="roles")
    return names


def _subject(change: SafeguardChange) -> User:
    if change.subject is None:
        raise InvalidInput(_("Say whose account this is about."))
    return change.subject


def _connection(change: SafeguardChange) -> Connection:
    if change.connection is None:
        raise InvalidInput(_("Say which connection this is about."))
    return change.connection
