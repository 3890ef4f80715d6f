"""Let matplotlib paint, and make an SVG of it that a page can hold."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString

from dsr.charts.ink import Ink
from dsr.charts.presentation import presentable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FONT_SIZE = 12.0
_SETTINGS: dict[Any, Any] = {  # matplotlib's stubs name all of its settings one by one
    "svg.fonttype": "none",
    "svg.hashsalt": "dsr",
    "text.parse_math": False,
    "text.usetex": False,
    "font.size": FONT_SIZE,
    "font.family": "DejaVu Sans",  # lies in matplotlib itself, so that every machine measures alike
    "text.color": Ink.INK.value,
}
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")

_matplotlib = RLock()


def draw(paint: Callable[[Axes], None], *, title: str, description: str, width: float, height: float) -> SafeString:
    """What `paint` puts on the axes, as an SVG for a page or a document. The package's docstring says all of it."""
    with _settings():
        from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415

        figure = Figure(figsize=(width / 72, height / 72), dpi=72, frameon=False)
        FigureCanvasSVG(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        paint(axes)
        target = io.StringIO()
        figure.savefig(target, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    svg = presentable(_whole(target.getvalue()), title=_whole(title), description=_whole(description))
    return SafeString(svg)  # an XML writer escaped whatever came from outside


def shortened(text: str, width: float, *, size: float = FONT_SIZE) -> str:
    """The text on one line, without what XML can't hold, cut with “…” where it would be wider than `width` units."""
    line = " ".join(_whole(text).split())
    if measured(line, size=size) <= width:
        return line
    low, high = 0, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measured(f"{line[:middle]}…", size=size) <= width else (low, middle - 1)
    return f"{line[:low].rstrip()}…"


def wrapped(text: str, width: float, *, most: int = 2) -> list[str]:
    """The text on at most so many lines, none wider than `width` units; the last one is cut where there is more."""
    words, lines = shortened(text, width * most).split(), [""]
    for number, word in enumerate(words):
        longer = f"{lines[-1]} {word}".strip()
        if measured(longer) <= width:
            lines[-1] = longer
        elif len(lines) < most and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = " ".join([longer, *words[number + 1 :]])
            break
    return [shortened(line, width) for line in lines]


def measured(text: str, *, size: float = FONT_SIZE) -> float:
    """How wide a line of text is, in units."""
    with _settings():
        from matplotlib.font_manager import FontProperties  # noqa: PLC0415
        from matplotlib.textpath import TextToPath  # noqa: PLC0415

        found = TextToPath().get_text_width_height_descent(_whole(text), FontProperties(size=size), ismath=False)
    return float(found[0])


@contextmanager
def _settings() -> Iterator[None]:
    """Ours alone, whatever file of settings matplotlib found on this machine."""
    with _matplotlib, warnings.catch_warnings():
        # That its own font lacks a character: the page's font is another one.
        warnings.simplefilter("ignore")
        import matplotlib as mpl  # noqa: PLC0415  (most processes never draw)

        with mpl.rc_context():
            mpl.rcdefaults()
            mpl.rcParams.update(_SETTINGS)
            yield


def _whole(text: str) -> str:
    """Without what XML can't hold."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
