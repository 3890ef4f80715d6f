"""A person takes up a case that a job handed over."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from dsr import queue
from dsr.attention import ADVICE, Attention, WayOn
from dsr.exceptions import NotReady, WrongState
from dsr.models import Case, JobKind, User
from dsr.permissions import Role, raise_if_not
from dsr.services import approval, holds, transition
from dsr.services.matching import raise_if_undecided
from dsr.services.planning import confirmed
from dsr.services.transition import locked
from dsr.states import State, Verb

_JOBS = {
    State.RECEIVED: JobKind.SEARCH,
    State.PREPARING: JobKind.PREPARE,
    State.ERASING: JobKind.ERASE,
    State.CHANGING: JobKind.CHANGE,
}


def resume(*, case: Case, actor: User) -> None:
    """Let the worker try again from where it stopped.

    After another contact answered: once it is ruled out. Is it the same person, the case goes back to review instead,
    because nothing outside the approved plan may be deleted.
    """
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        fresh = locked(case.pk)
        if fresh.state != State.NEEDS_ATTENTION:
            raise WrongState(_("This case isn't waiting for a person any more. Look at it again."))
        ways_on = ADVICE[fresh.attention].ways_on
        if WayOn.RESUME not in ways_on and WayOn.DECIDE not in ways_on:
            raise NotReady(_("This case can't simply go on. Choose one of the other ways."))
        if fresh.attention == Attention.LEGAL_HOLD:
            holds.raise_if_held(fresh)
        if fresh.attention == Attention.ANOTHER_CONTACT:
            raise_if_undecided(fresh)
            if _has_unplanned(fresh):
                approval.back_to_review(fresh, actor=actor, verb=Verb.BACK_TO_REVIEW)
                case.refresh_from_db()
                return
        queue.add(case=fresh, kind=_JOBS[State(fresh.resume_state)], asked_by=actor)
        transition.move(
            fresh,
            verb=Verb.RESUME,
            target=State(fresh.resume_state),
            actor=actor,
            attention="",
            attention_facts={},
        )
    case.refresh_from_db()


def _has_unplanned(case: Case) -> bool:
    """Whether a contact was confirmed that the approved plan doesn't hold."""
    plan = case.current_plan
    planned = set(plan.lines.values_list("candidate_id", flat=True)) if plan else set()
    return any(candidate.pk not in planned for candidate in confirmed(case))


def back_to_review(*, case: Case, actor: User) -> None:
    """Take the case back to review; what was planned and approved is void."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        fresh = locked(case.pk)
        if fresh.state == State.NEEDS_ATTENTION and WayOn.BACK_TO_REVIEW not in ADVICE[fresh.attention].ways_on:
            raise NotReady(_("This case can't go back to review from here. Choose one of the other ways."))
        approval.back_to_review(fresh, actor=actor, verb=Verb.BACK_TO_REVIEW)
    case.refresh_from_db()
