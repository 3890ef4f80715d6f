"""Visits and purchases over the months: a column for what happened often, a dot for what happened seldom."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.dateformat import format as written_as
from django.utils.safestring import SafeString

from dsr.charts.bars import WIDTH, counted, raise_if_unfit
from dsr.charts.drawing import draw, measured, shortened
from dsr.charts.ink import Ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Month = tuple[int, int]
"""Year and month."""
MOST = 600
"""Months that are drawn at most: the newest."""
_LEGEND, _LANE, _PLOT, _FOOT, _GAP, _SMALL = 24.0, 22.0, 96.0, 24.0, 8.0, 11.0


def timeline(
    often: Mapping[Month, int], seldom: Mapping[Month, int], *, labels: tuple[str, str], title: str, description: str
) -> SafeString:
    """A picture of two counts by month. `labels` name them; `description` says what the picture shows.

    Raises `ValueError` where there is no month at all, and for a negative count.
    """
    raise_if_unfit([*often.values(), *seldom.values()])
    seen = [_number(month) for month in (*often, *seldom)]
    last = max(seen)
    first = max(min(seen), last - MOST + 1)

    def paint(axes: Axes) -> None:
        axes.set_xlim(0, WIDTH)
        axes.set_ylim(_LEGEND + _LANE + _PLOT + _FOOT, 0)
        _paint_legend(axes, labels)
        top = max((count for month, count in often.items() if _number(month) >= first), default=0)
        left = measured(counted(top), size=_SMALL) + _GAP
        _paint_ground(axes, left=left, top=top)
        slot = (WIDTH - left) / (last - first + 1)
        for at in range(first, last + 1):
            middle = left + slot * (at - first + 0.5)
            if count := often.get(_month(at), 0):
                height = max(_PLOT * count / top, 1.5)
                axes.bar(middle, -height, width=min(slot * 0.8, 34), bottom=_BOTTOM, color=Ink.FIRST.value)
            if seldom.get(_month(at)):
                axes.plot([middle], [_LEGEND + _LANE / 2], "o", color=Ink.SECOND.value, markersize=7, clip_on=False)
        _paint_days(axes, first, last, left=left, slot=slot)

    return draw(paint, title=title, description=description, width=WIDTH, height=_LEGEND + _LANE + _PLOT + _FOOT)


_BOTTOM = _LEGEND + _LANE + _PLOT


def _number(month: Month) -> int:
    return month[0] * 12 + month[1] - 1


def _month(number: int) -> Month:
    return number // 12, number % 12 + 1


def _paint_legend(axes: Axes, labels: tuple[str, str]) -> None:
    often, seldom = (shortened(label, WIDTH / 2 - 30) for label in labels)
    middle = _LEGEND / 2
    axes.barh(middle, 11, height=11, left=0, color=Ink.FIRST.value)
    axes.text(17, middle, often, va="center_baseline", color=Ink.SOFT.value)
    right = 17 + measured(often) + 3 * _GAP
    axes.plot([right], [middle], "o", color=Ink.SECOND.value, markersize=7)
    axes.text(right + 10, middle, seldom, va="center_baseline", color=Ink.SOFT.value)


def _paint_ground(axes: Axes, *, left: float, top: int) -> None:
    for mark in {0, top}:
        y = _BOTTOM - (_PLOT if mark else 0)
        axes.plot([left, WIDTH], [y, y], color=Ink.LINE.value, linewidth=1, zorder=0, clip_on=False)
        axes.text(left - _GAP, y, counted(mark), va="center_baseline", ha="right", size=_SMALL, color=Ink.SOFT.value)


def _paint_days(axes: Axes, first: int, last: int, *, left: float, slot: float) -> None:
    """Years where there are several, else months; as many as have room."""
    is_long = last - first >= 24
    steps = [at for at in range(first, last + 1) if not is_long or at % 12 == 0]
    names = [_named(_month(at), is_long=is_long) for at in steps]
    room = slot * (12 if is_long else 1)
    widest = max(map(_width, names))
    every = math.ceil((widest + _GAP) / room)
    for at, name in list(zip(steps, names, strict=True))[::every]:
        middle = left + slot * (at - first + 0.5)
        # At the edges the name stays within the picture.
        middle = min(max(middle, _width(name) / 2), WIDTH - _width(name) / 2)
        if is_long:
            x = left + slot * (at - first)
            axes.plot([x, x], [_BOTTOM, _BOTTOM + 4], color=Ink.LINE.value, linewidth=1, clip_on=False)
        axes.text(
            middle, _BOTTOM + _FOOT / 2, name, va="center_baseline", ha="center", size=_SMALL, color=Ink.SOFT.value
        )


def _width(name: str) -> float:
    return measured(name, size=_SMALL)


def _named(month: Month, *, is_long: bool) -> str:
    return written_as(dt.date(*month, 1), "Y" if is_long else "M Y")
