"""Charts as SVG, drawn on the server by matplotlib. The only importer of it, and not before the first chart.

`bars`, `stacked` and `timeline` draw figures. For a chart of another kind, write a function that paints on matplotlib's
axes, and let `draw` make an SVG of it::

    def paint(axes: Axes) -> None:
        axes.hlines(0, 0, 10, color=Ink.LINE)
        axes.plot(days, heights, "o", color=Ink.FIRST, clip_on=False)
        axes.text(0, 1, shortened(name, 200), color=Ink.INK)

    svg = draw(paint, title="Visits", description="Three visits in May.", width=440, height=120)

The axes fill the picture and have no frame, ticks or ground of their own; a point of matplotlib is a unit of the SVG,
so widths and font sizes are those of the page. What `draw` sees to:

- **Strict Content-Security-Policy**: no style attribute or element, no script, no reference to anything outside.
- **Dark mode**: only colours of `Ink` are taken. Each stands as an attribute, for PDFs and files by themselves, and as
  a class (`fill-first`, `line-ink`), by which the page's stylesheet names it anew.
- **Whoever doesn't see it**: `role="img"`, `title` is its name and `description` what it shows. Text stays text, in
  the page's own font; it is measured in one that is wider than most.
- **Foreign text** is escaped and read as no formula; `shortened` also replaces what XML can't hold, so give each name
  through it, after `dsr.evidence.text.clean` where it may hide or turn what stands around it. The result is safe to
  stand in a page as it is.
- **Equal input gives equal bytes**: no date, no random id, no setting of the machine's. Ids begin with a digest of the
  picture, so that several may stand on one page.

Painting is done under a lock: matplotlib's settings are the process's. The first chart costs about a second and 60 MB
for the import, each further one some tens of milliseconds.
"""

from dsr.charts.bars import bars
from dsr.charts.drawing import draw, shortened
from dsr.charts.ink import SERIES, Ink
from dsr.charts.stacked import stacked
from dsr.charts.timeline import Month, timeline

__all__ = ["SERIES", "Ink", "Month", "bars", "draw", "shortened", "stacked", "timeline"]
