"""The case page: one next act on top, what was found and decided below it, the story at the side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from dsr.forms.acts import LanguageForm, ReasonForm
from dsr.models import Case, DocumentKind, Plan
from dsr.permissions import Right, Role, has_right
from dsr.selectors.aftermath import aftermath_of
from dsr.selectors.approvers import warning_for
from dsr.selectors.closing_record import closing_record_of
from dsr.selectors.contacts import contacts_of
from dsr.selectors.due import due_of
from dsr.selectors.papers import papers_of
from dsr.selectors.progress import steps_of
from dsr.selectors.staff import StaffRequest, roles_in
from dsr.selectors.timeline import story_of
from dsr.services import notifying
from dsr.states import Verb
from dsr.views.guards import case_or_404, reads_cases
from dsr.views.hand_over_card import hand_over_context
from dsr.views.hold_card import hold_context
from dsr.views.letter_card import letter_context
from dsr.views.next_act import act_context
from dsr.views.related_card import related_context
from dsr.views.working import work_context

NEWEST = 12
"""Entries of the story that stand open; the rest are folded away."""


@reads_cases
def page(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    if request.user.notifications.filter(case=case, read_at=None).exists():
        notifying.mark_read(user=request.user, case=case)
    return show(request, case)


def show(
    request: StaffRequest,
    case: Case,
    *,
    bound: Mapping[str, forms.Form] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """Draw the case page. `bound` are forms with what was typed and their errors; `problem` is said on top."""
    plan = case.plans.order_by("-number").first()
    story = story_of(case)
    context = {
        "case": case,
        "due": due_of(case),
        "steps": steps_of(case, plan),
        "plan": plan,
        "problem": problem,
        "approver_warning": warning_for(case, reader=request.user, roles=roles_in(request)),
        "last": next((event for event in story if not event.is_reading), None),
        "story": story[:NEWEST],
        "closing_reason": next((event.reason for event in story if event.verb in {Verb.REFUSE, Verb.MERGE}), ""),
        "earlier": story[NEWEST:],
        "papers": papers_of(case, reader=request.user, plan=plan),
        "can_work": Role.PRIVACY_OFFICER in roles_in(request),
        "can_read": has_right(request.user, Right.READ_CONTENTS),
        "can_download": has_right(request.user, Right.DOWNLOAD_CONTENTS),
        "closing_record": closing_record_of(case),
        "certificate": case.documents.filter(kind=DocumentKind.CERTIFICATE).last(),
        **_contents(request, case, plan, bound or {}),
    }
    return render(request, "cases/case.html", context, status=status)


def _contents(request: StaffRequest, case: Case, plan: Plan | None, bound: Mapping[str, forms.Form]) -> dict[str, Any]:
    """What is readable only while the contents are there, and what can be done with it."""
    if case.is_purged:
        return {"is_purged": True, **work_context(case, plan)}
    contacts = contacts_of(case)
    identifiers = [(row, row.value) for row in case.identifiers.filter(learnt_from=None)]
    return {
        "act": f"cases/acts/{case.state}.html",
        "contacts": contacts,
        "identifiers": identifiers,
        "language_form": bound.get("language")
        or LanguageForm(initial={"language": case.language}, auto_id="language_%s"),
        "language_is_bound": "language" in bound,
        "aftermath": aftermath_of(case),
        "returned": [
            (row, bound.get(f"returned_{row.pk}") or ReasonForm(auto_id=f"returned_{row.pk}_%s"))
            for row in case.returned.select_related("follow_up", "settled_by")
        ],
        "erased_before": list(case.erased_before.all()),
        **work_context(case, plan),
        **related_context(case, bound),
        **hold_context(request, case, bound),
        **hand_over_context(request, case, bound),
        **letter_context(case, bound),
        **act_context(request, case, plan, contacts, bound),
    }
