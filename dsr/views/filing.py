"""File a request."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dsr.exceptions import AlreadyOpen, InvalidInput, RuleBroken
from dsr.forms.errors import beside_field, point_to_first
from dsr.forms.filing import FilingForm
from dsr.models import Case, Connection
from dsr.selectors.due import explained
from dsr.selectors.staff import StaffRequest
from dsr.services import intake
from dsr.views.guards import officers


@officers
def new(request: StaffRequest) -> HttpResponse:
    """The form, and what comes of it: the case with its due date, or the form with what is wrong in it.

    Where open requests have one of the identifiers, it is said once before this one is filed.
    """
    is_prefilled = request.method == "POST" and "prefill" in request.POST
    form = _prefilled(request) if is_prefilled else FilingForm(request.POST or None, request.FILES or None)
    is_valid = request.method == "POST" and form.is_valid()
    if is_valid and request.POST.get("had_letter") and not form.cleaned_data["letter"]:
        form.add_error("letter", _("Choose the letter again; a browser doesn't send it twice. Without one, go on."))
    already: tuple[str, ...] = ()
    if is_valid and not form.errors:
        try:
            case = _file(request, form)
        except AlreadyOpen as error:
            already = error.references
        else:
            if case:
                messages.success(request, _("Filed.") + f" {explained(case)}")
                return redirect("case", case.reference)
    if form.errors:
        point_to_first(form)
    context = {
        "form": form,
        "already": already,
        "told_of": " ".join(already) or request.POST.get("told_of", ""),
        "has_connection": Connection.objects.filter(is_active=True).exists(),
    }
    is_refused = request.method == "POST" and not is_prefilled
    return render(request, "cases/new.html", context, status=422 if is_refused else 200)


def _prefilled(request: StaffRequest) -> FilingForm:
    """A form with what another page knows of the person. It comes by POST, so that no address holds it."""
    known = ("kind", "subject_name", "emails", "external_ids", "connection")
    return FilingForm(initial={name: request.POST[name] for name in known if request.POST.get(name)})


def _file(request: StaffRequest, form: FilingForm) -> Case | None:
    """File it, or put beside its field what is wrong. Raises `AlreadyOpen` where something open wasn't told yet."""
    told_of = request.POST.get("told_of", "").split()
    user = request.user
    try:
        return intake.file_request(actor=user, assigned_to=user, although_open=told_of, **form.cleaned_data)
    except AlreadyOpen:
        raise
    except InvalidInput as error:
        rest = beside_field(form, error)
        if rest:
            form.add_error(None, rest)
    except RuleBroken as error:
        form.add_error(None, str(error))
    return None
