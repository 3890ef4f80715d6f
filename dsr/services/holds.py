"""Legal holds: place one, ask for its lifting, and grant that as a second person.

Art. 17(3)(e): what is needed for the establishment, exercise or defence of legal claims isn't erased; Art. 18(1)(c)
keeps it for the data subject's own claims. A hold comes wholly before a deletion or a destruction, or not at all: each
of them asks under the same lock, in the transaction that begins it.
"""

from __future__ import annotations

import datetime as dt
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import audit
from dsr.exceptions import Held, NotAllowed, WrongState
from dsr.models import Case, LegalHold, User
from dsr.permissions import Role, raise_if_not
from dsr.selectors.holds import binding, in_force
from dsr.services import noting, reasons
from dsr.services.transition import locked
from dsr.turns import Turn, take

_take_turn = partial(take, Turn.HOLDS)


def place(*, case: Case, actor: User, reason: str) -> LegalHold:
    """Hold everything about this case's data subject, from now on and in every case about them.

    First said in the audit log, then noted in the ledger, then placed: a restore puts back what was noted, and one that
    was noted and never placed can be lifted again. A ledger that can't be written keeps nobody from a hold; the next
    anchor notes it.
    """
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    reason = reasons.checked(reason, _("Say what the hold is for, for example which claim or proceeding."))
    with transaction.atomic():
        fresh = locked(case.pk)
        hold = LegalHold(
            case=fresh, reason_sealed=fresh.seal(reason, field="hold"), placed_by=actor, placed_at=timezone.now()
        )
        audit.record(actor=actor, verb="hold_begun", case=fresh)
    noting.before_holding(hold)
    with transaction.atomic():
        fresh = locked(case.pk)
        _take_turn()
        hold.save(force_insert=True)
        audit.record(actor=actor, verb="hold_placed", case=fresh, facts={"hold": hold.pk}, reason=reason)
    return hold


def ask_to_lift(*, hold: LegalHold, actor: User, reason: str) -> None:
    """Ask for the hold to be lifted, with the reason. Somebody else has to grant it."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    reason = reasons.checked(reason, _("Say why the hold is no longer needed."))
    with transaction.atomic():
        case, fresh = _locked(hold)
        fresh.lift_asked_by, fresh.lift_asked_at = actor, timezone.now()
        fresh.lift_reason_sealed = case.seal(reason, field="hold_lift")
        fresh.save(update_fields=["lift_asked_by", "lift_asked_at", "lift_reason_sealed"])
        audit.record(actor=actor, verb="hold_lift_asked", case=case, facts={"hold": hold.pk}, reason=reason)


def keep(*, hold: LegalHold, actor: User) -> None:
    """Answer the wish to lift with no: the hold stands, and a new wish needs a new reason."""
    raise_if_not(actor, Role.PRIVACY_OFFICER, Role.APPROVER)
    with transaction.atomic():
        case, fresh = _locked(hold)
        _raise_if_not_asked(fresh)
        fresh.lift_asked_by, fresh.lift_asked_at, fresh.lift_reason_sealed = None, None, b""
        fresh.save(update_fields=["lift_asked_by", "lift_asked_at", "lift_reason_sealed"])
        audit.record(actor=actor, verb="hold_kept", case=case, facts={"hold": hold.pk})


def lift(*, hold: LegalHold, actor: User) -> None:
    """Grant what another person asked for. From then on erasure and retention take their course again."""
    raise_if_not(actor, Role.PRIVACY_OFFICER, Role.APPROVER)
    with transaction.atomic():
        case, fresh = _locked(hold)
        _raise_if_not_asked(fresh)
        if fresh.lift_asked_by_id == actor.pk:
            raise NotAllowed(_("You asked for this hold to be lifted, so a second person has to grant it."))
        _take_turn()
        fresh.lifted_by, fresh.lifted_at = actor, timezone.now()
        fresh.save(update_fields=["lifted_by", "lifted_at"])
        audit.record(actor=actor, verb="hold_lifted", case=case, facts={"hold": hold.pk})
    noting.hold_lifted(fresh)


def put_back(*, case: Case, reason_sealed: bytes, placed_by: User | None, placed_at: dt.datetime) -> None:
    """After a restore: place again a hold that the ledger knows and the database has lost."""
    with transaction.atomic():
        fresh = locked(case.pk)
        _take_turn()
        hold = LegalHold.objects.create(
            case=fresh, reason_sealed=reason_sealed, placed_by=placed_by, placed_at=placed_at
        )
        audit.record(actor=None, verb="hold_put_back", case=fresh, facts={"hold": hold.pk})


def raise_if_held(case: Case) -> None:
    """Refuse what can't be taken back while a hold binds the data subject.

    Call it in the transaction that begins the deletion or the destruction, after the case's lock. Raises `Held`.
    """
    _take_turn()
    if not in_force().exists():  # mostly; looking for those that bind takes longer, ahead of each step of a deletion
        return
    references = sorted(set(binding(case).values_list("case__reference", flat=True)))
    if references:
        raise Held(
            _("A legal hold binds this person (%(cases)s). Nothing of theirs is deleted before two persons lift it.")
            % {"cases": ", ".join(references)}
        )


def _locked(hold: LegalHold) -> tuple[Case, LegalHold]:
    case = locked(hold.case_id)
    fresh = LegalHold.objects.select_for_update().get(pk=hold.pk)
    if fresh.is_lifted:
        raise WrongState(_("This hold was lifted already. Look at the case again."))
    return case, fresh


def _raise_if_not_asked(hold: LegalHold) -> None:
    if hold.lift_asked_by_id is None:
        raise WrongState(_("Nobody asks for this hold to be lifted any more. Look at the case again."))
