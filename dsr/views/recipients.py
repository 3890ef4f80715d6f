"""Recipients to be told of an erasure (Art. 19), on the case page."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from dsr.forms.letters import AnswerForm, NotToldForm, ToldForm
from dsr.models import RecipientNotice
from dsr.selectors.staff import StaffRequest
from dsr.services import recipients
from dsr.views.acts import act
from dsr.views.guards import case_or_404, officers, posted


@posted
@officers
def told(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    return _note(request, reference, pk, "told", ToldForm, recipients.note_told, _("Noted as told."))


@posted
@officers
def answered(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    return _note(request, reference, pk, "answer", AnswerForm, recipients.note_answer, _("The answer is noted."))


@posted
@officers
def not_told(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    return _note(
        request, reference, pk, "not-told", NotToldForm, recipients.note_not_told, _("Noted, with the reason.")
    )


def _note(
    request: StaffRequest,
    reference: str,
    pk: int,
    name: str,
    form: type[forms.Form],
    do: Callable[..., None],
    done: str,
) -> HttpResponse:
    case = case_or_404(reference)
    notice = get_object_or_404(RecipientNotice.objects.select_related("case"), case=case, pk=pk)
    slot = f"{name}-{pk}"
    return act(
        request,
        case,
        form=form(request.POST, auto_id=f"{slot}_%s"),
        slot=slot,
        do=lambda data: do(notice=notice, actor=request.user, **data),
        done=done,
    )
