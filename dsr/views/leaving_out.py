"""What is left out of an access package: look how much it would be, leave it out, take that back."""

from __future__ import annotations

from collections import Counter

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsr.exceptions import InvalidInput, NotAllowed, RuleBroken, Unreadable
from dsr.exports.redaction import Redaction
from dsr.forms.errors import point_to_first, put_on
from dsr.forms.handing import RedactionForm
from dsr.models import Case
from dsr.models import Redaction as Row
from dsr.selectors.redactions import shown_of
from dsr.selectors.staff import StaffRequest
from dsr.services import disclosure, redactions
from dsr.services.planning import confirmed
from dsr.states import State
from dsr.views.acts import act
from dsr.views.documents import raise_if_not_opened, refusal, remember
from dsr.views.guards import case_or_404, officers, posted

ENTRY = "fields"
"""Under this name the look at the export stands in the audit trail."""
_MOST_PLACES = 12


@officers
def page(request: StaffRequest, reference: str) -> HttpResponse:
    """Choose what to leave out. The fields come from the export, so each look at them is one into the contents."""
    case = case_or_404(reference)
    if case.state != State.READY or case.current_plan is None or case.current_plan.export is None:
        return redirect("case", reference)
    export = case.current_plan.export
    try:
        redactions.raise_if_may_not(request.user)
        if request.method == "POST":
            raise_if_not_opened(request, export, ENTRY)
        else:
            disclosure.opened(document=export, actor=request.user, entry=ENTRY)
            remember(request, export, ENTRY)
        found = redactions.fields(case=case)
    except (NotAllowed, Unreadable) as error:
        return refusal(request, export, error)
    contacts = [row.contact_id for row in confirmed(case)]
    form = RedactionForm(request.POST or None, fields=found, contacts=contacts)
    if request.method != "POST":
        return _show(request, case, form)
    return _answer(request, case, form)


def _answer(request: StaffRequest, case: Case, form: RedactionForm) -> HttpResponse:
    """Look first, or leave it out at once."""
    if form.is_valid():
        try:
            if request.POST.get("then") != "add":
                places = redactions.preview(case=case, redaction=Redaction(**form.cleaned_data))
                return _show(request, case, form, places=places)
            redactions.add_redaction(case=case, actor=request.user, **form.cleaned_data)
        except (InvalidInput, RuleBroken) as error:
            put_on(form, error)
        else:
            messages.success(
                request, _("Left out. The package is being made anew; a link to the earlier one has ended.")
            )
            return redirect("case", case.reference)
    point_to_first(form)
    return _show(request, case, form, status=422)


def _show(
    request: StaffRequest, case: Case, form: RedactionForm, *, places: Counter[str] | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "case": case,
        "form": form,
        "redactions": shown_of(case),
        "places": places.most_common(_MOST_PLACES) if places else [],
        "further": max(0, len(places) - _MOST_PLACES) if places else 0,
        "found": _found(places.total()) if places else "",
    }
    return render(request, "cases/leave_out.html", context, status=status)


def _found(count: int) -> str:
    words = ngettext("%(count)d place would be left out", "%(count)d places would be left out", count)
    return words % {"count": count}


@posted
@officers
def take_back(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    case, row = case_or_404(reference), get_object_or_404(Row, case__reference=reference, pk=pk)
    return act(
        request,
        case,
        do=lambda _data: redactions.remove_redaction(redaction=row, actor=request.user),
        done=_("It is left in again. The package is being made anew; a link to the earlier one has ended."),
    )
