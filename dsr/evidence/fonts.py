"""The fonts of the documents: they lie beside the code, so that a page looks the same on every machine.

Names come in every script. Latin, Greek, Cyrillic, Arabic and Hebrew are here; for others the machine's own fonts
are taken where it has some (docs/documents.md names the package for Chinese, Japanese and Korean).
"""

from functools import cache
from pathlib import Path
from typing import Any

from weasyprint import CSS
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

ASSETS = Path(__file__).parent / "assets"
FONTS = ASSETS / "fonts"
SCHEME = "font:"


@cache
def _files() -> dict[str, bytes]:
    return {f"{SCHEME}{file.name}": file.read_bytes() for file in FONTS.glob("*.ttf")}


class _OwnFonts(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """For our stylesheet alone: it knows the files of one folder by name, and reads nothing else from anywhere."""

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:  # noqa: ARG002 - WeasyPrint calls it so
        return URLFetcherResponse(url, _files()[url], {"Content-Type": "font/ttf"})


def styles() -> tuple[CSS, FontConfiguration]:
    """The documents' stylesheet with its fonts, made for one drawing: Pango's objects belong to one thread."""
    fonts = FontConfiguration()
    text = (ASSETS / "document.css").read_text(encoding="utf-8")
    return CSS(string=text, url_fetcher=_OwnFonts(), font_config=fonts), fonts
