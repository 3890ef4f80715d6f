"""One's own token for an AI client: the page where it is made and ended."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr.exceptions import NotAllowed
from dsr.forms.agents import TokenForm
from dsr.models import AgentToken
from dsr.selectors.staff import StaffRequest
from dsr.services import agent_tokens
from dsr.views.guards import everybody


@everybody
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]
def page(request: StaffRequest) -> HttpResponse:
    """The token is shown once, on the answer itself: led elsewhere, it would have to be kept somewhere until then."""
    form, token = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            token = agent_tokens.make(actor=request.user, days=form.cleaned_data["days"])
        except NotAllowed as error:
            form.add_error(None, str(error))
    kept = AgentToken.objects.filter(user=request.user).first()
    context = {
        "form": form,
        "token": token,
        "kept": kept,
        "is_over": bool(kept and kept.expires_at <= timezone.now()),
        "is_open": settings.ENV.agents,
    }
    response = render(request, "agents.html", context, status=422 if form.errors else 200)
    response.headers["Cache-Control"] = "no-store, private"
    return response


@everybody
def end(request: StaffRequest) -> HttpResponse:
    if request.method == "POST" and agent_tokens.end(actor=request.user):
        messages.success(request, _("The token has ended. A client that has it can do nothing any more."))
    return redirect("agents")
