"""Legal holds on the case page: place one, ask for its lifting, and answer as a second person."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from dsr.forms.acts import ReasonForm
from dsr.models import LegalHold
from dsr.permissions import Role
from dsr.selectors.staff import StaffRequest
from dsr.services import holds
from dsr.views.acts import act
from dsr.views.guards import case_or_404, for_roles, officers, posted

officers_and_approvers = for_roles(Role.PRIVACY_OFFICER, Role.APPROVER)


def _hold_or_404(reference: str, pk: int) -> LegalHold:
    return get_object_or_404(LegalHold, case__reference=reference, pk=pk)


@posted
@officers
def place(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        form=ReasonForm(request.POST, auto_id="hold_%s"),
        slot="hold",
        do=lambda data: holds.place(case=case, actor=request.user, **data),
        done=_("The hold stands. Nothing of this person is deleted or destroyed until two persons lift it."),
    )


@posted
@officers
def ask_to_lift(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    case, hold = case_or_404(reference), _hold_or_404(reference, pk)
    return act(
        request,
        case,
        form=ReasonForm(request.POST, auto_id=f"lift-{pk}_%s"),
        slot=f"lift-{pk}",
        do=lambda data: holds.ask_to_lift(hold=hold, actor=request.user, **data),
        done=_("Noted. The hold stands until somebody else grants it."),
    )


@posted
@officers_and_approvers
def lift(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    case, hold = case_or_404(reference), _hold_or_404(reference, pk)
    return act(
        request,
        case,
        do=lambda _data: holds.lift(hold=hold, actor=request.user),
        done=_("The hold is lifted."),
    )


@posted
@officers_and_approvers
def keep(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    case, hold = case_or_404(reference), _hold_or_404(reference, pk)
    return act(
        request,
        case,
        do=lambda _data: holds.keep(hold=hold, actor=request.user),
        done=_("The hold stays."),
    )
