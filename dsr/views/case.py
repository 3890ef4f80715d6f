"""The case page: one next act on top, what was found and decided below it, the story at the side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import render

from dsr.forms.acts import AttachmentForm, LanguageForm, NoteForm, ReasonForm
from dsr.forms.queue import AssignForm
from dsr.models import Case, Document, DocumentKind, Plan
from dsr.permissions import Right, Role
from dsr.selectors import queue
from dsr.selectors.aftermath import aftermath_of
from dsr.selectors.approvers import warning_for
from dsr.selectors.closing_record import closing_record_of
from dsr.selectors.contacts import contacts_of
from dsr.selectors.due import due_of
from dsr.selectors.papers import papers_of
from dsr.selectors.progress import steps_of
from dsr.selectors.staff import StaffRequest, officers_in, rights_in, roles_in
from dsr.selectors.timeline import story_of
from dsr.services import notes, notifying
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
    # Read once for all cards; what is only asked for one of them, that card asks itself.
    prefetch_related_objects([case], "documents", "identifiers")
    plan = case.plans.order_by("-number").select_related("export").prefetch_related("lines__candidate").first()
    rights = rights_in(request)
    story = story_of(case)
    context = {
        "case": case,
        "neighbours": queue.neighbours(request.user, case.reference),
        **_officer(request, case, bound or {}),
        "due": due_of(case),
        "steps": steps_of(case, plan),
        "plan": plan,
        "problem": problem,
        "approver_warning": warning_for(case, reader=request.user, roles=roles_in(request)),
        "last": next((event for event in story if not event.is_reading), None),
        "notes": [event for event in story if event.verb == notes.NOTED],
        "story": story[:NEWEST],
        "closing_reason": next((event.reason for event in story if event.verb in {Verb.REFUSE, Verb.MERGE}), ""),
        "earlier": story[NEWEST:],
        "papers": papers_of(case, reader=request.user, plan=plan),
        "can_work": Role.PRIVACY_OFFICER in roles_in(request),
        "can_read": Right.READ_CONTENTS in rights,
        "can_download": Right.DOWNLOAD_CONTENTS in rights,
        "closing_record": closing_record_of(case),
        "certificate": next(
            (row for row in reversed(case.documents.all()) if row.kind == DocumentKind.CERTIFICATE), None
        ),
        **_contents(request, case, plan, bound or {}),
    }
    return render(request, "cases/case.html", context, status=status)


def _certificate(case: Case) -> Document | None:
    certificates = [row for row in case.documents.all() if row.kind == DocumentKind.CERTIFICATE]
    return certificates[-1] if certificates else None


def _officer(request: StaffRequest, case: Case, bound: Mapping[str, forms.Form]) -> dict[str, Any]:
    """Who looks after it, and the form to give it to somebody, for whoever may."""
    if case.is_closed or Role.PRIVACY_OFFICER not in roles_in(request):
        return {}
    form = bound.get("assign") or AssignForm(officers=officers_in(request), auto_id="assign_%s")
    return {"assign_form": form, "assign_is_bound": "assign" in bound}


def _contents(request: StaffRequest, case: Case, plan: Plan | None, bound: Mapping[str, forms.Form]) -> dict[str, Any]:
    """What is readable only while the contents are there, and what can be done with it."""
    if case.is_purged:
        return {"is_purged": True, **work_context(case, plan)}
    contacts = contacts_of(case)
    identifiers = [(row, row.value) for row in case.identifiers.all() if row.is_given]
    return {
        "act": f"cases/acts/{case.state}.html",
        "contacts": contacts,
        "identifiers": identifiers,
        "can_note": bool(roles_in(request) & {Role.PRIVACY_OFFICER, Role.APPROVER}),
        "note_form": bound.get("note") or NoteForm(author=request.user, auto_id="note_%s"),
        "attach_form": bound.get("attach") or AttachmentForm(auto_id="attach_%s"),
        "is_noting": "note" in bound,
        "is_attaching": "attach" in bound,
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
