"""From HTML to a PDF. The only importer of WeasyPrint, which takes most of a second: import this where it is used."""

from __future__ import annotations

import io
import warnings
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

STYLES = Path(__file__).parent / "assets" / "document.css"
RECORD_NAME = "record.json"


def as_pdf(html: str, *, attached: bytes, made_at: datetime) -> bytes:
    """A4, tagged, declared as PDF/A-3u, with `attached` as data; equal arguments give equal bytes."""
    # Names come from outside: nothing may be loaded for them, from the disk as little as from the net.
    fetcher = URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    fonts = FontConfiguration()
    styles = CSS(string=STYLES.read_text(encoding="utf-8"), url_fetcher=fetcher, font_config=fonts)
    document = HTML(string=html, base_url=None, url_fetcher=fetcher)
    with warnings.catch_warnings():
        # WeasyPrint 70 leaves closing its colour profile to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        pdf: bytes = document.write_pdf(
            stylesheets=[styles],
            font_config=fonts,
            pdf_variant="pdf/a-3u",
            pdf_tags=True,
            attachments=[_attachment(attached, made_at)],
        )
    return pdf


def _attachment(record: bytes, made_at: datetime) -> Attachment:
    """What the PDF says, for a machine. The moments are given, or equal records would give other bytes each time."""
    return Attachment(
        file_obj=io.BytesIO(record),
        name=RECORD_NAME,
        description=_("The same as data: canonical JSON"),
        created=made_at,
        modified=made_at,
        relationship="Data",
    )
