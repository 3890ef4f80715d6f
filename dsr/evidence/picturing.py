"""The charts of the figures, in the active language: for the page and for the document."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dsr.charts import Ink, bars, stacked
from dsr.evidence.accounts import Count, Figures


@dataclass(frozen=True)
class Chart:
    """A picture with the heading above it. Where there is nothing to draw, the picture is empty."""

    heading: str
    svg: SafeString | str


def charts_of(figures: Figures) -> dict[str, Chart]:
    """One for each list of figures that says more as a picture, by the list's name."""
    kinds = {row.code: row.label for row in figures.by_kind}
    months = [month.label for month in figures.by_month]
    parts = {
        label: [count.count for month in figures.by_month for count in month.received if count.code == code]
        for code, label in kinds.items()
    }
    heading = _("Requests by month")
    return {
        "by_month": Chart(heading, stacked(months, parts, title=heading) if figures.received else ""),
        "by_ending": _of(_("How they ended"), figures.by_ending, Ink.FIRST),
        "by_state": _of(_("Where they stand"), figures.by_state, Ink.FIRST),
        "by_channel": _of(_("How they came"), figures.by_channel, Ink.FIRST),
        "answered_within": _of(_("Days to the answer"), figures.answered_within, Ink.THIRD),
        "refusals": _of(_("Refusals by ground"), figures.refusals, Ink.SECOND),
        "erased": _of(_("Records deleted"), figures.erased, Ink.FIFTH),
    }


def _of(heading: str, counts: tuple[Count, ...], ink: Ink) -> Chart:
    if not any(row.count for row in counts):
        return Chart(heading, "")
    labels, values = [row.label for row in counts], [row.count for row in counts]
    return Chart(heading, bars(labels, values, title=heading, ink=ink))
