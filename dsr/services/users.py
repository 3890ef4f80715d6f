"""Staff accounts. Passwords are set by their owner through a mailed link, so an administrator never holds one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from dsr import audit
from dsr.exceptions import InvalidInput, NotAllowed
from dsr.models import ChangeKind, SafeguardChange, User
from dsr.permissions import Role, raise_if_not
from dsr.services import agent_tokens, calendars, credentials, safeguards, sessions
from dsr.services.approval import void_of
from dsr.services.effects import held_roles
from dsr.services.seen import raise_if_unseen


def invite(*, actor: User, email: str, full_name: str, roles: Sequence[str], reason: str) -> User:
    """Add a person without a password and without a role, and ask for their roles.

    The caller mails them the link with which they set a password; they see nothing until the roles are granted.
    """
    raise_if_not(actor, Role.ADMINISTRATOR)
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidInput(_("Enter an e-mail address."), field="email") from None
    if User.objects.filter(email__iexact=address).exists():
        raise InvalidInput(_("There is an account with this address already."), field="email")
    if not full_name.strip():
        raise InvalidInput(_("Enter the person's name."), field="full_name")
    _raise_if_unknown(roles)
    if not roles:
        raise InvalidInput(_("Choose at least one role; without one the person sees nothing."), field="roles")
    safeguards.checked_reason(reason)
    with transaction.atomic():
        user = User.objects.create_user(email=address, full_name=full_name.strip(), password=None)
        audit.record(actor=actor, verb="user_invited", facts={"user": user.staff_reference})
    safeguards.ask(actor=actor, kind=ChangeKind.ROLES, subject=user, reason=reason, payload={"roles": sorted(roles)})
    return user


def standing(user: User) -> dict[str, str]:
    """The roles that are held, for the mark of a form."""
    return {"roles": ", ".join(sorted(held_roles(user)))}


def set_roles(
    *, actor: User, user: User, roles: Sequence[str], reason: str = "", seen: str | None = None
) -> SafeguardChange | None:
    """Take away at once what isn't among these roles, and ask for what is new. Nobody changes their own.

    Returns what was asked for, if anything; that alone needs a reason. `seen` is the mark of the form
    (`services.seen`), compared right before and not under a lock: what is asked for tells its own granter.
    """
    _raise_if_not_another(actor, user)
    _raise_if_unknown(roles)
    wanted = {"roles": ", ".join(sorted(roles))}
    raise_if_unseen(
        seen, now=standing(user), wanted=wanted, verbs=["roles_changed"], about={"user": user.staff_reference}
    )
    held = held_roles(user)
    asked, taken = None, held - set(roles)
    if set(roles) - held:
        new = sorted(set(roles) - held)
        asked = safeguards.ask(actor=actor, kind=ChangeKind.ROLES, subject=user, reason=reason, payload={"roles": new})
    if taken:
        _take(actor=actor, user=user, roles=taken)
    return asked


def _take(*, actor: User, user: User, roles: set[str]) -> None:
    def change() -> list[str]:
        user.groups.remove(*Group.objects.filter(name__in=roles))
        if Role.APPROVER not in roles:
            return []
        credentials.forget(user)
        return void_of(user)

    before = held_roles(user)
    facts: dict[str, object] = {"before": sorted(before), "after": sorted(before - roles)}
    _change(actor=actor, user=user, verb="roles_changed", facts=facts, change=change)


def deactivate(*, actor: User, user: User) -> None:
    """Close an account. Approvals that this person gave and that weren't carried out yet no longer hold."""
    _change(
        actor=actor,
        user=user,
        verb="user_deactivated",
        facts={},
        change=lambda: _set_active(user, active=False),
    )


def reactivate(*, actor: User, user: User, reason: str = "") -> SafeguardChange | None:
    """Open a closed account again. With roles that counts as giving them: it is asked for, and returned."""
    _raise_if_not_another(actor, user)
    roles = sorted(held_roles(user))
    if roles:
        return safeguards.ask(
            actor=actor, kind=ChangeKind.OPEN_ACCOUNT, subject=user, reason=reason, payload={"roles": roles}
        )
    _change(
        actor=actor,
        user=user,
        verb="user_reactivated",
        facts={},
        change=lambda: _set_active(user, active=True),
    )
    return None


def _set_active(user: User, *, active: bool) -> list[str]:
    user.is_active = active
    user.save(update_fields=["is_active"])
    if active:
        return []
    sessions.end_of(user)  # else whoever has one is signed in again where the account is opened again
    calendars.forget(user)
    agent_tokens.forget(user)
    credentials.forget(user)
    return void_of(user)


def _change(*, actor: User, user: User, verb: str, facts: dict[str, object], change: Callable[[], list[str]]) -> None:
    with transaction.atomic():
        # Both rows, so that of two who take each other's rights at once the second has none left to do it with.
        both = {
            row.pk: row for row in User.objects.select_for_update().filter(pk__in=[actor.pk, user.pk]).order_by("pk")
        }
        _raise_if_not_another(both[actor.pk], user)
        voided = change()
        if voided:
            facts = {**facts, "approvals_voided": voided}
        audit.record(actor=actor, verb=verb, facts={"user": user.staff_reference, **facts})


def _raise_if_not_another(actor: User, user: User) -> None:
    raise_if_not(actor, Role.ADMINISTRATOR)
    if actor.pk == user.pk:
        raise NotAllowed(_("You can't change your own account. Ask another administrator."))


def _raise_if_unknown(roles: Sequence[str]) -> None:
    if not set(roles) <= set(Role.values):
        raise InvalidInput(_("Choose from the list of roles."), field="roles")
