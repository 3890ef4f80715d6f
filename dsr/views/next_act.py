"""What the card on top needs in each state: its forms, and what else can be done with the case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import begin_authentication
from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from dsr.attention import ADVICE, Attention, WayOn
from dsr.forms.acts import (
    AnswerForm,
    ApprovalForm,
    DecisionForm,
    HandOverForm,
    IdentityForm,
    OptionalReasonForm,
    ProofForm,
    ReasonForm,
    RefusalForm,
)
from dsr.forms.review import ReviewForm
from dsr.models import AuditEntry, Case, Document, DocumentKind, ErrandKind, ErrandStatus, Identity, Plan
from dsr.permissions import Role, approving_needs_factor, eligible_approvers, had_a_hand, has_factor
from dsr.selectors.ago import ago
from dsr.selectors.contacts import Contact
from dsr.selectors.lines import lines_of
from dsr.selectors.papers import opened_by
from dsr.selectors.staff import StaffRequest, roles_in
from dsr.selectors.timeline import story_of
from dsr.services import clock, packaging
from dsr.services.approval import may_delete, words_to_type
from dsr.services.planning import has_begun
from dsr.services.stopping import may_stop
from dsr.states import FINAL, State, Verb
from dsr.views.hand_over_card import how_it_went
from dsr.views.working import starts_at_of

Bound = Mapping[str, forms.Form]


def act_context(
    request: StaffRequest, case: Case, plan: Plan | None, contacts: list[Contact], bound: Bound
) -> dict[str, Any]:
    """The forms of this state: the bound ones with what was typed, fresh ones for the rest."""
    begun = has_begun(case)
    context: dict[str, Any] = {
        "slot": next(iter(bound), ""),
        "can_withdraw": case.state not in FINAL and not begun,
        "can_refuse": case.state in {State.MATCHING, State.REVIEW, State.NEEDS_ATTENTION} and not begun,
        "can_correct_identity": case.state in {State.MATCHING, State.REVIEW} and case.identity == Identity.CONFIRMED,
        "withdraw_form": bound.get("withdraw") or ReasonForm(auto_id="withdraw_%s"),
        "refuse_form": bound.get("refuse") or RefusalForm(auto_id="refuse_%s"),
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
            context |= _review(case, plan, contacts, bound)
        case State.AWAITING_APPROVAL if plan:
            context |= _approval(request, case, plan, contacts, bound)
        case State.ERASING if plan:
            context |= _erasing(request, case, plan, bound)
        case State.NEEDS_ATTENTION:
            context |= _attention(case, contacts, bound)
        case State.READY:
            context |= _ready(case, bound)
    return context


def _identity(case: Case, bound: Bound) -> dict[str, Any]:
    """The forms of the identity; the day of the answer is first that of the newest proof, else today."""
    proofs = [row for row in case.documents.all() if row.kind == DocumentKind.PROOF and row.destroy_on is None]
    answered = {"answered_on": timezone.localdate(proofs[-1].created_at if proofs else None)}
    fresh: dict[str, Any] = {"initial": answered, "is_paused": case.is_paused}
    return {
        "identity_form": bound.get("identity") or IdentityForm(auto_id="identity_%s", **fresh),
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
        form = bound.get(name) or DecisionForm(initial=said, auto_id=f"{name}_%s")
        rows.append((contact, form, name in bound or contact.is_open))
    return {"deciding": rows, "open_count": sum(row.is_open for row in current)}


def _review(case: Case, plan: Plan | None, contacts: list[Contact], bound: Bound) -> dict[str, Any]:
    confirmed = [row for row in contacts if row.is_current and row.candidate.is_same_person]
    context: dict[str, Any] = {
        "confirmed": confirmed,
        "record_gaps": packaging.gaps_of(case) if confirmed else "",
        "can_certify": plan is not None and not plan.to_delete and has_begun(case),
    }
    if plan and confirmed and case.is_erasure:
        context["review_form"] = bound.get("review") or ReviewForm(plan=plan)
    returned = (Verb.SEND_BACK, Verb.STOP)
    last_move = (
        AuditEntry.objects.filter(case=case.reference, verb__in=[*returned, Verb.OPEN_REVIEW, Verb.PREPARE])
        .order_by("-sequence")
        .first()
    )
    if last_move and last_move.verb in returned:
        context["sent_back"] = next(row for row in story_of(case) if row.verb in returned)
        context["was_stopped"] = last_move.verb == Verb.STOP
    return context


def _approval(request: StaffRequest, case: Case, plan: Plan, contacts: list[Contact], bound: Bound) -> dict[str, Any]:
    approvers = eligible_approvers(case)
    ids = words_to_type(plan)
    opened = opened_by(request.user, case)
    worked_on_it = had_a_hand(case=case, user=request.user)
    may_approve = Role.APPROVER in roles_in(request) and not worked_on_it
    with_factor = may_approve and has_factor(request.user)
    factor_first = may_approve and not with_factor and approving_needs_factor()
    return {
        "approvers": approvers,
        "worked_on_it": worked_on_it,
        "may_approve": may_approve and not factor_first,
        "factor_first": factor_first,
        "with_factor": with_factor,
        "js_data": _asked_of_key(request) if with_factor else None,
        "ids": ids,
        "may_delete": may_delete(plan),
        "kept": [row for row in lines_of(plan) if not row.is_to_delete],
        "ruled_out": [row for row in contacts if row.is_current and not row.candidate.is_same_person],
        "evidence_opened": _opened(opened, plan.evidence_id),
        "export_opened": _opened(opened, plan.export_id),
        "approval_form": bound.get("approve") or ApprovalForm(auto_id="approve_%s"),
        "send_back_form": bound.get("send_back") or ReasonForm(auto_id="send_back_%s"),
    }


def _asked_of_key(request: StaffRequest) -> dict[str, Any] | None:
    """What the page asks of a security key, where the person has one. Each showing of the page asks anew."""
    if Authenticator.objects.filter(user=request.user, type=Authenticator.Type.WEBAUTHN).exists():
        return {"request_options": begin_authentication(request.user)}
    return None


def _erasing(request: StaffRequest, case: Case, plan: Plan, bound: Bound) -> dict[str, Any]:
    starts_at = starts_at_of(case, plan)
    return {
        "starts": _moment(starts_at) if starts_at else "",
        "can_stop": starts_at is not None and may_stop(case=case, actor=request.user),
        "stop_form": bound.get("stop") or ReasonForm(auto_id="stop_%s"),
    }


def _ready(case: Case, bound: Bound) -> dict[str, Any]:
    package = packaging.current(case)
    last = case.errands.filter(kind=ErrandKind.PACKAGE).last()
    problem = last.problem if package is None and last and last.status == ErrandStatus.FAILED else ""
    return {
        "package": package,
        "package_before": Document.objects.filter(case=case, kind=DocumentKind.PACKAGE).exists(),
        "package_awaited": packaging.is_awaited(case),
        "package_failed": Attention(problem).label if problem else "",
        "package_advice": ADVICE[problem].text if problem else "",
        "hand_over_form": bound.get("hand_over")
        or HandOverForm(initial={"how": how_it_went(case)}, auto_id="hand_over_%s"),
    }


def _moment(moment: dt.datetime) -> str:
    """“14:05”, with the day where it isn't today."""
    local = timezone.localtime(moment)
    is_today = local.date() == timezone.localdate()
    return date_format(local, "H:i" if is_today else "H:i, j F Y")


def _opened(opened: Mapping[int, dt.datetime], pk: int | None) -> str:
    moment = opened.get(pk or 0)
    return ago(moment) if moment else ""


_ABOUT = {
    "contact_id": gettext_lazy("Contact"),
    "contacts": gettext_lazy("Contacts"),
    "objects": gettext_lazy("Ids"),
}


def _fact(name: str, value: object) -> str:
    ids = value if isinstance(value, list) else [value]
    return f"{_ABOUT[name]}: {', '.join(str(item) for item in ids)}"


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
