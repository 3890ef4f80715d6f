"""The second person's word: they sign in again, type what will be deleted, and approve what was shown; or not."""

from __future__ import annotations

from allauth.account.forms import ReauthenticateForm
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.core import ratelimit
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from dsr.accounts.factors import AgainCodeForm as CodeForm
from dsr.accounts.keys import AgainKeyForm as KeyForm
from dsr.exceptions import InvalidInput
from dsr.forms.acts import ApprovalForm, ReasonForm
from dsr.permissions import has_factor
from dsr.selectors.staff import StaffRequest
from dsr.services import approval
from dsr.views.acts import Data, act
from dsr.views.approval_page import leads_to, show
from dsr.views.guards import approvers, case_or_404, posted


@sensitive_post_parameters("password", "code", "credential")
@posted
@approvers
def approve(request: StaffRequest, reference: str) -> HttpResponse:
    """Password and second factor are checked at every approval. Wrong ones count with those of signing in."""
    case = case_or_404(reference)
    refused: HttpResponse | None = ratelimit.consume_or_429(request, action="reauthenticate", user=request.user)
    if refused:
        return refused

    def do(data: Data) -> None:
        _raise_if_wrong_password(request, data["password"])
        plan = case.current_plan
        if plan:
            approval.raise_if_other_ids(plan, data["typed_ids"])  # before a code is used up
        _raise_if_wrong_factor(request, data)
        approval.approve(case=case, actor=request.user, typed_ids=data["typed_ids"], fingerprint=data["fingerprint"])
        reauthenticate_by_password(request)

    return act(
        request,
        case,
        form=ApprovalForm(request.POST, auto_id="approve_%s"),
        slot="approve",
        do=do,
        done=_("%(reference)s is approved. Its page follows what the worker does.") % {"reference": case.reference},
        draw=show,
        leads_to=leads_to(request, case),
    )


@posted
@approvers
def send_back(request: StaffRequest, reference: str) -> HttpResponse:
    case = case_or_404(reference)
    return act(
        request,
        case,
        form=ReasonForm(request.POST, auto_id="send_back_%s"),
        slot="send_back",
        do=lambda data: approval.send_back(case=case, actor=request.user, **data),
        done=_("%(reference)s is sent back to review.") % {"reference": case.reference},
        draw=show,
        leads_to=leads_to(request, case),
    )


def _raise_if_wrong_password(request: StaffRequest, password: str) -> None:
    form = ReauthenticateForm({"password": password}, user=request.user)
    if not form.is_valid():
        raise InvalidInput(str(form.errors["password"][0]), field="password")


def _raise_if_wrong_factor(request: StaffRequest, data: Data) -> None:
    """A code works once, and what a security key says answers one question of the page only."""
    if not has_factor(request.user):
        return  # whether that is enough, the service says
    name, form = "code", CodeForm({"code": data["code"]}, user=request.user)
    if data["credential"]:
        name, form = "credential", KeyForm({"credential": data["credential"]}, user=request.user)
    if not form.is_valid():
        raise InvalidInput(str(form.errors[name][0]), field="code")
    form.save()
