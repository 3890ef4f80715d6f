"""File a request."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dsr.exceptions import InvalidInput, RuleBroken
from dsr.forms.errors import beside_field, point_to_first
from dsr.forms.filing import FilingForm
from dsr.models import Case, Connection
from dsr.selectors.staff import StaffRequest
from dsr.services import intake
from dsr.views.guards import officers


@officers
def new(request: StaffRequest) -> HttpResponse:
    """The form, and what comes of it: the case with its due date, or the form with what is wrong in it."""
    form = FilingForm(request.POST or None, request.FILES or None)
    case = _file(request, form) if request.method == "POST" and form.is_valid() else None
    if case:
        messages.success(request, f"{_('Filed.')} {case.due_explanation}")
        return redirect("case", case.reference)
    if form.errors:
        point_to_first(form)
    context = {"form": form, "has_connection": Connection.objects.filter(is_active=True).exists()}
    return render(request, "cases/new.html", context, status=422 if request.method == "POST" else 200)


def _file(request: StaffRequest, form: FilingForm) -> Case | None:
    try:
        return intake.file_request(actor=request.user, assigned_to=request.user, **form.cleaned_data)
    except InvalidInput as error:
        rest = beside_field(form, error)
        if rest:
            form.add_error(None, rest)
    except RuleBroken as error:
        form.add_error(None, str(error))
    return None
