"""Accountability: the figures of a period, the register of connections, and both as PDF and CSV."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _

from dsr import periods
from dsr.days import controller_today
from dsr.evidence.picturing import charts_of
from dsr.exceptions import InvalidInput, RuleBroken, Unreadable
from dsr.exports.accounts import figures_as_csv, register_as_csv
from dsr.forms.errors import point_to_first
from dsr.forms.reports import LanguageForm, PeriodForm
from dsr.languages import LANGUAGES
from dsr.models import Report, ReportKind
from dsr.periods import Period
from dsr.permissions import READS_REPORTS
from dsr.selectors import register, reports
from dsr.selectors.figures import figures_of
from dsr.selectors.staff import StaffRequest
from dsr.services import reports as service
from dsr.views.documents import taken_away
from dsr.views.guards import for_roles
from dsr.views.idle import load_anew

readers = for_roles(*READS_REPORTS)
SHOWN = 20


@readers
def page(request: StaffRequest) -> HttpResponse:
    """The figures of a period; of this year where none is given."""
    given = {"start", "end"} & request.GET.keys()
    today = controller_today()
    first = periods.this_year(today)
    form = PeriodForm(request.GET if given else None, initial={"start": first.start, "end": first.end})
    is_valid = form.is_valid()
    context: dict[str, object] = {"form": form, "presets": _presets(today), **_made(request)}
    if given and not is_valid:
        point_to_first(form)
        return render(request, "reports/figures.html", context, status=422)
    period = form.cleaned_data["period"] if is_valid else first
    figures = figures_of(period)
    context |= {"figures": figures, "charts": charts_of(figures), "period": period, "query": _query(period)}
    return render(request, "reports/figures.html", context)


@readers
def figures_csv(request: StaffRequest) -> HttpResponse:
    form = PeriodForm(request.GET)
    if not form.is_valid():
        return redirect("reports")
    period: Period = form.cleaned_data["period"]
    content = figures_as_csv(figures_of(period))
    service.taken_as_table(actor=request.user, kind=ReportKind.REPORT, period=period)
    return _csv(content, f"requests-{period.start:%Y%m%d}-{period.end:%Y%m%d}.csv")


@readers
def register_page(request: StaffRequest) -> HttpResponse:
    """The record of processing activities, in a language that the connections' records are kept in."""
    language = _language(request)
    context = {
        "entries": register.entries(language),
        "language": language,
        "languages": LANGUAGES,
        "organisation_address": settings.ENV.organisation_address,
        **_made(request),
    }
    return render(request, "reports/register.html", context)


@readers
def register_csv(request: StaffRequest) -> HttpResponse:
    language = _language(request)
    content = register_as_csv(register.entries(language))
    service.taken_as_table(actor=request.user, kind=ReportKind.REGISTER)
    return _csv(content, f"processing-activities-{language}.csv")


@readers
def make(request: StaffRequest) -> HttpResponse:
    """Ask for the PDF of what the page shows."""
    if request.method != "POST":
        return redirect("reports")
    is_register = request.POST.get("kind") == ReportKind.REGISTER
    kind = ReportKind.REGISTER if is_register else ReportKind.REPORT
    form = PeriodForm(request.POST)
    period = form.cleaned_data.get("period") if form.is_valid() and not is_register else None
    back = reverse("register") if is_register else f"{reverse('reports')}?{_query(period) if period else ''}"
    try:
        service.ask(actor=request.user, kind=kind, language=request.POST.get("language", ""), period=period)
        messages.success(request, _("The worker draws it. It stands in the list below once it is finished."))
    except InvalidInput as error:
        messages.error(request, str(error))
    return redirect(back)


@readers
def again(request: StaffRequest, pk: int) -> HttpResponse:
    report = get_object_or_404(Report, pk=pk)
    if request.method == "POST":
        try:
            service.try_again(actor=request.user, report=report)
        except RuleBroken as error:
            messages.error(request, str(error))
    return redirect("register" if report.kind == ReportKind.REGISTER else "reports")


@readers
def progress(request: StaffRequest) -> HttpResponse:
    """Whether the worker is through; the page asks by itself, and is told to load anew once something has changed."""
    waiting = sum(row.is_live for row in reports.with_status(list(reports.asked_for()[:SHOWN])))
    if request.GET.get("waiting") != str(waiting):
        return load_anew(request)
    return HttpResponse(status=204)


@readers
def download(request: StaffRequest, pk: int) -> HttpResponseBase:
    report = get_object_or_404(Report, pk=pk)
    try:
        service.downloaded(actor=request.user, report=report)
        return taken_away(report)
    except (RuleBroken, Unreadable) as error:
        messages.error(request, str(error))
        return redirect("reports")


def _presets(today: dt.date) -> list[tuple[str, str]]:
    return [
        (label, _query(period(today)))
        for label, period in (
            (_("This month"), periods.this_month),
            (_("Last quarter"), periods.last_quarter),
            (_("This year"), periods.this_year),
            (_("Last year"), periods.last_year),
        )
    ]


def _made(request: StaffRequest) -> dict[str, object]:
    """The list of reports that were asked for, a page of it at a time."""
    pages = Paginator(reports.asked_for(), SHOWN).get_page(request.GET.get("page"))
    rows = reports.with_status(list(pages.object_list))
    return {
        "made": rows,
        "pages": pages,
        "waiting": sum(row.is_live for row in rows),
        "language_form": LanguageForm(initial={"language": _language(request)}),
    }


def _query(period: Period) -> str:
    return urlencode({"start": period.start.isoformat(), "end": period.end.isoformat()})


def _language(request: StaffRequest) -> str:
    asked = request.GET.get("language", "")
    return asked if asked in LANGUAGES else str(settings.ENV.document_language)


def _csv(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
