"""The approver's page: what would be done and how anybody knows that it is the right person, beside the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import begin_authentication
from django import forms
from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from dsr.exceptions import NotAllowed, Unreadable
from dsr.forms.acts import ApprovalForm, ReasonForm
from dsr.models import Case, Plan
from dsr.permissions import approving_needs_factor, had_a_hand, has_factor
from dsr.selectors import in_a_row
from dsr.selectors.comparing import pairs_of
from dsr.selectors.contacts import contacts_of
from dsr.selectors.due import due_of
from dsr.selectors.lines import lines_of
from dsr.selectors.papers import opened_ago, openings_of
from dsr.selectors.planned import planned_in
from dsr.selectors.since import since_return
from dsr.selectors.staff import StaffRequest
from dsr.services import changes, notifying
from dsr.services.approval import has_own_credential, is_stopped_by_hold, may_delete, words_to_type
from dsr.states import State
from dsr.views import case as case_page
from dsr.views.documents import raise_if_not_opened
from dsr.views.guards import approvers, case_or_404
from dsr.views.hold_card import hold_context
from dsr.views.impact_card import impact_context

ROW = "row"
"""In an address: that the requests are reviewed one after the other."""


@approvers
def page(request: StaffRequest, reference: str) -> HttpResponse:
    """What the second person decides on. Opening it opens the evidence, which is noted in the audit trail."""
    case = case_or_404(reference)
    if request.user.notifications.filter(case=case, read_at=None).exists():
        notifying.mark_read(user=request.user, case=case)
    return show(request, case)


@approvers
def begin(request: StaffRequest) -> HttpResponse:
    """Lead to the next request that waits for this person, after the one in `after`; or say that none does."""
    passed = Case.objects.filter(reference=request.GET.get("after", "")[:20]).first()
    reference = in_a_row.next_after(request.user, passed)
    if reference:
        return redirect(f"{reverse('approval', args=[reference])}?{ROW}=1")
    return render(request, "approval/through.html", {"left": in_a_row.waiting_for(request.user).count()})


def leads_to(request: StaffRequest, case: Case) -> str:
    """Where it goes on once this request is decided on: to the next one, or to its own page."""
    if ROW in request.GET:
        return f"{reverse('approvals')}?{urlencode({'after': case.reference})}"
    return reverse("case", args=[case.reference])


def show(
    request: StaffRequest,
    case: Case,
    *,
    bound: Mapping[str, forms.Form] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """Draw the page. A case that doesn't wait for this person (any more) is passed over, or shown as a case."""
    prefetch_related_objects([case], "documents", "identifiers")
    plan = case.plans.order_by("-number").select_related("evidence", "prepared_by").first()
    waits = case.state == State.AWAITING_APPROVAL and not case.is_purged
    if waits and plan and not plan.voided_at and not had_a_hand(case=case, user=request.user):
        context = _context(request, case, plan, bound or {})
        return render(request, "approval/page.html", {**context, "problem": problem}, status=status)
    if ROW in request.GET:
        words = _("%(reference)s doesn't wait for your approval any more, so it was passed over.")
        messages.warning(request, words % {"reference": case.reference})
        return redirect(leads_to(request, case))
    if request.method == "POST":
        return case_page.show(request, case, bound=bound, problem=problem, status=status)
    return redirect("case", case.reference)


def _context(request: StaffRequest, case: Case, plan: Plan, bound: Mapping[str, forms.Form]) -> dict[str, Any]:
    plan.case = case
    lines, contacts = lines_of(plan), [row for row in contacts_of(case) if row.is_current]
    given = [(row, row.value) for row in case.identifiers.all() if row.is_given]
    with_factor = has_factor(request.user)
    return {
        "case": case,
        "plan": plan,
        "due": due_of(case),
        "ids": words_to_type(plan),
        "to_delete": [row for row in lines if row.is_to_delete],
        "kept": [row for row in lines if not row.is_to_delete],
        "confirmed": [(row, pairs_of(case, row.candidate, given)) for row in contacts if row.candidate.is_same_person],
        "ruled_out": [row for row in contacts if not row.candidate.is_same_person],
        "since": since_return(case, plan),
        "planned": planned_in(plan),
        "may_delete": may_delete(plan),
        "not_granted": changes.not_granted(plan) if case.is_change else "",
        "hold_stops": is_stopped_by_hold(case),
        "lacks_own_credential": not has_own_credential(plan, request.user),
        "factor_first": not with_factor and approving_needs_factor(),
        "with_factor": with_factor,
        "js_data": _asked_of_key(request) if with_factor else None,
        **_evidence(request, case, plan),
        "export_opened": opened_ago(request.user, openings_of(case), plan.export_id),
        "approval_form": bound.get("approve") or ApprovalForm(auto_id="approve_%s"),
        "send_back_form": bound.get("send_back") or ReasonForm(auto_id="send_back_%s"),
        "slot": next(iter(bound), ""),
        "place": in_a_row.place_of(request.user, case) if ROW in request.GET else None,
        "in_row": f"?{ROW}=1" if ROW in request.GET else "",
        **hold_context(request, case, bound),
        **impact_context(request, plan),
    }


def _evidence(request: StaffRequest, case: Case, plan: Plan) -> dict[str, Any]:
    """The pages of the evidence. That they are shown is noted first, once for a session, as where it is read alone."""
    document = plan.evidence
    if document is None:
        return {"not_shown": _("The evidence is missing. Send the case back.")}
    document.case = case
    try:
        raise_if_not_opened(request, document)
    except (NotAllowed, Unreadable) as error:
        return {"not_shown": str(error)}
    return {"evidence": document, "pages": range(1, document.pages + 1)}


def _asked_of_key(request: StaffRequest) -> dict[str, Any] | None:
    """What the page asks of a security key, where the person has one. Each showing of the page asks anew."""
    if Authenticator.objects.filter(user=request.user, type=Authenticator.Type.WEBAUTHN).exists():
        return {"request_options": begin_authentication(request.user)}
    return None
