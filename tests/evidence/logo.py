"""An invented logo."""

import io

from PIL import Image, ImageDraw

from dsr import logo


def a_logo(size: tuple[int, int] = (600, 180)) -> bytes:
    """A mark of two circles, as it comes out of the check at the start."""
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    height = size[1]
    pen.ellipse((0, 0, height - 1, height - 1), fill=(31, 95, 174, 255))
    pen.ellipse((height // 2, height // 4, height + height // 4, height - 1), fill=(138, 79, 0, 200))
    pen.rectangle((2 * height, height // 3, size[0] - 1, 2 * height // 3), fill=(27, 36, 48, 255))
    target = io.BytesIO()
    picture.save(target, format="PNG")
    return logo.load(target.getvalue())
