"""What the worker does right now. The page asks again by itself; without JavaScript a link does it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dsr.attention import Attention
from dsr.models import Approval, Case, ChangeStep, JobStatus, Plan, StepState
from dsr.selectors import halts
from dsr.selectors.lines import lines_of
from dsr.selectors.planned import planned_in
from dsr.selectors.staff import StaffRequest
from dsr.services import packaging
from dsr.states import WORKING, State
from dsr.views.guards import case_or_404, reads_cases
from dsr.views.idle import load_anew

FIRST_DELAY, LONGEST_DELAY = 1.0, 15.0
FACTOR = 1.3
_PACKAGE = "ready-package"
"""The stage of a case whose package is being made."""


def work_context(case: Case, plan: Plan | None, *, asked: int = 0) -> dict[str, Any]:
    """The job in hand and the lines it works through. `asked` counts the polls, each after a longer wait."""
    live = case.jobs.filter(status__in=[JobStatus.DUE, JobStatus.RUNNING])
    job = live.first() if case.state in WORKING else None
    lines, planned = lines_of(plan), planned_in(plan)
    to_delete = [row for row in lines if row.is_to_delete]
    has_started = any(row.line.step != StepState.PENDING for row in lines) or any(
        row.change.step != ChangeStep.PENDING for row in planned
    )
    starts_at = starts_at_of(case, plan)
    return {
        "job": job,
        "halted": halts.told(connection_id=case.connection_id, kind=job.kind) if job else [],
        "job_problem": Attention(job.last_problem).label if job and job.last_problem else "",
        "lines": lines,
        "has_started": has_started,
        "starts_at": starts_at,
        "waits": starts_at is not None and starts_at > timezone.now(),
        "stage": _stage(case, starts_at),
        "planned": planned,
        "show_plan": bool(lines or planned) and _stands_apart(case, has_started=has_started),
        "to_delete": to_delete,
        "done_count": sum(row.line.is_finished for row in to_delete),
        "delay": min(FIRST_DELAY * FACTOR**asked, LONGEST_DELAY),
        "asked": asked + 1,
    }


def starts_at_of(case: Case, plan: Plan | None) -> dt.datetime | None:
    """When the deletion or the change starts, as long as it was approved to wait, holds, and has not begun."""
    if case.state not in {State.ERASING, State.CHANGING} or plan is None or plan.has_started:
        return None
    approval = Approval.objects.filter(plan=plan, voided_at=None, deletes_from__gt=F("approved_at")).first()
    return approval.deletes_from if approval else None


def _stage(case: Case, starts_at: dt.datetime | None) -> str:
    """What the page shows: once it is another one, the whole page is loaded anew."""
    if case.state == State.READY and packaging.is_awaited(case):
        return _PACKAGE
    if starts_at is None:
        return case.state
    return f"{case.state}-{'later' if starts_at > timezone.now() else 'soon'}"


def _stands_apart(case: Case, *, has_started: bool) -> bool:
    """Whether the plan needs a card of its own: elsewhere the card on top shows its lines already."""
    if case.state == State.NEEDS_ATTENTION:
        return not has_started
    return case.state not in {State.REVIEW, State.AWAITING_APPROVAL, State.ERASING, State.CHANGING}


def times_asked(request: StaffRequest) -> int:
    """How often a page has asked already, as it says itself."""
    asked = request.GET.get("asked", "")
    return min(int(asked), 100) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0


@reads_cases
def progress(request: StaffRequest, reference: str) -> HttpResponse:
    """The progress as a piece of the page; once the worker is through, the answer tells the page to load anew."""
    case = case_or_404(reference)
    plan = case.plans.order_by("-number").first()
    context = work_context(case, plan, asked=times_asked(request))
    if (case.state not in WORKING and context["stage"] != _PACKAGE) or context["stage"] != request.GET.get("state"):
        return load_anew(request)
    return render(request, "cases/parts/progress.html", {"case": case, **context})
