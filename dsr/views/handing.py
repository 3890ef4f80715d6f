"""Handing a package over by a link: make it, and end it before its time."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from dsr import papercode
from dsr.exceptions import InvalidInput, LedgerUnfit, RuleBroken
from dsr.forms.errors import beside_field, point_to_first
from dsr.forms.handing import LinkForm
from dsr.models import HandOver
from dsr.selectors.staff import StaffRequest
from dsr.services import handover_links
from dsr.views.acts import act
from dsr.views.case import show
from dsr.views.guards import case_or_404, officers, posted


@posted
@officers
def make_link(request: StaffRequest, reference: str) -> HttpResponse:
    """Show link and code once, on the answer itself: led elsewhere, they would have to be kept somewhere until then."""
    case = case_or_404(reference)
    form = LinkForm(request.POST, auto_id="link_%s")
    problem = ""
    if form.is_valid():
        try:
            made = handover_links.create(case=case, actor=request.user, days=form.cleaned_data["days"])
        except InvalidInput as error:
            problem = beside_field(form, error)
        except (RuleBroken, LedgerUnfit) as error:
            problem = str(error)
        else:
            context = {
                "case": case,
                "link": made.link,
                "address": handover_links.address_of(made.token),
                "code": papercode.grouped(made.code, by=4),
            }
            response = render(request, "cases/link.html", context)
            response.headers["Cache-Control"] = "no-store, private"
            return response
    point_to_first(form)
    problem = problem or _("Nothing was done yet: look at what is marked below.")
    return show(
        request, case_or_404(reference), bound={"link": form}, problem=problem, status=422 if form.errors else 409
    )


@posted
@officers
def revoke_link(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    case, link = case_or_404(reference), get_object_or_404(HandOver, case__reference=reference, pk=pk)
    return act(
        request,
        case,
        do=lambda _data: handover_links.revoke(link=link, actor=request.user),
        done=_("The link is revoked. It opens nothing any more."),
    )
