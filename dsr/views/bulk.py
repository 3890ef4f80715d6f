"""Deletions under way, account by account: how far they are, pausing them, and having them go on after faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from dsr.exceptions import InvalidInput, RuleBroken
from dsr.models import Connection, PauseReason
from dsr.permissions import READS_CASES, Role
from dsr.selectors import bulk
from dsr.selectors.staff import StaffRequest, roles_in
from dsr.services import halting
from dsr.views.guards import everybody, for_roles
from dsr.views.idle import load_anew
from dsr.views.working import FACTOR, FIRST_DELAY, LONGEST_DELAY, times_asked

may_halt = for_roles(*halting.MAY_HALT)


@everybody
def page(request: StaffRequest) -> HttpResponse:
    roles = roles_in(request)
    context = {
        "may_halt": bool(roles & {str(role) for role in halting.MAY_HALT}),
        "reads_cases": bool(roles & set(READS_CASES)),
        "approves": Role.APPROVER in roles,
        "reasons": PauseReason.choices,
        **_progress(asked=0),
    }
    return render(request, "bulk/page.html", context)


@everybody
def progress(request: StaffRequest) -> HttpResponse:
    """The numbers as a piece of the page; once something else is stopped or goes on, it is loaded anew."""
    context = _progress(asked=times_asked(request))
    if context["stage"] != request.GET.get("stage"):
        return load_anew(request)
    return render(request, "bulk/progress.html", context)


@may_halt
def pause(request: StaffRequest, pk: int) -> HttpResponse:
    reason = request.POST.get("reason", "")
    done = _("Paused. What has begun ends its present step; nothing further is deleted until somebody resumes.")
    return _act(request, pk, lambda **who: halting.pause(reason=reason, **who), done)


@may_halt
def resume(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, halting.resume, _("Resumed. The worker takes up what waits."))


@may_halt
def go_on(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, halting.go_on, _("SegMetrics answers, and the work goes on."))


def _progress(*, asked: int) -> dict[str, Any]:
    accounts = bulk.accounts()
    return {
        "accounts": accounts,
        "stage": "-".join(str(told.halt.pk) for row in accounts for told in row.halts),
        "delay": min(FIRST_DELAY * FACTOR**asked, LONGEST_DELAY),
        "asked": asked + 1,
    }


def _act(request: StaffRequest, pk: int, do: Callable[..., object], done: str) -> HttpResponse:
    connection = get_object_or_404(Connection, pk=pk)
    if request.method == "POST":
        try:
            do(connection=connection, actor=request.user)
        except (InvalidInput, RuleBroken) as error:
            messages.error(request, str(error))
        else:
            messages.success(request, done)
    return redirect("bulk")
