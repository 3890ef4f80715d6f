"""Columns made of parts, one for each step of time, over a quiet grid, with a legend."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString

from dsr.charts.bars import WIDTH, counted, raise_if_unfit
from dsr.charts.drawing import draw, measured, shortened
from dsr.charts.ink import SERIES, Ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PLOT, _LEGEND_ROW, _FOOT, _GAP = 150.0, 20.0, 26.0, 8.0
_SMALL = 11.0


def stacked(
    steps: Sequence[str], parts: Mapping[str, Sequence[float]], *, title: str, beside: bool = False
) -> SafeString:
    """A column for each step, made of its value in each of `parts` (a label, and a value for each step).

    With `beside`, the parts stand beside each other: for values whose sum says nothing.

    Its description lists every value. Raises `ValueError` for what is no value from zero up, and for more parts than
    there are colours.
    """
    if len(parts) > len(SERIES):
        raise ValueError("A stacked chart has at most six parts.")
    for values in parts.values():
        raise_if_unfit(values)
        if len(values) != len(steps):
            raise ValueError("Each part of a stacked chart has a value for each step.")
    description = "; ".join(
        f"{step}: " + ", ".join(f"{label} {counted(values[at])}" for label, values in parts.items())
        for at, step in enumerate(steps)
    )
    legend = _legend(list(parts))
    head = _LEGEND_ROW * (max((row for row, *_rest in legend), default=-1) + 1) + _GAP
    height = head + _PLOT + _FOOT

    def paint(axes: Axes) -> None:
        axes.set_xlim(0, WIDTH)
        axes.set_ylim(height, 0)
        for number, (row, left, label) in enumerate(legend):
            middle = _LEGEND_ROW * (row + 0.5)
            axes.barh(middle, 11, height=11, left=left, color=SERIES[number].value, clip_on=False)
            axes.text(left + 17, middle, label, va="center_baseline", color=Ink.SOFT.value)
        _paint_columns(axes, steps, parts, bottom=head + _PLOT, beside=beside)

    return draw(paint, title=title, description=description, width=WIDTH, height=height)


def _legend(labels: Sequence[str]) -> list[tuple[int, float, str]]:
    """(row, left, label) of each entry; they flow as words do."""
    placed: list[tuple[int, float, str]] = []
    row, left = 0, 0.0
    for label in (shortened(label, WIDTH - 20) for label in labels):
        width = 17 + measured(label) + 2 * _GAP
        if left and left + width > WIDTH:
            row, left = row + 1, 0.0
        placed.append((row, left, label))
        left += width
    return placed


def _paint_columns(
    axes: Axes, steps: Sequence[str], parts: Mapping[str, Sequence[float]], *, bottom: float, beside: bool
) -> None:
    together = max if beside else sum
    totals = [together([0, *(values[at] for values in parts.values())]) for at in range(len(steps))]
    top = _round_up(max(totals, default=0))
    marks = (0, top // 2, top)
    left = max(measured(counted(mark), size=_SMALL) for mark in marks) + _GAP
    for mark in marks:
        y = bottom - _PLOT * mark / top
        axes.plot([left, WIDTH], [y, y], color=Ink.LINE.value, linewidth=1, zorder=0, clip_on=False)
        axes.text(left - _GAP, y, counted(mark), va="center_baseline", ha="right", size=_SMALL, color=Ink.SOFT.value)
    if not steps:
        axes.text((left + WIDTH) / 2, bottom - _PLOT / 4, "–", va="center_baseline", ha="center", color=Ink.SOFT.value)
    slot = (WIDTH - left) / max(len(steps), 1)
    every = math.ceil(max((measured(step, size=_SMALL) for step in steps), default=0) * 1.15 / slot) or 1
    for at, step in enumerate(steps):
        middle, y = left + slot * (at + 0.5), bottom
        width = min(slot * 0.7, 40)
        for number, (values, ink) in enumerate(zip(parts.values(), SERIES, strict=False)):
            if not values[at]:
                continue
            size = _PLOT * values[at] / top
            if beside:
                own = width / len(parts)
                left_of_it = middle - width / 2 + own * number
                axes.bar(left_of_it, -size, width=own, bottom=bottom, align="edge", color=ink.value, clip_on=False)
            else:
                axes.bar(middle, -size, width=width, bottom=y, color=ink.value, clip_on=False)
                y -= size
        if at % every == 0:
            inside = min(middle, WIDTH - measured(step, size=_SMALL) / 2)  # the last one may be wider than its slot
            axes.text(
                inside, bottom + _FOOT / 2, step, va="center_baseline", ha="center", size=_SMALL, color=Ink.SOFT.value
            )


def _round_up(value: float) -> int:
    """The next even number that is easily read: 2, 4, 10, 20, 40, 100 …"""
    size = 1
    while True:
        for step in (2, 4, 6, 8):
            if value <= step * size:
                return step * size
        size *= 10
