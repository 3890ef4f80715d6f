"""Weakening a safeguard takes two administrators: one asks, another one grants. Everybody concerned is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import audit
from dsr.exceptions import NotAllowed, NotReady, WrongState
from dsr.models import Connection, SafeguardChange, Safeguards, User
from dsr.permissions import Role, has_role, raise_if_not
from dsr.services import reasons, telling
from dsr.services.effects import EFFECTS, Facts

Payload = Mapping[str, int | list[str]]
GOOD_FOR = dt.timedelta(days=7)
LONGEST_REASON = 1_000


def ask(
    *,
    actor: User,
    kind: str,
    reason: str,
    subject: User | None = None,
    connection: Connection | None = None,
    payload: Payload | None = None,
) -> SafeguardChange:
    """Ask for what another administrator may grant within seven days. Nothing changes before.

    `payload` holds numbers, role names and revisions only; `reason` no data of data subjects. Raises `InvalidInput`
    with the field, `NotAllowed` for one's own account, `NotReady` where there is nothing to ask for.
    """
    raise_if_not(actor, Role.ADMINISTRATOR)
    if subject is not None and subject.pk == actor.pk:
        raise NotAllowed(_("You can't change your own account. Ask another administrator."))
    now = timezone.now()
    change = SafeguardChange(
        kind=kind,
        payload=dict(payload or {}),
        subject=subject,
        connection=connection,
        reason=checked_reason(reason),
        asked_by=actor,
        asked_at=now,
        expires_at=now + GOOD_FOR,
    )
    EFFECTS[kind].check(change)
    with transaction.atomic():
        _take_turn()
        same = SafeguardChange.objects.filter(kind=kind, subject=subject, connection=connection)
        if any(row.is_open for row in same):
            raise NotReady(_("This was asked for already. It waits under Safeguards to be granted or withdrawn."))
        change.save(force_insert=True)
        _record(change, actor=actor, verb="safeguard_change_asked", reason=change.reason)
    telling.tell(change)
    return change


def grant(*, actor: User, change: SafeguardChange) -> None:
    """Carry it out. Refused to whoever asked and to whoever it is about."""

    def decide(fresh: SafeguardChange, now: dt.datetime) -> Facts | None:
        if actor.pk == fresh.asked_by_id:
            raise NotAllowed(_("You asked for this yourself, so another administrator has to grant it."))
        if actor.pk == fresh.subject_id:
            raise NotAllowed(_("This is about your own account, so another administrator has to grant it."))
        if not has_role(fresh.asked_by, Role.ADMINISTRATOR):
            raise NotReady(_("Whoever asked for this is no administrator any more. Decline it; it can be asked anew."))
        effect = EFFECTS[fresh.kind]
        effect.check(fresh)
        fresh.granted_by, fresh.granted_at = actor, now
        fresh.save(update_fields=["granted_by", "granted_at"])
        return effect.carry_out(fresh)

    _decide(actor=actor, change=change, verb="safeguard_change_granted", decide=decide)


def decline(*, actor: User, change: SafeguardChange) -> None:
    """Say no to what another administrator asked for."""

    def decide(fresh: SafeguardChange, now: dt.datetime) -> Facts | None:
        if actor.pk == fresh.asked_by_id:
            raise NotAllowed(_("You asked for this yourself. Withdraw it instead."))
        fresh.declined_by, fresh.declined_at = actor, now
        fresh.save(update_fields=["declined_by", "declined_at"])
        return None

    _decide(actor=actor, change=change, verb="safeguard_change_declined", decide=decide)


def withdraw(*, actor: User, change: SafeguardChange) -> None:
    """Take back what one asked for oneself."""

    def decide(fresh: SafeguardChange, now: dt.datetime) -> Facts | None:
        if actor.pk != fresh.asked_by_id:
            raise NotAllowed(_("Somebody else asked for this. Decline it instead."))
        fresh.withdrawn_at = now
        fresh.save(update_fields=["withdrawn_at"])
        return None

    _decide(actor=actor, change=change, verb="safeguard_change_withdrawn", decide=decide)


def _decide(
    *, actor: User, change: SafeguardChange, verb: str, decide: Callable[[SafeguardChange, dt.datetime], Facts | None]
) -> None:
    raise_if_not(actor, Role.ADMINISTRATOR)
    with transaction.atomic():
        _take_turn()
        fresh = SafeguardChange.objects.select_related("asked_by", "subject", "connection").get(pk=change.pk)
        if fresh.is_decided:
            raise WrongState(_("This was decided already. Look at the page again."))
        if not fresh.is_open:
            raise WrongState(_("Nobody decided on this for seven days, so it is over. It can be asked for anew."))
        facts = decide(fresh, timezone.now())
        _record(fresh, actor=actor, verb=verb, more=facts or {})
    change.refresh_from_db()
    telling.tell(fresh)


def _take_turn() -> None:
    """One asks or decides at a time: what was checked is still so when it is written."""
    Safeguards.current()
    Safeguards.objects.select_for_update().get(pk=1)


def _record(
    change: SafeguardChange, *, actor: User, verb: str, reason: str = "", more: Facts = MappingProxyType({})
) -> None:
    facts = {"change": change.pk, "kind": str(change.kind), **change.payload, **more}
    if change.subject:
        facts["user"] = change.subject.staff_reference
    if change.connection:
        facts["connection"] = change.connection.pk
    audit.record(actor=actor, verb=verb, facts=facts, reason=reason)


def checked_reason(reason: str) -> str:
    """The reason without outer spaces. Raises `InvalidInput` where there is none."""
    return reasons.checked(reason, _("Say why. Whoever grants it reads this."), longest=LONGEST_REASON)
