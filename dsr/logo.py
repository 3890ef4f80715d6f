"""The organisation's logo for the documents: a PNG, checked and written anew when the site starts.

SVG isn't taken: it may name files and addresses, hold scripts and nest until memory ends, and no part of it is needed
to print a mark 58 mm wide.
"""

import io
import warnings

from PIL import Image

MOST_BYTES = 1_000_000
MOST_PIXELS = 4_000
"""On either side. What is printed has at most 1,400 on its longer one, 600 dpi at 58 mm."""
_PRINTED_PIXELS = 1_400


def load(content: bytes) -> bytes:
    """The logo as a PNG without metadata. Raises `ValueError` with a sentence on what is wrong with it."""
    if len(content) > MOST_BYTES:
        raise ValueError(f"It is larger than {MOST_BYTES:,} bytes.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # By its sums: WeasyPrint tells Pillow to draw half a picture without a word.
            Image.open(io.BytesIO(content), formats=["PNG"]).verify()
            with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
                if max(picture.size) > MOST_PIXELS:
                    width, height = picture.size
                    raise ValueError(f"It has {width} × {height} pixels; at most {MOST_PIXELS} a side are taken.")
                shown = picture.convert("RGBA")
    except (OSError, SyntaxError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise ValueError("It isn't a PNG that can be read. Other formats, SVG too, are not taken.") from None
    shown.thumbnail((_PRINTED_PIXELS, _PRINTED_PIXELS))
    target = io.BytesIO()
    shown.save(target, format="PNG", icc_profile=None)  # which may name its author
    return target.getvalue()
