"""The approval: the second person signs in again, types what will be deleted, and approves what the page showed."""

from __future__ import annotations

from allauth.account.forms import ReauthenticateForm
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.core import ratelimit
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from dsr.exceptions import InvalidInput
from dsr.forms.acts import ApprovalForm
from dsr.selectors.staff import StaffRequest
from dsr.services import approval
from dsr.views.acts import Data, act
from dsr.views.guards import approvers, case_or_404, posted


@sensitive_post_parameters("password")
@posted
@approvers
def approve(request: StaffRequest, reference: str) -> HttpResponse:
    """The password is checked at every approval, under the rate limit of signing in again."""
    case = case_or_404(reference)
    refused: HttpResponse | None = ratelimit.consume_or_429(request, action="reauthenticate", user=request.user)
    if refused:
        return refused

    def do(data: Data) -> None:
        _raise_if_wrong_password(request, data["password"])
        approval.approve(case=case, actor=request.user, typed_ids=data["typed_ids"], fingerprint=data["fingerprint"])
        reauthenticate_by_password(request)

    return act(
        request,
        case,
        form=ApprovalForm(request.POST, auto_id="approve_%s"),
        slot="approve",
        do=do,
        done=_("Approved. This page follows what the worker does."),
    )


def _raise_if_wrong_password(request: StaffRequest, password: str) -> None:
    form = ReauthenticateForm({"password": password}, user=request.user)
    if not form.is_valid():
        raise InvalidInput(str(form.errors["password"][0]), field="password")
