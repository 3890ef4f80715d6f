"""The reports that were asked for, and how far each one is."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from dsr.attention import Attention
from dsr.models import Errand, ErrandKind, ErrandStatus, Report
from dsr.models.errand import LIVE_ERRAND


@dataclass(frozen=True)
class Row:
    report: Report
    status: str
    """A value of `ErrandStatus`."""
    problem: str
    """In words, where the last attempt failed."""

    @property
    def is_live(self) -> bool:
        """Whether the worker has it before it."""
        return self.status in LIVE_ERRAND

    @property
    def label(self) -> str:
        return str(ErrandStatus(self.status).label)


def asked_for() -> QuerySet[Report]:
    """The newest first."""
    return Report.objects.select_related("asked_by").order_by("-pk")


def with_status(reports: list[Report]) -> list[Row]:
    """Each with where its newest errand stands, by one query."""
    errands = Errand.objects.filter(kind=ErrandKind.REPORT, target__in=[row.pk for row in reports])
    newest = {errand.target: errand for errand in errands.order_by("pk")}
    return [_row(report, newest.get(report.pk)) for report in reports]


def _row(report: Report, errand: Errand | None) -> Row:
    if report.is_made:
        return Row(report, ErrandStatus.DONE, "")
    if errand is None or errand.status == ErrandStatus.DONE:  # as after a restore from before it was drawn
        return Row(report, ErrandStatus.FAILED, "")
    code = errand.problem
    return Row(report, errand.status, str(Attention(code).label) if code in Attention.values else code)
