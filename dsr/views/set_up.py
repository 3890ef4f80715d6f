"""The set-up: how far it is, and where each thing is kept."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dsr.exceptions import RuleBroken
from dsr.selectors.set_up import steps
from dsr.selectors.staff import StaffRequest
from dsr.services import set_up
from dsr.views.guards import administrators


@administrators
def page(request: StaffRequest) -> HttpResponse:
    rows = steps()
    set_up.mark_if_complete(rows)
    context = {"steps": rows, "open": sum(not (row.is_done or row.is_optional) for row in rows)}
    return render(request, "set_up.html", context)


@administrators
def test_mail(request: StaffRequest) -> HttpResponse:
    if request.method == "POST":
        try:
            set_up.test_mail(actor=request.user)
        except RuleBroken as error:
            messages.error(request, str(error))
        else:
            messages.success(
                request, _("Sent to %(address)s. Look whether it arrives.") % {"address": request.user.email}
            )
    return redirect("set_up")
