"""Pictures of the pages of fixed documents, small and grey. `make pages` draws them anew."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

from dsr.evidence.pictures import pages_as_png
from dsr.evidence.records import Drawn

FOLDER = Path(__file__).parent / "pages"
DPI = 50
TOLERANCE = 0.006
"""The part of a page that may look otherwise: another version of Pango or Skia shades the edges of letters a little."""
_NOTICED = 40
"""A difference of grey, of 255, that an eye sees once the edges of letters are blurred."""


def pictures(name: str, drawn: Drawn) -> Iterator[tuple[str, Image.Image]]:
    """Each page with the name of its file."""
    for number in range(1, drawn.pages + 1):
        png = pages_as_png(drawn.pdf, number, scale=DPI / 72)
        yield f"{name}-{number}.png", Image.open(io.BytesIO(png)).convert("L")


def difference(one: Image.Image, other: Image.Image) -> float:
    """Which part of the page an eye would see as different: from 0 to 1."""
    if one.size != other.size:
        return 1.0
    blurred = [picture.filter(ImageFilter.GaussianBlur(1)) for picture in (one, other)]
    seen = ImageChops.difference(*blurred).point(lambda grey: 255 if grey > _NOTICED else 0)
    return seen.histogram()[255] / (seen.width * seen.height)


def stored(name: str) -> Image.Image:
    """A page as it is meant to look."""
    return Image.open(FOLDER / name).convert("L")
