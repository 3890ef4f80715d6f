"""The safeguards: how strict this installation is, and what waits for another administrator."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from dsr.exceptions import InvalidInput, RuleBroken
from dsr.forms.errors import point_to_first, put_on
from dsr.forms.safeguards import LevelsForm
from dsr.models import SafeguardChange, Safeguards
from dsr.selectors import changes
from dsr.selectors.staff import StaffRequest
from dsr.services import safeguards, strengthening
from dsr.views.guards import administrators


@administrators
def page(request: StaffRequest) -> HttpResponse:
    """The levels with their form, and what was asked for."""
    now = Safeguards.current()
    levels = {
        "cooling_off_minutes": now.cooling_off_minutes,
        "approvals_per_day": now.approvals_per_day,
        "mfa_roles": now.mfa_roles,
    }
    form = LevelsForm(
        request.POST if request.method == "POST" else None, initial=levels, standing=strengthening.standing()
    )
    if request.method == "POST" and form.is_valid() and _save(request, form):
        return redirect("safeguards")
    if form.errors:
        point_to_first(form)
    context = {
        "form": form,
        "now": now,
        "waiting": [(row, changes.what(row)) for row in changes.open_changes()],
        "recent": [row for row in changes.notices() if not row.is_open],
        "lacks_an_administrator": changes.lacks_an_administrator(),
    }
    return render(request, "safeguards.html", context, status=422 if request.method == "POST" else 200)


def _save(request: StaffRequest, form: LevelsForm) -> bool:
    try:
        asked = strengthening.save(actor=request.user, **form.cleaned_data)
    except (InvalidInput, RuleBroken) as error:
        put_on(form, error)
        return False
    if asked:
        messages.success(request, _("What is weaker was asked for: another administrator has to grant it."))
    else:
        messages.success(request, _("Saved."))
    return True


@administrators
def grant(request: StaffRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, safeguards.grant, _("Granted. It holds now."))


@administrators
def decline(request: StaffRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, safeguards.decline, _("Declined. Nothing changed."))


@administrators
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, safeguards.withdraw, _("Withdrawn. Nothing changed."))


def _decide(request: StaffRequest, pk: int, verb: Callable[..., None], done: str) -> HttpResponse:
    change = get_object_or_404(SafeguardChange, pk=pk)
    if request.method == "POST":
        try:
            verb(actor=request.user, change=change)
            messages.success(request, done)
        except (RuleBroken, InvalidInput) as error:
            messages.error(request, str(error))
    return redirect("safeguards")
