"""Reports as signed PDFs: asked for by a person, drawn by the worker, taken away with an entry in the audit log."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dsr import audit, papercode, queue, storage
from dsr.days import controller_today
from dsr.evidence import accounts as paper
from dsr.evidence.drawing import draw_register, draw_report
from dsr.evidence.records import Drawn
from dsr.exceptions import InvalidInput, NotReady, WrongState
from dsr.models import Errand, ErrandKind, Report, ReportKind, User
from dsr.periods import FIRST_YEAR, LAST_YEAR, MOST_YEARS, Period
from dsr.permissions import READS_REPORTS, raise_if_not
from dsr.selectors import register
from dsr.selectors.figures import figures_of
from dsr.services.languages import raise_if_unknown
from dsr.services.sealing import sealed, verify_at
from dsr.services.wording import report_title

_REFERENCE_LENGTH = 8
"""Characters of five bits: even of a hundred thousand reports of a year, hardly two are called alike."""


def ask(*, actor: User, kind: ReportKind, language: str, period: Period | None = None) -> Report:
    """Ask for a report; the worker draws it. A register has no period. Raises `NotAllowed` and `InvalidInput`."""
    raise_if_not(actor, *READS_REPORTS)
    raise_if_unknown(language)
    if kind == ReportKind.REPORT:
        raise_if_unfit(period)
    with transaction.atomic():
        report = Report.objects.create(
            reference=f"REP-{controller_today().year}-{papercode.new()[:_REFERENCE_LENGTH]}",
            kind=kind,
            start=period.start if period and kind == ReportKind.REPORT else None,
            end=period.end if period and kind == ReportKind.REPORT else None,
            language=language,
            asked_by=actor,
            asked_at=timezone.now(),
        )
        queue.add_errand(kind=ErrandKind.REPORT, target=report.pk)
        audit.record(actor=actor, verb="report_asked", facts=_facts(report))
    return report


def try_again(*, actor: User, report: Report) -> None:
    """Have the worker draw a report that it gave up on. Raises `WrongState` where it has one, or still works on it."""
    raise_if_not(actor, *READS_REPORTS)
    with transaction.atomic():
        fresh = Report.objects.select_for_update().get(pk=report.pk)
        if fresh.is_made or Errand.live_of(ErrandKind.REPORT, fresh.pk).exists():
            raise WrongState(_("This report is finished, or the worker is at it."))
        queue.add_errand(kind=ErrandKind.REPORT, target=fresh.pk)
        audit.record(actor=actor, verb="report_retried", facts=_facts(fresh))


def downloaded(*, actor: User, report: Report) -> None:
    """Write down that somebody takes it away, before any byte is given out. Raises `NotReady` where there is none."""
    raise_if_not(actor, *READS_REPORTS)
    if not report.is_made:
        raise NotReady(_("This report isn't drawn yet."))
    with transaction.atomic():
        audit.record(actor=actor, verb="report_downloaded", facts={**_facts(report), "sha256": report.sha256})


def taken_as_table(*, actor: User, kind: ReportKind, period: Period | None = None) -> None:
    """Write down that somebody takes the figures or the register away as CSV."""
    raise_if_not(actor, *READS_REPORTS)
    days = {"from": period.start.isoformat(), "to": period.end.isoformat()} if period else {}
    with transaction.atomic():
        audit.record(actor=actor, verb="report_table_taken", facts={"kind": str(kind), **days})


def raise_if_unfit(period: Period | None) -> None:
    """Raises `InvalidInput` for a period that ends before it begins, that is very long, or very far away."""
    if period is None:
        raise InvalidInput(_("Give both days."), field="start")
    if period.end < period.start:
        raise InvalidInput(_("The last day is before the first one."), field="end")
    for field, day in (("start", period.start), ("end", period.end)):
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise InvalidInput(_("Choose a day of the years 2000 to 2099."), field=field)
    if period.end - period.start > dt.timedelta(days=366 * MOST_YEARS):
        raise InvalidInput(_("Choose ten years at most."), field="end")


def draw(report_id: int) -> None:
    """Draw, sign and store the report, as of now. One that is there stays as it is, so it may be run twice.

    Raises `NeedsPerson` where the signing certificate has ended, and `StorageFull`.
    """
    report = Report.objects.select_related("asked_by").get(pk=report_id)
    if report.is_made:
        return
    now, code = timezone.now(), papercode.new()
    with translation.override(report.language):
        drawn = sealed(_drawn(report, now, code), about=report_title(report))
    stored = storage.write(None, drawn.pdf)
    if not _keep(report, stored, code=code, pages=drawn.pages, made_at=now, signed_by=drawn.signed_by):
        storage.discard(stored.path)  # another run, which was taken for dead, was there first


def _keep(
    report: Report, stored: storage.Stored, *, code: str, pages: int, made_at: dt.datetime, signed_by: str
) -> bool:
    with storage.discarded_on_error([stored.path]), transaction.atomic():
        made = Report.objects.filter(pk=report.pk, path="").update(
            path=stored.path, size=stored.size, sha256=stored.sha256, code=code, pages=pages, created_at=made_at
        )
        if made:
            facts = {**_facts(report), "sha256": stored.sha256, "signed_by": signed_by}
            audit.record(actor=None, verb="report_made", facts=facts)
    return bool(made)


def _drawn(report: Report, now: dt.datetime, code: str) -> Drawn:
    common: dict[str, Any] = {
        "organisation": settings.ENV.organisation,
        "organisation_address": settings.ENV.organisation_address,
        "is_demo": settings.ENV.is_demo,
        "language": report.language,
        "time_zone": settings.TIME_ZONE,
        "reference": report.reference,
        "made_at": now,
        "made_by_reference": report.asked_by.staff_reference,
        "verify_at": verify_at(code),
    }
    logo = settings.ENV.organisation_logo
    if report.period:
        return draw_report(paper.ReportRecord(figures=figures_of(report.period), **common), logo=logo)
    return draw_register(paper.RegisterRecord(entries=register.entries(report.language), **common), logo=logo)


def _facts(report: Report) -> dict[str, Any]:
    days = {"from": report.start.isoformat(), "to": report.end.isoformat()} if report.start and report.end else {}
    return {"report": report.reference, "kind": report.kind, "language": report.language, **days}
