"""The verbs of a case: one small view for each, that calls one service and shows the case page again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from dsr.exceptions import ChangedMeanwhile, InvalidInput, RuleBroken, StorageFull
from dsr.forms.acts import (
    AnswerForm,
    AttachmentForm,
    DecisionForm,
    HandOverForm,
    IdentityForm,
    LanguageForm,
    MergeForm,
    NoteForm,
    OptionalReasonForm,
    ProofForm,
    ReasonForm,
    RefusalForm,
)
from dsr.forms.errors import beside_field, point_to_first
from dsr.forms.seen import SeenMixin
from dsr.models import Candidate, Case
from dsr.permissions import Role
from dsr.selectors.related import related_to
from dsr.selectors.staff import StaffRequest, readers_in
from dsr.services import (
    closing,
    identity,
    languages,
    matching,
    merging,
    notes,
    packaging,
    preparation,
    resumption,
    returns,
    review,
    stopping,
)
from dsr.views.case import show
from dsr.views.guards import case_or_404, for_roles, officers, posted, reads_cases

Data = dict[str, Any]


def act(
    request: StaffRequest,
    case: Case,
    *,
    do: Callable[[Data], object],
    done: str,
    form: forms.Form | None = None,
    slot: str = "",
    draw: Callable[..., HttpResponse] = show,
    leads_to: str = "",
) -> HttpResponse:
    """Do it and lead back to the case; or show the case with what is wrong, and with all that was typed.

    `draw` is another page that shows the form, `leads_to` another address to go on to.
    """
    problem, status = "", 422
    if form is None or form.is_valid():
        try:
            do(form.cleaned_data if form else {})
        except InvalidInput as error:
            problem = beside_field(form, error)
            status = 409 if problem else 422
        except ChangedMeanwhile as error:
            problem, status = form.show_both(error) if isinstance(form, SeenMixin) else str(error), 409
        except (RuleBroken, StorageFull) as error:
            problem, status = str(error), 409
        else:
            messages.success(request, done)
            return redirect(leads_to or reverse("case", args=[case.reference]))
    if form and form.errors:
        point_to_first(form)
        problem = problem or _("Nothing was done yet: look at what is marked below.")
    fresh = case_or_404(case.reference)
    return draw(request, fresh, bound={slot: form} if form else {}, problem=problem, status=status)


@posted
@officers
def ask_identity(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        do=lambda _data: identity.ask(case=case, actor=request.user),
        done=_("Noted: the person was asked to prove who they are."),
    )


@posted
@officers
def note_answer(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        form=AnswerForm(request.POST, auto_id="answer_%s", is_paused=case.is_paused),
        slot="answer",
        do=lambda data: identity.note_answer(case=case, actor=request.user, **data),
        done=_("Noted: they answered, and it doesn't suffice yet."),
    )


@posted
@officers
def confirm_identity(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        form=IdentityForm(request.POST, auto_id="identity_%s", is_paused=case.is_paused),
        slot="identity",
        do=lambda data: identity.confirm(case=case, actor=request.user, **data),
        done=_("Identity confirmed."),
    )


@posted
@officers
def add_proof(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        form=ProofForm(request.POST, request.FILES, auto_id="proof_%s"),
        slot="proof",
        do=lambda data: identity.add_proof(case=case, actor=request.user, **data),
        done=_("Kept, encrypted, until the identity is settled. Look at it under Documents."),
    )


@posted
@for_roles(Role.PRIVACY_OFFICER, Role.APPROVER)
def add_note(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        form=NoteForm(request.POST, readers=readers_in(request), auto_id="note_%s"),
        slot="note",
        do=lambda data: notes.add(case=case, actor=request.user, **data),
        done=_("The note stands in the history."),
    )


@posted
@for_roles(Role.PRIVACY_OFFICER, Role.APPROVER)
def attach(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        form=AttachmentForm(request.POST, request.FILES, auto_id="attach_%s"),
        slot="attach",
        do=lambda data: notes.attach(case=case, actor=request.user, **data),
        done=_("Kept, encrypted. It stands under Documents."),
    )


@posted
@officers
def choose_language(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        form=LanguageForm(request.POST, auto_id="language_%s"),
        slot="language",
        do=lambda data: languages.choose(case=case, actor=request.user, **data),
        done=_("Saved. Documents that are made from now on are written in it."),
    )


@posted
@officers
def decide(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    case = case_or_404(reference)
    candidate = get_object_or_404(Candidate, case=case, pk=pk)
    return act(
        request,
        case,
        form=DecisionForm(request.POST, auto_id=f"decide-{pk}_%s"),
        slot=f"decide-{pk}",
        do=lambda data: matching.decide(case=case, actor=request.user, candidate=candidate, **data),
        done=_("Decision on contact %(id)s saved.") % {"id": candidate.contact_id},
    )


@posted
@officers
def search_again(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        form=OptionalReasonForm(request.POST, auto_id="search_%s"),
        slot="search",
        do=lambda data: matching.search_again(case=case, actor=request.user, **data),
        done=_("The search starts again."),
    )


@posted
@officers
def open_review(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        do=lambda _data: review.open_review(case=case, actor=request.user),
        done=_("The matches are settled."),
    )


@posted
@officers
def prepare(request: StaffRequest, reference: str) -> HttpResponse:
    """For an access request, which has no lines to review."""
    case = case_or_404(reference)
    return act(
        request,
        case,
        do=lambda _data: preparation.request(case=case, actor=request.user),
        done=_("The worker prepares the export and the evidence."),
    )


@posted
@officers
def nothing_found(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        do=lambda _data: closing.nothing_found(case=case, actor=request.user),
        done=_("Closed: no data found."),
    )


@posted
@officers
def look_again(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        do=lambda _data: closing.look_again(case=case, actor=request.user),
        done=_("The worker looks every identifier up once more, and certifies what was done."),
    )


@posted
@officers
def refuse(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        form=RefusalForm(request.POST, case=case, auto_id="refuse_%s"),
        slot="refuse",
        do=lambda data: closing.refuse(case=case, actor=request.user, **data),
        done=_("The request is refused. Tell the person the reasons."),
    )


@posted
@officers
def draw_closing_record(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        do=lambda _data: closing.draw_record_again(case=case, actor=request.user),
        done=_("The worker draws the record."),
    )


@posted
@officers
def withdraw(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        form=ReasonForm(request.POST, auto_id="withdraw_%s"),
        slot="withdraw",
        do=lambda data: closing.withdraw(case=case, actor=request.user, **data),
        done=_("The request is withdrawn."),
    )


@posted
@officers
def merge(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        form=MergeForm(request.POST, targets=related_to(case), auto_id="merge_%s"),
        slot="merge",
        do=lambda data: merging.merge(case=case, actor=request.user, **data),
        done=_("Merged. It goes on in the other request, which is searched anew."),
    )


@posted
@officers
def make_package(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        do=lambda _data: packaging.request(case=case, actor=request.user),
        done=_("The package is being made."),
    )


@posted
@officers
def follow_up(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    case = case_or_404(reference)
    row = get_object_or_404(case.returned.select_related("case__connection"), pk=pk)
    return act(
        request,
        case,
        do=lambda _data: returns.file_follow_up(returned=row, actor=request.user),
        done=_("A request was filed for it. It stands under “Follow-up”."),
    )


@posted
@officers
def dismiss_return(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    case = case_or_404(reference)
    row = get_object_or_404(case.returned, pk=pk)
    return act(
        request,
        case,
        form=ReasonForm(request.POST, auto_id=f"returned_{pk}_%s"),
        slot=f"returned_{pk}",
        do=lambda data: returns.dismiss(returned=row, actor=request.user, reason=data["reason"]),
        done=_("Noted. Nothing has to be done about this contact."),
    )


@posted
@officers
def hand_over(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        form=HandOverForm(request.POST, auto_id="hand_over_%s"),
        slot="hand_over",
        do=lambda data: closing.hand_over(case=case, actor=request.user, **data),
        done=_("Handed over. The request is completed."),
    )


@posted
@officers
def resume(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        do=lambda _data: resumption.resume(case=case, actor=request.user),
        done=_("The case goes on."),
    )


@posted
@officers
def back_to_review(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        do=lambda _data: resumption.back_to_review(case=case, actor=request.user),
        done=_("Back in review."),
    )


@posted
@reads_cases
def stop(request: StaffRequest, reference: str) -> HttpResponse:
    """For an officer, whoever worked on the case, and whoever approved it; the service knows who that is."""
    case = case_or_404(reference)
    return act(
        request,
        case,
        form=ReasonForm(request.POST, auto_id="stop_%s"),
        slot="stop",
        do=lambda data: stopping.stop(case=case, actor=request.user, **data),
        done=_("Stopped before anything was done; the case is in review again."),
    )
