"""Signing in to SegMetrics by OAuth: the page that leads there, the answer that comes back, and one's own sign-ins.

The page before is one click more, and needed: under our policy a form may not lead to another site, and a person ought
to see where they are going. What waits for the answer lies in the session of whoever began, and is taken out of it by
the first answer that belongs to it: any other page can make this browser come here.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from dsr.connectors import oauth
from dsr.exceptions import InvalidInput, RuleBroken
from dsr.models import Connection, User
from dsr.permissions import Role
from dsr.selectors.credentials import own_accounts
from dsr.selectors.staff import StaffRequest
from dsr.services import credentials, sign_ins
from dsr.views.guards import approvers, for_roles

_KEPT = "segmetrics_sign_in"


def leave_for_sign_in(
    request: HttpRequest, connection: Connection, actor: User, *, back: str, own: bool = False
) -> HttpResponse:
    """Begin, and show where it leads."""
    try:
        address, pending = sign_ins.begin(connection=connection, actor=actor, own=own, place=request.POST.get("place"))
    except (RuleBroken, InvalidInput) as error:
        messages.error(request, str(error))
        return redirect(back)
    request.session[_KEPT] = pending.kept()
    context = {"connection": connection, "address": address, "host": urlsplit(address).netloc, "back": back, "own": own}
    return render(request, "sign_ins/leave.html", context)


@for_roles(Role.ADMINISTRATOR, Role.APPROVER)
@sensitive_variables("code")
def answer(request: StaffRequest) -> HttpResponse:
    """Where SegMetrics sends people back to."""
    said = {name: request.GET.get(name, "")[:2000] for name in ("state", "code", "error")}
    pending = _taken(request, said["state"])
    back = redirect("home")
    if pending:
        change = reverse("admin:dsr_connection_change", args=[pending.connection])
        back = redirect("own_sign_ins") if pending.own else redirect(change)
    try:
        sign_ins.finish(actor=request.user, pending=pending, **said)
    except (RuleBroken, InvalidInput) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Signed in. It is tried at the next call: test the connection now."))
    return back


def _taken(request: HttpRequest, state: str) -> sign_ins.Pending | None:
    """The sign-in that waits for this answer; from here on it waits no longer."""
    kept = request.session.get(_KEPT)
    pending = sign_ins.Pending(**kept) if kept else None
    if pending is None or not pending.is_answered_by(state):
        return None
    del request.session[_KEPT]
    return pending


@approvers
def own(request: StaffRequest) -> HttpResponse:
    """One's own sign-ins, for the connections that delete in the name of whoever approves."""
    context = {
        "rows": own_accounts(request.user),
        "may_sign_in": oauth.is_set(),
    }
    return render(request, "sign_ins/own.html", context)


@approvers
@sensitive_post_parameters("api_key")
def own_key(request: StaffRequest, pk: int) -> HttpResponse:
    """Set one's own API key."""
    connection = _asked_for(pk)
    if request.method == "POST":
        try:
            api_key, place = request.POST.get("api_key", ""), request.POST.get("place")
            credentials.set_own_key(connection=connection, actor=request.user, api_key=api_key, place=place)
            messages.success(request, _("Saved. It is tried with the next deletion that you approve, or by a test."))
        except (RuleBroken, InvalidInput) as error:
            messages.error(request, str(error))
    return redirect("own_sign_ins")


@approvers
def own_sign_in(request: StaffRequest, pk: int) -> HttpResponse:
    """Begin a sign-in of one's own."""
    connection, back = _asked_for(pk), reverse("own_sign_ins")
    if request.method != "POST":
        return redirect(back)
    return leave_for_sign_in(request, connection, request.user, back=back, own=True)


@approvers
def own_test(request: StaffRequest, pk: int) -> HttpResponse:
    """Try it with one harmless read."""
    connection = _asked_for(pk)
    if request.method == "POST":
        try:
            messages.success(request, credentials.test_own(connection=connection, actor=request.user))
        except RuleBroken as error:
            messages.error(request, str(error))
    return redirect("own_sign_ins")


@approvers
def own_revoke(request: StaffRequest, pk: int) -> HttpResponse:
    """End it."""
    connection = get_object_or_404(Connection, pk=pk)
    if request.method == "POST":
        try:
            messages.success(request, credentials.take_own_back(connection=connection, actor=request.user))
        except RuleBroken as error:
            messages.error(request, str(error))
    return redirect("own_sign_ins")


def _asked_for(pk: int) -> Connection:
    return get_object_or_404(Connection, pk=pk, personal_deletes=True, is_active=True)
