"""File many requests from a table: upload, preview, progress, what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from dsr.attention import Attention
from dsr.exceptions import InvalidInput, RuleBroken, WrongState
from dsr.forms.errors import point_to_first, put_on
from dsr.forms.filing_many import FileForm, choices_in, seen_in
from dsr.languages import LANGUAGES
from dsr.models import Channel, Connection, FilingBatch, FilingStage, RowStatus
from dsr.selectors import filing
from dsr.selectors.staff import StaffRequest
from dsr.services import filing_many
from dsr.services.filing_rows import COLUMNS, Look
from dsr.states import Kind
from dsr.views.guards import officers
from dsr.views.idle import load_anew
from dsr.views.working import FACTOR, FIRST_DELAY, LONGEST_DELAY, times_asked

SHOWN = 20


@dataclass(frozen=True)
class Choice:
    """A row of which a person says whether to file it, and what was said so far."""

    look: Look
    chosen: str


@officers
def new(request: StaffRequest) -> HttpResponse:
    """Where a file is uploaded, with the files before it."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            batch = filing_many.upload(actor=request.user, **form.cleaned_data)
        except (InvalidInput, RuleBroken) as error:
            put_on(form, error)
        else:
            return redirect("filing_batch", batch.reference)
    if form.errors:
        point_to_first(form)
    context = {
        "form": form,
        "columns": COLUMNS,
        "kinds": Kind.choices,
        "channels": Channel.choices,
        "languages": LANGUAGES.items(),
        "keep_days": filing_many.KEEP_DAYS,
        "has_connection": Connection.objects.filter(is_active=True).exists(),
        "batches": [(row, state_words(row)) for row in filing.newest()[:SHOWN]],
    }
    return render(request, "cases/many/new.html", context, status=422 if request.method == "POST" else 200)


@officers
def template(request: StaffRequest) -> HttpResponse:  # noqa: ARG001  (as every view)
    return _csv(filing_many.template(), "requests.csv")


@officers
def page(request: StaffRequest, reference: str) -> HttpResponse:
    """The preview, as long as nothing is filed; after that how far it is, and what came of it."""
    return _show(request, _batch_or_404(reference))


@officers
def begin(request: StaffRequest, reference: str) -> HttpResponse:
    batch = _batch_or_404(reference)
    if request.method != "POST":
        return redirect("filing_batch", reference)
    choices, seen = choices_in(request.POST), seen_in(request.POST)
    try:
        filing_many.begin(batch=batch, actor=request.user, choices=choices, seen=seen)
    except (InvalidInput, RuleBroken) as error:
        status = 409 if isinstance(error, WrongState) else 422
        batch = _batch_or_404(reference)
        return _show(request, batch, problem=str(error), choices=choices, seen=seen, status=status)
    return redirect("filing_batch", reference)


@officers
def stop(request: StaffRequest, reference: str) -> HttpResponse:
    return _act(request, reference, filing_many.stop, _("Stopped. What is filed stays filed."))


@officers
def go_on(request: StaffRequest, reference: str) -> HttpResponse:
    return _act(request, reference, filing_many.go_on, _("The worker goes on."))


@officers
def throw_away(request: StaffRequest, reference: str) -> HttpResponse:
    return _act(request, reference, filing_many.throw_away, _("Thrown away. What is filed stays filed."))


@officers
def rest(request: StaffRequest, reference: str) -> HttpResponse:
    """The rows that couldn't be filed, as a file to correct."""
    try:
        return _csv(filing_many.take_rest(batch=_batch_or_404(reference), actor=request.user), "not-filed.csv")
    except RuleBroken as error:
        messages.error(request, str(error))
        return redirect("filing_batch", reference)


@officers
def progress(request: StaffRequest, reference: str) -> HttpResponse:
    """How far it is, as a piece of the page; once that is another page, the answer tells to load it anew."""
    batch = _batch_or_404(reference)
    if not filing.is_worked_on(batch):
        return load_anew(request)
    return render(request, "cases/many/progress.html", _progress(batch, asked=times_asked(request)))


def state_words(batch: FilingBatch) -> str:
    return str(batch.get_ended_display() if batch.is_over else batch.get_stage_display())


def _act(request: StaffRequest, reference: str, do: Callable[..., None], done: str) -> HttpResponse:
    batch = _batch_or_404(reference)
    if request.method == "POST":
        try:
            do(batch=batch, actor=request.user)
        except (InvalidInput, RuleBroken) as error:
            messages.error(request, str(error))
        else:
            messages.success(request, done)
    return redirect("filing_batch", reference)


def _show(
    request: StaffRequest,
    batch: FilingBatch,
    *,
    problem: str = "",
    choices: Mapping[int, str] | None = None,
    seen: int = 0,
    status: int = 200,
) -> HttpResponse:
    common = {"batch": batch, "ends_on": batch.uploaded_at + dt.timedelta(days=filing_many.KEEP_DAYS)}
    if batch.stage == FilingStage.PREVIEW and not batch.is_over:
        context = common | _preview(batch, choices or {}, seen) | {"problem": problem}
        return render(request, "cases/many/preview.html", context, status=status)
    context = common | _progress(batch, asked=0) | _result(request, batch)
    return render(request, "cases/many/batch.html", context | {"problem": problem}, status=status)


def _preview(batch: FilingBatch, choices: Mapping[int, str], seen: int) -> dict[str, Any]:
    newest = filing_many.newest_case()
    looks = filing_many.preview(batch)
    wrong = [look for look in looks if look.is_wrong]
    doubles = [look for look in looks if look.needs_choice]
    known = filing_many.is_chosen
    return {
        "wrong": wrong,
        "doubles": [
            Choice(row, choices.get(row.row.number, "") if known(row, choices, seen) else "") for row in doubles
        ],
        "good": [look for look in looks if not look.is_wrong and not look.needs_choice],
        "total": len(looks),
        "at_most": len(looks) - len(wrong),
        "seen": newest,
    }


def _progress(batch: FilingBatch, *, asked: int) -> dict[str, Any]:
    counts = filing.counts(batch)
    total = sum(counts.values()) - counts[RowStatus.LEFT_OUT]
    return {
        "batch": batch,
        "counts": counts,
        "total": total,
        "done": total - counts[RowStatus.WAITING],
        "delay": min(FIRST_DELAY * FACTOR**asked, LONGEST_DELAY),
        "asked": asked + 1,
    }


def _result(request: StaffRequest, batch: FilingBatch) -> dict[str, Any]:
    is_working = filing.is_worked_on(batch)
    has_stopped = not batch.is_over and not is_working and batch.stage in {FilingStage.FILING, FilingStage.STOPPED}
    filed = batch.rows.filter(status=RowStatus.FILED).select_related("case").order_by("number")
    return {
        "is_working": is_working,
        "has_stopped": has_stopped,
        "state_words": _("Stopped") if has_stopped else state_words(batch),
        "why": _why_stopped(batch) if has_stopped else "",
        "filed": [] if is_working else filed,
        "not_filed": [] if is_working else [(look, filing_many.why_not(look)) for look in filing_many.not_filed(batch)],
        "is_uploader": batch.uploaded_by_id == request.user.pk,
    }


def _why_stopped(batch: FilingBatch) -> str:
    if batch.stage == FilingStage.FILING:
        errand = filing.errand_of(batch)
        code = errand.problem if errand else ""
        reason = f" {Attention(code).label}." if code in Attention.values else ""
        return _("The worker gave up.") + reason
    reasons = {
        "connection": _("The connection is not in use any more. An administrator can take it into use again."),
        "not_allowed": _("Whoever had it filed is no privacy officer any more. Whoever goes on files the rest."),
        filing_many.RESTORED: _(
            "A backup was restored. Rows that were filed since are waiting again: go on unless they were filed by hand."
        ),
    }
    return reasons.get(batch.why_stopped, "")


def _batch_or_404(reference: str) -> FilingBatch:
    return get_object_or_404(
        FilingBatch.objects.select_related("connection", "uploaded_by", "filed_by"), reference=reference
    )


def _csv(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
