"""The organisation's logo: a PNG of a decent size, and nothing else."""

import io

import pytest
from PIL import Image, ImageFile, PngImagePlugin

from dsr import logo


def a_png(size: tuple[int, int] = (300, 100), *, text: str = "") -> bytes:
    about = PngImagePlugin.PngInfo()
    if text:
        about.add_text("Comment", text)
    target = io.BytesIO()
    Image.new("RGBA", size, (31, 95, 174, 255)).save(target, format="PNG", pnginfo=about)
    return target.getvalue()


def test_a_logo_is_written_anew_without_what_else_stood_in_it() -> None:
    written = logo.load(a_png(text="made by Linda"))
    assert b"Linda" not in written
    assert Image.open(io.BytesIO(written)).size == (300, 100)
    assert logo.load(a_png(text="made by Linda")) == written


def test_a_large_one_is_made_smaller() -> None:
    assert Image.open(io.BytesIO(logo.load(a_png((2_800, 700))))).size == (1_400, 350)


def test_another_kind_of_picture_is_refused_whatever_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    target = io.BytesIO()
    Image.new("RGB", (10, 10)).save(target, format="JPEG")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as WeasyPrint sets it
    for content in (target.getvalue(), svg, b"", a_png()[:60], b"\x89PNG\r\n\x1a\n" + b"\x00" * 40):
        with pytest.raises(ValueError, match="isn't a PNG"):
            logo.load(content)


def test_one_that_is_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="4001 × 10 pixels"):
        logo.load(a_png((4_001, 10)))
    with pytest.raises(ValueError, match=r"larger than 1,000,000 bytes"):
        logo.load(a_png() + b"\x00" * 1_000_000)
