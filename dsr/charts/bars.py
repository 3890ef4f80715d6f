"""One bar for each category, from the left, with its value behind it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from django.utils.formats import number_format
from django.utils.safestring import SafeString

from dsr.charts.drawing import draw, measured, shortened
from dsr.charts.ink import Ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 440.0
MOST = 24
"""Rows that are drawn at most; the last then stands for all the others."""
_ROW, _BAR, _GAP = 26.0, 14.0, 10.0


def bars(
    categories: Sequence[str],
    values: Sequence[float],
    *,
    title: str,
    ink: Ink = Ink.FIRST,
    written: Callable[[float], str] | None = None,
    others: str = "…",
) -> SafeString:
    """A chart of non-negative values. Where there are more than `MOST`, `others` names the sum of the rest.

    Its description lists every value, so nothing is seen only by eye. `written` writes a value, in place of `counted`.
    Raises `ValueError` for what is no such value.
    """
    written = written or counted
    rows = list(zip(categories, values, strict=True))
    raise_if_unfit(values)
    description = "; ".join(f"{category}: {written(value)}" for category, value in rows)
    if len(rows) > MOST:
        rows = [*rows[: MOST - 1], (others, sum(value for _category, value in rows[MOST - 1 :]))]

    def paint(axes: Axes) -> None:
        _paint(axes, rows, ink=ink, written=written)

    return draw(paint, title=title, description=description, width=WIDTH, height=_ROW * max(len(rows), 1))


def counted(value: float) -> str:
    """A number as the active language writes it."""
    return number_format(value, force_grouping=True)


def raise_if_unfit(values: Sequence[float]) -> None:
    """Raises `ValueError` for a negative value, and for one that is no number."""
    if not all(math.isfinite(value) and value >= 0 for value in values):
        raise ValueError("A chart takes values from zero up.")


def _paint(axes: Axes, rows: list[tuple[str, float]], *, ink: Ink, written: Callable[[float], str]) -> None:
    labels = [shortened(category, WIDTH * 0.45) for category, _value in rows]
    numbers = [written(value) for _category, value in rows]
    left = max(map(measured, labels), default=0) + _GAP
    room = WIDTH - left - max(map(measured, numbers), default=0) - _GAP
    most = max((value for _category, value in rows), default=0) or 1
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(_ROW * max(len(rows), 1), 0)
    for at, ((_category, value), label, number) in enumerate(zip(rows, labels, numbers, strict=True)):
        middle, length = _ROW * (at + 0.5), room * value / most
        axes.text(0, middle, label, va="center_baseline")
        if value:
            axes.barh(middle, length, height=_BAR, left=left, color=ink.value, clip_on=False)
        axes.text(left + length + _GAP / 2, middle, number, va="center_baseline", color=Ink.SOFT.value)
    if not rows:
        axes.text(WIDTH / 2, _ROW / 2, "–", va="center_baseline", ha="center", color=Ink.SOFT.value)
