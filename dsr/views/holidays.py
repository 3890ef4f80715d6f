"""The holidays: those of the country and region, and those that an administrator added."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsr.days import controller_today
from dsr.exceptions import InvalidInput, RuleBroken
from dsr.forms.errors import point_to_first, put_on
from dsr.forms.holidays import HolidayForm
from dsr.models import Holiday
from dsr.selectors.holidays import public_in
from dsr.selectors.staff import StaffRequest
from dsr.services import holidays
from dsr.views.guards import administrators


@administrators
def page(request: StaffRequest) -> HttpResponse:
    """The list, and the form of a further day."""
    form = HolidayForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            changed = holidays.add(actor=request.user, **form.cleaned_data)
        except (InvalidInput, RuleBroken) as error:
            put_on(form, error)
        else:
            messages.success(request, _("Added.") + " " + _moved(changed))
            return redirect("holidays")
    if form.errors:
        point_to_first(form)
    year = controller_today().year
    context = {
        "form": form,
        "own": Holiday.objects.all(),
        "country": settings.ENV.country,
        "region": settings.ENV.region,
        "years": [(number, public_in(number)) for number in (year, year + 1)],
    }
    return render(request, "holidays.html", context, status=422 if form.errors else 200)


@administrators
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    if request.method == "POST":
        try:
            changed = holidays.remove(actor=request.user, holiday=get_object_or_404(Holiday, pk=pk))
            messages.success(request, _("Removed.") + " " + _moved(changed))
        except RuleBroken as error:
            messages.error(request, str(error))
    return redirect("holidays")


def _moved(changed: int) -> str:
    if not changed:
        return _("No open request has another due date by it.")
    words = ngettext(
        "%(count)d open request has another due date now.",
        "%(count)d open requests have another due date now.",
        changed,
    )
    return words % {"count": changed}
