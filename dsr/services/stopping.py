"""Stop an approved deletion before it begins: what the cooling-off is for."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from dsr import queue
from dsr.exceptions import InvalidInput, NotAllowed, WrongState
from dsr.models import Approval, Case, Plan, User
from dsr.permissions import Role, had_a_hand, has_role, roles_of
from dsr.services import approval
from dsr.services.transition import locked
from dsr.states import State, Verb


def may_stop(*, case: Case, actor: User) -> bool:
    """Any privacy officer, whoever worked on the case, and whoever approved it; with an account that is in use."""
    if has_role(actor, Role.PRIVACY_OFFICER):
        return True
    return bool(roles_of(actor)) and (
        had_a_hand(case=case, user=actor) or Approval.objects.filter(case=case, approver=actor).exists()
    )


def is_about_to(case: Case) -> bool:
    """Whether the case deletes or changes, or would once a person had it go on."""
    state = case.resume_state if case.state == State.NEEDS_ATTENTION else case.state
    return state in {State.ERASING, State.CHANGING}


def can_be_stopped(plan: Plan | None) -> bool:
    """Whether the plan was approved and none of its steps was attempted."""
    return plan is not None and not plan.has_started and Approval.objects.filter(plan=plan).exists()


def stop(*, case: Case, actor: User, reason: str) -> None:
    """Void the approval and return the case to review, with the reason; a copy of the plan waits for changes.

    The case's row is locked, as it is by the step that attempts a delete: the stop comes wholly before, or not at all.
    """
    if not may_stop(case=case, actor=actor):
        raise NotAllowed(
            _("Only whoever approved this, whoever worked on it, or the role Privacy officer can stop it.")
        )
    reason = reason.strip()
    if not reason:
        raise InvalidInput(_("Say why it is stopped."), field="reason")
    with transaction.atomic():
        fresh = locked(case.pk)
        plan = fresh.current_plan
        if not is_about_to(fresh) or plan is None:
            raise WrongState(_("Nothing is about to be done in this case. Look at it again."))
        if not can_be_stopped(plan):
            raise WrongState(_("It has begun and can't be undone, so it can't be stopped any more."))
        queue.stop_live(fresh)
        approval.back_to_review(fresh, actor=actor, verb=Verb.STOP, reason=reason)
    case.refresh_from_db()
