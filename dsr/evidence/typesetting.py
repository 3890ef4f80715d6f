"""From HTML to a PDF. It takes most of a second to import: do so where it is used.

With `fonts` the only importer of WeasyPrint.
"""

from __future__ import annotations

import io
import warnings
from datetime import datetime

from weasyprint import HTML, Attachment
from weasyprint.urls import URLFetcher

from dsr.evidence.fonts import styles
from dsr.evidence.machine_readable import RECORD_NAME


def as_pdf(html: str, *, attached: bytes, description: str, made_at: datetime) -> bytes:
    """A4, tagged, declared as PDF/A-3u, with `attached` (if any) as data and what it is.

    Equal arguments give equal bytes.
    """
    # Names come from outside: nothing may be loaded for them, from the disk as little as from the net.
    fetcher = URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    style, fonts = styles()
    document = HTML(string=html, base_url=None, url_fetcher=fetcher)
    with warnings.catch_warnings():
        # WeasyPrint 70 leaves closing its colour profile to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        pdf: bytes = document.write_pdf(
            stylesheets=[style],
            font_config=fonts,
            pdf_variant="pdf/a-3u",
            pdf_tags=True,
            attachments=[_attachment(attached, description, made_at)] if attached else None,
        )
    return pdf


def _attachment(record: bytes, description: str, made_at: datetime) -> Attachment:
    """What the PDF says, for a machine. The moments are given, or equal records would give other bytes each time."""
    return Attachment(
        file_obj=io.BytesIO(record),
        name=RECORD_NAME,
        description=description,
        created=made_at,
        modified=made_at,
        relationship="Data",
    )
