"""SegMetrics' attribution report for a range of days: what came of which channel. No person stands in it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dsr.connectors.shown import ReportSeen
from dsr.exceptions import InvalidInput
from dsr.models import Connection
from dsr.services.using import Behalf, catalogue_of

DIMENSIONS = {
    "channel": gettext_lazy("Channel"),
    "utm_source": gettext_lazy("Source"),
    "utm_medium": gettext_lazy("Medium"),
    "utm_campaign": gettext_lazy("Campaign"),
}
MODELS = {"last_touch": gettext_lazy("Last touch"), "first_touch": gettext_lazy("First touch")}
"""Models other than the last touch are ASSUMED."""
_LONGEST = 3660


def report(
    *,
    connection: Connection,
    behalf: Behalf,
    start: dt.date,
    end: dt.date,
    by: str = "channel",
    model: str = "last_touch",
) -> ReportSeen:
    """Leads, customers, orders and revenue by channel, or by what `by` names. Both days are included."""
    if start > end:
        raise InvalidInput(_("The last day is before the first."), field="end")
    if (end - start).days > _LONGEST:
        raise InvalidInput(_("At most ten years at once."), field="start")
    if by not in DIMENSIONS or model not in MODELS:
        raise InvalidInput(_("Choose from the list."), field="by")
    with catalogue_of(connection, behalf=behalf) as actions:
        return actions.attribution(start=start, end=end, by=f"clicks.{by}", model=model)


def bars_of(found: ReportSeen, metric: str) -> tuple[list[str], list[float]]:
    """Names and values for a chart, the largest first. What is no number counts as nothing."""
    keys = [key for key, _name in found.fields]
    if metric not in keys or not keys:
        return [], []
    pairs = [(str(row.get(keys[0]) or "–"), amount(row.get(metric))) for row in found.rows]
    pairs.sort(key=lambda pair: (-pair[1], pair[0]))
    return [name for name, _value in pairs], [value for _name, value in pairs]


def amount(value: Any) -> float:
    """A number of a report, as a chart can take it."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 0
    if not 0 <= number < float("inf"):
        return 0
    return int(number) if number.is_integer() else number
