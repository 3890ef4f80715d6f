"""The impact of an erasure on the figures, for whoever reads the screen."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from dsr.exports.money import amount
from dsr.models import Errand, ErrandKind, ErrandStatus, Impact, Plan


@dataclass(frozen=True)
class Row:
    """One channel, with amounts in words. Before and after stand only where the totals were read and fit."""

    channel: str
    by_first: str
    by_last: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Shown:
    rows: list[Row]
    total: str
    orders: int
    refunded: int
    refunded_amount: str
    unread: int
    staying: int
    start: dt.date | None
    end: dt.date | None
    """The day until which the totals count, where they were read."""
    is_reading: bool
    has_failed: bool


def impact_of(plan: Plan | None) -> Shown | None:
    """Of the newest plan, where the preparation has worked it out. Its case's contents have to be there still."""
    row = Impact.objects.filter(plan=plan).first() if plan else None
    if plan is None or row is None:
        return None
    row.plan = plan  # whose case has its key at hand
    kept = row.figures
    told, totals = kept["told"], kept.get("totals")
    last = Errand.objects.filter(kind=ErrandKind.IMPACT, target=plan.pk).order_by("-pk").first()
    channels = sorted({*kept["by_first"], *kept["by_last"]}, key=lambda name: -kept["by_last"].get(name, 0))
    return Shown(
        rows=[_row(name, kept, totals["by_channel"] if totals else None) for name in channels],
        total=amount(sum(kept["by_last"].values())),
        orders=told.get("orders", 0),
        refunded=told.get("refunded", 0),
        refunded_amount=amount(told.get("refunded_cents", 0)),
        unread=told.get("unread", 0),
        staying=told.get("staying", 0),
        start=dt.date.fromisoformat(kept["start"]) if kept["start"] else None,
        end=dt.date.fromisoformat(totals["end"]) if totals else None,
        is_reading=bool(last and last.is_live),
        has_failed=bool(last and last.status == ErrandStatus.FAILED),
    )


def _row(name: str, kept: dict[str, Any], totals: dict[str, int] | None) -> Row:
    own = kept["by_last"].get(name, 0)
    row = Row(name or _("No channel known"), amount(kept["by_first"].get(name, 0)), amount(own))
    before = None if totals is None else totals.get(name)
    if before is None or before < own:  # SegMetrics attributes otherwise: then nothing is said rather than a guess
        return row
    return Row(row.channel, row.by_first, row.by_last, amount(before), amount(before - own))
