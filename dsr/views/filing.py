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
from dsr.selectors import duplicates
from dsr.selectors.staff import StaffRequest
from dsr.services import intake
from dsr.views.guards import officers


@officers
def new(request: StaffRequest) -> HttpResponse:
    """The form, and what comes of it: the case with its due date, or the form with what is wrong in it.

    Where open requests have one of the identifiers, it is said once before this one is filed.
    """
    form = FilingForm(request.POST or None, request.FILES or None)
    is_valid = request.method == "POST" and form.is_valid()
    already = _already_open(form) if is_valid else []
    is_told = set(already) <= set(request.POST.get("told_of", "").split())
    if is_valid and request.POST.get("had_letter") and not form.cleaned_data["letter"]:
        form.add_error("letter", _("Choose the letter again; a browser doesn't send it twice. Without one, go on."))
    case = _file(request, form) if is_valid and is_told and not form.errors else None
    if case:
        messages.success(request, f"{_('Filed.')} {case.due_explanation}")
        return redirect("case", case.reference)
    if form.errors:
        point_to_first(form)
    context = {
        "form": form,
        "already": already,
        "told_of": " ".join(already) or request.POST.get("told_of", ""),
        "has_connection": Connection.objects.filter(is_active=True).exists(),
    }
    return render(request, "cases/new.html", context, status=422 if request.method == "POST" else 200)


def _already_open(form: FilingForm) -> list[str]:
    """The references of open requests with one of the identifiers that were typed."""
    data = form.cleaned_data
    try:
        typed = intake.checked_identifiers(data["emails"], data["external_ids"])
    except InvalidInput:
        return []  # said when it is filed
    found = duplicates.open_with([intake.hash_of(*row) for row in typed], connection=data["connection"])
    return sorted({case.reference for cases in found.values() for case in cases})


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
