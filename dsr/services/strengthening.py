"""The safeguards' levels: what makes one stricter works at once, what makes one weaker is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from dsr import audit
from dsr.exceptions import InvalidInput
from dsr.models import ChangeKind, SafeguardChange, Safeguards, User
from dsr.models.safeguards import MOST_APPROVALS, MOST_MINUTES
from dsr.permissions import Role, raise_if_not
from dsr.services import safeguards
from dsr.services.seen import raise_if_unseen, values_of

LEVELS = ("cooling_off_minutes", "approvals_per_day", "mfa_roles")


def standing() -> dict[str, str]:
    """The levels as they are, for the mark of a form."""
    return values_of(Safeguards.current(), LEVELS)


def save(
    *,
    actor: User,
    cooling_off_minutes: int,
    approvals_per_day: int,
    mfa_roles: Sequence[str],
    reason: str = "",
    seen: str | None = None,
) -> list[SafeguardChange]:
    """Set the levels. Returns what was asked for; that alone needs a reason. Raises `InvalidInput` with the field.

    A longer cooling-off counts for approvals from now on; one that was given keeps its time. `seen` is the mark of the
    form (`services.seen`), compared right before; whatever comes in between is never made weaker (`_strengthen`).
    """
    raise_if_not(actor, Role.ADMINISTRATOR)
    if not 0 <= cooling_off_minutes <= MOST_MINUTES:
        raise InvalidInput(
            _("At most %(most)d minutes, which are seven days.") % {"most": MOST_MINUTES}, field="cooling_off_minutes"
        )
    if not 1 <= approvals_per_day <= MOST_APPROVALS:
        raise InvalidInput(
            _("Enter a number from 1 to %(most)d.") % {"most": MOST_APPROVALS}, field="approvals_per_day"
        )
    if not set(mfa_roles) <= set(Role.values):
        raise InvalidInput(_("Choose from the list of roles."), field="mfa_roles")
    wanted = {
        "cooling_off_minutes": str(cooling_off_minutes),
        "approvals_per_day": str(approvals_per_day),
        "mfa_roles": ", ".join(sorted(mfa_roles)),
    }
    raise_if_unseen(seen, now=standing(), wanted=wanted, verbs=["safeguards_strengthened"])
    now = Safeguards.current()
    released = sorted(set(now.mfa_roles) - set(mfa_roles))
    weaker: list[tuple[ChangeKind, safeguards.Payload]] = []
    if cooling_off_minutes < now.cooling_off_minutes:
        weaker.append((ChangeKind.COOLING_OFF, {"minutes": cooling_off_minutes}))
    if approvals_per_day > now.approvals_per_day:
        weaker.append((ChangeKind.DAILY_LIMIT, {"approvals": approvals_per_day}))
    if released:
        weaker.append((ChangeKind.MFA_ROLES, {"roles": released}))
    asked = [safeguards.ask(actor=actor, kind=kind, reason=reason, payload=payload) for kind, payload in weaker]
    _strengthen(actor, cooling_off_minutes, approvals_per_day, mfa_roles)
    return asked


def _strengthen(actor: User, minutes: int, approvals: int, roles: Sequence[str]) -> None:
    with transaction.atomic():
        row = Safeguards.objects.select_for_update().get(pk=1)
        before = _levels(row)
        row.cooling_off_minutes = max(row.cooling_off_minutes, minutes)
        row.approvals_per_day = min(row.approvals_per_day, approvals)
        row.mfa_roles = [role for role in Role.values if role in {*row.mfa_roles, *roles}]
        stricter = {name: value for name, value in _levels(row).items() if value != before[name]}
        if stricter:
            row.save()
            audit.record(actor=actor, verb="safeguards_strengthened", facts=stricter)


def _levels(row: Safeguards) -> dict[str, object]:
    return {
        "cooling_off_minutes": row.cooling_off_minutes,
        "approvals_per_day": row.approvals_per_day,
        "mfa_roles": sorted(row.mfa_roles),
    }
