"""The ways in which a case ends without a deletion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import audit, queue
from dsr.exceptions import InvalidInput, NotReady, WrongState
from dsr.models import Case, Identity, JobKind, ObjectionGround, RefusalGround, User
from dsr.permissions import Role, raise_if_not, record_actor
from dsr.selectors.closing_record import closing_record_of
from dsr.services import clock, closing_records, disposal, packaging, reasons, retention, transition
from dsr.services.planning import confirmed, has_begun, void_plans
from dsr.services.review import raise_if_undecided
from dsr.services.transition import locked
from dsr.states import FINAL, Outcome, State, Verb


def nothing_found(*, case: Case, actor: User) -> None:
    """Close with “no data found in SegMetrics account X”: no contact was confirmed."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        fresh = locked(case.pk)
        if confirmed(fresh):
            raise NotReady(_("A contact was confirmed as this person, so data was found."))
        if has_begun(fresh):
            raise NotReady(_("This case has begun to act. Look again and certify what was done instead."))
        record_actor(case=fresh, user=actor, act="closed")
        closing_records.ask_for(fresh)
        _close(
            fresh,
            verb=Verb.CLOSE_NOTHING_FOUND,
            target=State.COMPLETED,
            actor=actor,
            outcome=Outcome.NOTHING_FOUND,
        )
    case.refresh_from_db()


def look_again(*, case: Case, actor: User) -> None:
    """Nothing is left to delete, but an earlier plan began: the worker looks once more and certifies what was done."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        fresh = locked(case.pk)
        plan = fresh.current_plan
        if fresh.state != State.REVIEW or plan is None or not has_begun(fresh):
            raise WrongState(_("There is nothing to certify here. Look at the case again."))
        raise_if_undecided(plan)
        if plan.to_delete:
            raise NotReady(_("Something is still to be deleted. Prepare the case, or keep it with its exemption."))
        if plan.changes.exists():
            raise NotReady(_("Something is still to be changed. Prepare the case, or save the review without it."))
        record_actor(case=fresh, user=actor, act="closed")
        queue.add(case=fresh, kind=JobKind.CHANGE if fresh.is_change else JobKind.ERASE, asked_by=actor)
        target = State.CHANGING if fresh.is_change else State.ERASING
        transition.move(fresh, verb=Verb.LOOK_AGAIN, target=target, actor=actor)
    case.refresh_from_db()


def refuse(*, case: Case, actor: User, ground: str, reason: str) -> None:
    """Refuse the request with its legal ground and the reasons (Art. 12(4))."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    if ground not in RefusalGround.values:
        raise InvalidInput(_("Choose the ground of the refusal."), field="ground")
    reason = reasons.checked(reason, _("Give the reasons; the person has to be told them (Art. 12(4))."))
    with transaction.atomic():
        fresh = locked(case.pk)
        if has_begun(fresh):
            raise WrongState(
                _(
                    "A change has begun, so the case ends with its certificate. Save the review without the rest, "
                    "then certify."
                )
                if fresh.is_change
                else _(
                    "The deletion has begun, so the case ends with its certificate. Keep what has to stay with its "
                    "exemption, then look again and certify."
                )
            )
        _raise_if_ground_not_possible(fresh, ground)
        fields: dict[str, Any] = {"refusal_ground": ground}
        if ground == RefusalGround.NOT_IDENTIFIED:
            fields["identity"] = Identity.REFUSED
        closing_records.ask_for(fresh)
        _close(
            fresh,
            verb=Verb.REFUSE,
            target=State.REFUSED,
            actor=actor,
            reason=reason,
            facts={"ground": ground},
            **fields,
        )
        record_actor(case=fresh, user=actor, act="closed")  # an approval of theirs is void by now
    disposal.destroy_checked_proofs(case)
    case.refresh_from_db()


def _raise_if_ground_not_possible(case: Case, ground: str) -> None:
    """A ground of another right is none; and an objection to direct marketing isn't weighed, Art. 21(2)–(3)."""
    if ground not in RefusalGround.of(case.kind):
        raise InvalidInput(_("This ground doesn't fit this type of request."), field="ground")
    plan = case.current_plan
    if ground == RefusalGround.COMPELLING and plan and plan.ground == ObjectionGround.DIRECT_MARKETING:
        raise InvalidInput(
            _("An objection to direct marketing is absolute (Art. 21(2)–(3)): nothing overrides it."), field="ground"
        )


def draw_record_again(*, case: Case, actor: User) -> None:
    """Have a record drawn whose drawing failed, or that was never asked for: the case is from before there were any."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        fresh = locked(case.pk)
        record = closing_record_of(fresh)
        if record is None:
            raise WrongState(_("This case didn't end with a record of its own."))
        if record.document:
            raise WrongState(_("The record is there already."))
        closing_records.ask_for(fresh)
        audit.record(actor=actor, verb="closing_record_asked", case=fresh)


def withdraw(*, case: Case, actor: User, reason: str) -> None:
    """Stop the case at the data subject's wish. Possible until the first delete is attempted."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    reason = reasons.checked(reason, _("Say how the request was withdrawn."))
    with transaction.atomic():
        fresh = locked(case.pk)
        if fresh.state in FINAL:
            raise WrongState(_("This case is closed already."))
        if has_begun(fresh):
            raise WrongState(_("It has begun and can't be undone, so the case can't be withdrawn any more."))
        _close(fresh, verb=Verb.WITHDRAW, target=State.WITHDRAWN, actor=actor, reason=reason)
    disposal.destroy_checked_proofs(case)
    case.refresh_from_db()


def hand_over(*, case: Case, actor: User, how: str) -> None:
    """Record that the package was handed over, and how. The worker draws the certificate of it."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    how = reasons.checked(how, _("Say how the package was handed over."), field="how")
    with transaction.atomic():
        fresh = locked(case.pk)
        package = packaging.current(fresh) if fresh.state == State.READY else None
        if fresh.state == State.READY and package is None:
            raise NotReady(_("The package is being made anew. Look at it once it is there, then hand it over."))
        retention.set_days(fresh, end=State.COMPLETED)
        closing_records.ask_for(fresh)
        transition.move(
            fresh,
            verb=Verb.HAND_OVER,
            target=State.COMPLETED,
            actor=actor,
            reason=how,
            facts={"document": package.pk, "sha256": package.sha256} if package else {},
            outcome=Outcome.HANDED_OVER,
            closed_at=timezone.now(),
        )
    case.refresh_from_db()


def _close(
    case: Case,
    *,
    verb: Verb,
    target: State,
    actor: User,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
    **fields: Any,
) -> None:
    """End the case without a deletion. Inside a transaction.

    Where the clock stood still, it ends with the pause counted.
    """
    clock_runs = clock.run_on(case)
    wind_up(case, end=target)
    transition.move(
        case,
        verb=verb,
        target=target,
        actor=actor,
        reason=reason,
        facts={**(facts or {}), **clock.facts_of(case, clock_runs)},
        closed_at=timezone.now(),
        attention="",
        attention_facts={},
        **clock_runs,
        **fields,
    )


def wind_up(case: Case, *, end: State) -> None:
    """Before a case moves to an end that is no deletion: its job and its plans end, its days are set."""
    queue.stop_live(case)  # jobs before approvals, as `void_of` takes them
    void_plans(case)
    retention.set_days(case, end=end)
