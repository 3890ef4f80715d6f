"""The case page: one next act on top, what was found and decided below it, the story at the side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import render

from dsr.forms.acts import AttachmentForm, LanguageForm, NoteForm, ReasonForm
from dsr.forms.queue import AssignForm
from dsr.models import Candidate, Case, DocumentKind, Plan, Returned
from dsr.permissions import Right, Role
from dsr.selectors import queue
from dsr.selectors.aftermath import aftermath_of
from dsr.selectors.approvers import warning_for
from dsr.selectors.closing_record import closing_record_of
from dsr.selectors.contacts import contacts_of
from dsr.selectors.due import due_of, explained
from dsr.selectors.papers import papers_of
from dsr.selectors.progress import steps_of
from dsr.selectors.staff import StaffRequest, officers_in, people_in, readers_in, rights_in, roles_in, unread_in
from dsr.selectors.timeline import story_of, trail_of
from dsr.services import assignment, languages, notes, notifying, packaging
from dsr.services.planning import has_begun
from dsr.states import State, Verb
from dsr.views.guards import case_or_404, reads_cases
from dsr.views.hand_over_card import hand_over_context
from dsr.views.hold_card import hold_context
from dsr.views.impact_card import impact_context
from dsr.views.letter_card import letter_context
from dsr.views.next_act import Seen, act_context
from dsr.views.related_card import related_context
from dsr.views.silence_card import silence_context
from dsr.views.working import work_context

NEWEST = 12
"""Entries of the story that stand open; the rest are folded away."""


@reads_cases
def page(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    if case.pk in unread_in(request):
        notifying.mark_read(user=request.user, case=case)
        request.unread = [pk for pk in unread_in(request) if pk != case.pk]
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
    candidates = Prefetch("candidates", Candidate.objects.select_related("decided_by"))
    prefetch_related_objects([case], "documents", "identifiers", candidates)
    plan = _newest_plan(case)
    rights = rights_in(request)
    trail = trail_of(case)
    story = story_of(case, trail, {f"U-{pk:04d}": person.name for pk, person in people_in(request).items()})
    seen = Seen(
        trail=trail,
        story=story,
        begun=not case.gets_package and has_begun(case),
        package=packaging.current(case) if case.state == State.READY else None,
    )
    certificate = next((row for row in reversed(case.documents.all()) if row.kind == DocumentKind.CERTIFICATE), None)
    context = {
        "case": case,
        "neighbours": queue.neighbours(request.user, case.reference),
        **_officer(request, case, bound or {}),
        "due": due_of(case),
        "due_explained": explained(case),
        "steps": steps_of(case, plan),
        "plan": plan,
        "problem": problem,
        "approver_warning": warning_for(case, reader=request.user, roles=roles_in(request)),
        "last": next((event for event in story if not event.is_reading), None),
        "notes": [event for event in story if event.verb == notes.NOTED],
        "story": story[:NEWEST],
        "closing_reason": next((event.reason for event in story if event.verb in {Verb.REFUSE, Verb.MERGE}), ""),
        "earlier": story[NEWEST:],
        "papers": papers_of(case, reader=request.user, plan=plan, trail=trail),
        "can_work": Role.PRIVACY_OFFICER in roles_in(request),
        "can_read": Right.READ_CONTENTS in rights,
        "can_download": Right.DOWNLOAD_CONTENTS in rights,
        "closing_record": None if certificate else closing_record_of(case),
        "certificate": certificate,
        **_contents(request, case, plan, bound or {}, seen),
    }
    return render(request, "cases/case.html", context, status=status)


def _newest_plan(case: Case) -> Plan | None:
    """With its lines, and on them the candidates that were read already."""
    plan = case.plans.order_by("-number").select_related("export").prefetch_related("lines").first()
    candidates = {row.pk: row for row in case.candidates.all()}
    for line in plan.lines.all() if plan else ():
        line.candidate = candidates[line.candidate_id]
    return plan


def _officer(request: StaffRequest, case: Case, bound: Mapping[str, forms.Form]) -> dict[str, Any]:
    """Who looks after it, and the form to give it to somebody, for whoever may."""
    if case.is_closed or Role.PRIVACY_OFFICER not in roles_in(request):
        return {}
    form = bound.get("assign") or AssignForm(
        officers=officers_in(request), standing=assignment.standing(case), auto_id="assign_%s"
    )
    return {"assign_form": form, "assign_is_bound": "assign" in bound}


def _contents(
    request: StaffRequest, case: Case, plan: Plan | None, bound: Mapping[str, forms.Form], seen: Seen
) -> dict[str, Any]:
    """What is readable only while the contents are there, and what can be done with it."""
    if case.is_purged:
        return {"is_purged": True, **work_context(case, plan)}
    if plan:
        plan.case = case
    contacts = contacts_of(case)
    letters = letter_context(request, case, bound)
    identifiers = [(row, row.value) for row in case.identifiers.all() if row.is_given]
    return {
        "act": f"cases/acts/{case.state}.html",
        "contacts": contacts,
        "identifiers": identifiers,
        "can_note": bool(roles_in(request) & {Role.PRIVACY_OFFICER, Role.APPROVER}),
        "note_form": bound.get("note") or NoteForm(readers=readers_in(request), auto_id="note_%s"),
        "attach_form": bound.get("attach") or AttachmentForm(auto_id="attach_%s"),
        "is_noting": "note" in bound,
        "is_attaching": "attach" in bound,
        "language_form": bound.get("language")
        or LanguageForm(initial={"language": case.language}, standing=languages.standing(case), auto_id="language_%s"),
        "language_is_bound": "language" in bound,
        "aftermath": aftermath_of(case) if seen.begun else [],
        "returned": _returned(case, bound),
        **impact_context(request, plan),
        "follows": list(case.follows.select_related("case")),
        "erased_before": list(case.erased_before.all()) if seen.begun else [],
        **work_context(case, plan),
        **related_context(case, bound),
        **hold_context(request, case, bound),
        **hand_over_context(request, case, bound, seen.package),
        **letters,
        **act_context(request, case, plan, contacts, bound, seen),
        **silence_context(case, letters["letters"], bound),
    }


def _returned(case: Case, bound: Mapping[str, forms.Form]) -> list[tuple[Returned, forms.Form]]:
    """Only who was erased can come back."""
    if not (case.is_erasure and case.state == State.COMPLETED):
        return []
    rows = case.returned.select_related("follow_up", "settled_by")
    return [(row, bound.get(f"returned_{row.pk}") or ReasonForm(auto_id=f"returned_{row.pk}_%s")) for row in rows]
