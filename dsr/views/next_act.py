"""What the card on top needs in each state: its forms, and what else can be done with the case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy

from dsr import dates
from dsr.attention import ADVICE, Attention, WayOn
from dsr.days import controller_day
from dsr.forms.acts import (
    AnswerForm,
    DecisionForm,
    HandOverForm,
    IdentityForm,
    OptionalReasonForm,
    ProofForm,
    ReasonForm,
    RefusalForm,
)
from dsr.forms.changes import ChangesForm
from dsr.forms.review import ReviewForm
from dsr.models import AuditEntry, Case, Document, DocumentKind, ErrandKind, ErrandStatus, Identity, Plan
from dsr.permissions import Role, approving_needs_factor, eligible_approvers, had_a_hand, has_factor
from dsr.phrases import named
from dsr.selectors import halts
from dsr.selectors.contacts import Contact
from dsr.selectors.lines import lines_of
from dsr.selectors.papers import opened_ago
from dsr.selectors.staff import StaffRequest, roles_in
from dsr.selectors.timeline import Event
from dsr.services import changes, clock, identity, matching, packaging
from dsr.services.approval import has_own_credential, is_stopped_by_hold, may_delete, words_to_type
from dsr.services.stopping import can_be_stopped, is_about_to, may_stop
from dsr.states import FINAL, State, Verb
from dsr.views.hand_over_card import how_it_went
from dsr.views.working import starts_at_of

Bound = Mapping[str, forms.Form]


@dataclass(frozen=True)
class Seen:
    """What the page has read for all of its cards."""

    trail: list[AuditEntry]
    story: list[Event]
    begun: bool
    """A deletion was attempted."""
    package: Document | None
    """What can be handed over, of an access request that is ready."""


def act_context(
    request: StaffRequest, case: Case, plan: Plan | None, contacts: list[Contact], bound: Bound, seen: Seen
) -> dict[str, Any]:
    """The forms of this state: the bound ones with what was typed, fresh ones for the rest."""
    begun = seen.begun
    context: dict[str, Any] = {
        "slot": next(iter(bound), ""),
        "can_withdraw": case.state not in FINAL and not begun,
        "can_refuse": case.state in {State.MATCHING, State.REVIEW, State.NEEDS_ATTENTION} and not begun,
        "can_correct_identity": case.state in {State.MATCHING, State.REVIEW} and case.identity == Identity.CONFIRMED,
        "withdraw_form": bound.get("withdraw") or ReasonForm(auto_id="withdraw_%s"),
        "refuse_form": bound.get("refuse") or RefusalForm(case=case, auto_id="refuse_%s"),
        "search_form": bound.get("search") or OptionalReasonForm(auto_id="search_%s"),
        "identity_open": case.state in {State.RECEIVED, State.MATCHING, State.NEEDS_ATTENTION}
        and case.identity != Identity.CONFIRMED,
        "proof_form": bound.get("proof") or ProofForm(auto_id="proof_%s"),
        **_identity(case, bound),
    }
    match case.state:
        case State.MATCHING:
            context |= deciding(contacts, bound)
            context["identity_first"] = context["identity_open"] and not context["open_count"]
        case State.REVIEW:
            context |= _review(case, plan, contacts, bound, seen)
        case State.AWAITING_APPROVAL if plan:
            context |= _approval(request, case, plan, contacts, seen)
        case State.ERASING | State.CHANGING if plan:
            context |= _erasing(request, case, plan, bound)
        case State.NEEDS_ATTENTION:
            context |= _attention(case, contacts, bound) | _stopping(request, case, plan, bound)
        case State.READY:
            context |= _ready(case, bound, seen.package)
    return context


def _identity(case: Case, bound: Bound) -> dict[str, Any]:
    """The forms of the identity; the day of the answer is first that of the newest proof since the question, else
    today."""
    proofs = [row for row in case.documents.all() if row.kind == DocumentKind.PROOF and row.destroy_on is None]
    newest = proofs[-1].created_at if proofs else None
    is_answer = newest and case.identity_at and newest >= case.identity_at
    answered = {"answered_on": controller_day(newest if is_answer else None)}
    fresh: dict[str, Any] = {"initial": answered, "is_paused": case.is_paused}
    return {
        "identity_form": bound.get("identity")
        or IdentityForm(auto_id="identity_%s", standing=identity.standing(case), **fresh),
        "answer_form": bound.get("answer") or AnswerForm(auto_id="answer_%s", **fresh),
        "proofs": proofs,
        "ask_within": clock.ASK_WITHIN_DAYS,
        "ask_by": clock.last_day_to_ask(case),
        "asking_stops_clock": clock.would_stop(case),
    }


def deciding(contacts: list[Contact], bound: Bound) -> dict[str, Any]:
    """A form for each contact that is there now. Nothing is chosen beforehand; what was decided is filled in."""
    current = [row for row in contacts if row.is_current]
    rows = []
    for contact in current:
        name = f"decide-{contact.candidate.pk}"
        said = {"decision": contact.candidate.decision, "reason": contact.reason}
        form = bound.get(name) or DecisionForm(
            initial=said, standing=matching.standing(contact.candidate), auto_id=f"{name}_%s"
        )
        rows.append((contact, form, name in bound or contact.is_open))
    return {"deciding": rows, "open_count": sum(row.is_open for row in current)}


def _review(case: Case, plan: Plan | None, contacts: list[Contact], bound: Bound, seen: Seen) -> dict[str, Any]:
    confirmed = [row for row in contacts if row.is_current and row.candidate.is_same_person]
    context: dict[str, Any] = {
        "confirmed": confirmed,
        "record_gaps": packaging.gaps_of(case) if confirmed else "",
        "can_certify": seen.begun and plan is not None and not plan.to_delete and not plan.changes.exists(),
    }
    if plan and confirmed and case.is_change:
        context["changes_form"] = bound.get("changes") or ChangesForm(plan=plan)
        context["not_granted"] = changes.not_granted(plan)
    if plan and confirmed and case.is_erasure:
        context["review_form"] = bound.get("review") or ReviewForm(plan=plan)
    returned = (Verb.SEND_BACK, Verb.STOP)
    last_move = next((row for row in seen.story if row.verb in {*returned, Verb.OPEN_REVIEW, Verb.PREPARE}), None)
    if last_move and last_move.verb in returned:
        context["sent_back"] = last_move
        context["was_stopped"] = last_move.verb == Verb.STOP
    return context


def _approval(request: StaffRequest, case: Case, plan: Plan, contacts: list[Contact], seen: Seen) -> dict[str, Any]:
    worked_on_it = had_a_hand(case=case, user=request.user)
    may_approve = Role.APPROVER in roles_in(request) and not worked_on_it
    return {
        "approvers": eligible_approvers(case),
        "worked_on_it": worked_on_it,
        "may_approve": may_approve,
        "factor_first": may_approve and approving_needs_factor() and not has_factor(request.user),
        "ids": words_to_type(plan),
        "may_delete": may_delete(plan),
        "lacks_own_credential": may_approve and not has_own_credential(plan, request.user),
        "not_granted": changes.not_granted(plan) if case.is_change else "",
        "hold_stops": is_stopped_by_hold(case),
        "kept": [row for row in lines_of(plan) if not row.is_to_delete],
        "ruled_out": [row for row in contacts if row.is_current and not row.candidate.is_same_person],
        "evidence_opened": opened_ago(request.user, seen.trail, plan.evidence_id),
    }


def _erasing(request: StaffRequest, case: Case, plan: Plan, bound: Bound) -> dict[str, Any]:
    starts_at = starts_at_of(case, plan)
    # Where nothing cools off, a deletion begins before a page is read; unless its account is kept from it.
    waits = starts_at is not None or (halts.live(case.connection_id).exists() and can_be_stopped(plan))
    return {
        "starts": _moment(starts_at) if starts_at else "",
        "can_stop": waits and may_stop(case=case, actor=request.user),
        "stop_form": bound.get("stop") or ReasonForm(auto_id="stop_%s"),
    }


def _stopping(request: StaffRequest, case: Case, plan: Plan | None, bound: Bound) -> dict[str, Any]:
    """What waits for an officer may still be stopped by whoever approved it."""
    return {
        "can_stop": is_about_to(case) and can_be_stopped(plan) and may_stop(case=case, actor=request.user),
        "stop_form": bound.get("stop") or ReasonForm(auto_id="stop_%s"),
    }


def _ready(case: Case, bound: Bound, package: Document | None) -> dict[str, Any]:
    last = case.errands.filter(kind=ErrandKind.PACKAGE).last()
    problem = last.problem if package is None and last and last.status == ErrandStatus.FAILED else ""
    return {
        "package": package,
        "package_before": any(row.kind == DocumentKind.PACKAGE for row in case.documents.all()),
        "package_awaited": last is not None and last.is_live,
        "package_failed": Attention(problem).label if problem else "",
        "package_advice": ADVICE[problem].text if problem else "",
        "hand_over_form": bound.get("hand_over")
        or HandOverForm(initial={"how": how_it_went(case)}, auto_id="hand_over_%s"),
    }


def _moment(moment: dt.datetime) -> str:
    """“14:05”, with the day where it isn't today."""
    local = timezone.localtime(moment)
    is_today = local.date() == timezone.localdate()
    return dates.clock(moment) if is_today else f"{dates.clock(moment)}, {dates.day(local.date())}"


_ABOUT = {
    "contact_id": gettext_lazy("Contact"),
    "contacts": gettext_lazy("Contacts"),
    "objects": gettext_lazy("Ids"),
}


def _fact(name: str, value: object) -> str:
    ids = value if isinstance(value, list) else [value]
    return named(_ABOUT[name], ", ".join(str(item) for item in ids))


def _attention(case: Case, contacts: list[Contact], bound: Bound) -> dict[str, Any]:
    advice = ADVICE[Attention(case.attention)]
    decides = WayOn.DECIDE in advice.ways_on
    return {
        "advice": advice,
        "can_resume": WayOn.RESUME in advice.ways_on,
        "can_decide": decides,
        "can_search": WayOn.SEARCH_AGAIN in advice.ways_on,
        "can_review": WayOn.BACK_TO_REVIEW in advice.ways_on,
        "about": [_fact(name, value) for name, value in case.attention_facts.items() if name in _ABOUT],
        **(deciding([row for row in contacts if row.is_open], bound) if decides else {}),
    }
