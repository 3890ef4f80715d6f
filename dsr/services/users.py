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
from dsr.models import User
from dsr.permissions import Role, raise_if_not, roles_of
from dsr.services.approval import void_of


def invite(*, actor: User, email: str, full_name: str, roles: Sequence[str]) -> User:
    """Add a person without a password. The caller mails them the link with which they set one."""
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
    with transaction.atomic():
        user = User.objects.create_user(email=address, full_name=full_name.strip(), password=None)
        user.groups.set(Group.objects.filter(name__in=roles))
        audit.record(
            actor=actor,
            verb="user_invited",
            facts={"user": user.staff_reference, "roles": sorted(roles)},
        )
    return user


def set_roles(*, actor: User, user: User, roles: Sequence[str]) -> None:
    """Give a person exactly these roles. Nobody changes their own."""
    _raise_if_unknown(roles)

    def change() -> list[str]:
        user.groups.set(Group.objects.filter(name__in=roles))
        return [] if Role.APPROVER in roles else void_of(user)

    _change(
        actor=actor,
        user=user,
        verb="roles_changed",
        facts={"before": sorted(roles_of(user)), "after": sorted(roles)},
        change=change,
    )


def deactivate(*, actor: User, user: User) -> None:
    """Close an account. Approvals that this person gave and that weren't carried out yet no longer hold."""
    _change(
        actor=actor,
        user=user,
        verb="user_deactivated",
        facts={},
        change=lambda: _set_active(user, active=False),
    )


def reactivate(*, actor: User, user: User) -> None:
    """Open a closed account again."""
    _change(
        actor=actor,
        user=user,
        verb="user_reactivated",
        facts={},
        change=lambda: _set_active(user, active=True),
    )


def _set_active(user: User, *, active: bool) -> list[str]:
    user.is_active = active
    user.save(update_fields=["is_active"])
    return [] if active else void_of(user)


def _change(*, actor: User, user: User, verb: str, facts: dict[str, object], change: Callable[[], list[str]]) -> None:
    raise_if_not(actor, Role.ADMINISTRATOR)
    if actor.pk == user.pk:
        raise NotAllowed(_("You can't change your own account. Ask another administrator."))
    with transaction.atomic():
        voided = change()
        if voided:
            facts = {**facts, "approvals_voided": voided}
        audit.record(actor=actor, verb=verb, facts={"user": user.staff_reference, **facts})


def _raise_if_unknown(roles: Sequence[str]) -> None:
    if not set(roles) <= set(Role.values):
        raise InvalidInput(_("Choose from the list of roles."), field="roles")
