"""One bar for each category, from the left, with its value behind it; a long label stands above its bar."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from django.utils.formats import number_format
from django.utils.safestring import SafeString

from dsr.charts.drawing import draw, measured, wrapped
from dsr.charts.ink import Ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 380.0
MOST = 24
"""Rows that are drawn at most; the last then stands for all the others."""
_ROW, _LINE, _BAR, _GAP, _LIFT = 26.0, 15.0, 14.0, 10.0, 4.0


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

    labels = [wrapped(category, WIDTH) for category, _value in rows]
    is_tall = any(len(lines) > 1 or measured(lines[0]) > WIDTH * 0.64 for lines in labels)
    row = _ROW + (_LINE * max(map(len, labels)) if is_tall else 0)

    def paint(axes: Axes) -> None:
        axes.set_xlim(0, WIDTH)
        axes.set_ylim(row * max(len(rows), 1), 0)
        if not rows:
            axes.text(WIDTH / 2, row / 2, "–", va="center_baseline", ha="center", color=Ink.SOFT.value)
        numbers = [written(value) for _category, value in rows]
        left = 0 if is_tall else max((measured(lines[0]) for lines in labels), default=0) + _GAP
        room = WIDTH - left - max(map(measured, numbers), default=0) - _GAP
        most = max((value for _category, value in rows), default=0) or 1
        for at, ((_category, value), lines, number) in enumerate(zip(rows, labels, numbers, strict=True)):
            middle = row * at + _ROW / 2
            for line in lines:
                # A label above its bar is lifted off it.
                axes.text(0, middle - (_LIFT if is_tall else 0), line, va="center_baseline")
                middle += _LINE if is_tall else 0
            length = room * value / most
            if value:
                axes.barh(middle, length, height=_BAR, left=left, color=ink.value, clip_on=False)
            axes.text(left + length + _GAP / 2, middle, number, va="center_baseline", color=Ink.SOFT.value)

    return draw(paint, title=title, description=description, width=WIDTH, height=row * max(len(rows), 1))


def counted(value: float) -> str:
    """A number as the active language writes it."""
    return number_format(value, force_grouping=True)


def raise_if_unfit(values: Sequence[float]) -> None:
    """Raises `ValueError` for a negative value, and for one that is no number."""
    if not all(math.isfinite(value) and value >= 0 for value in values):
        raise ValueError("A chart takes values from zero up.")
