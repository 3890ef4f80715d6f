"""The button that has the account's totals read, to be held against what an erasure takes out."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from dsr.permissions import Role
from dsr.selectors.staff import StaffRequest
from dsr.services import impact
from dsr.views.acts import act
from dsr.views.guards import case_or_404, for_roles, posted


@posted
@for_roles(Role.PRIVACY_OFFICER, Role.APPROVER)
def read_totals(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        do=lambda _data: impact.ask(case=case, actor=request.user),
        done=_("The totals are being read. Load the page again in a moment."),
    )
