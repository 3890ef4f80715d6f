"""Draw a record as a PDF. With `fonts`, the only importer of WeasyPrint."""

import base64
import hashlib
import io
import warnings
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _
from weasyprint import HTML, Attachment
from weasyprint.urls import URLFetcher

from dsr.evidence.fonts import styles
from dsr.evidence.listing import listed, listings
from dsr.evidence.machine_readable import as_json
from dsr.evidence.pictures import page_count, pages_as_png
from dsr.evidence.records import CertificateRecord, Drawn, EvidenceRecord
from dsr.evidence.templates import render
from dsr.evidence.text import cleaned

__all__ = ["draw_certificate", "draw_evidence", "page_count", "pages_as_png"]

BACKUP_DAYS = 30
RECORD_NAME = "record.json"


def draw_evidence(record: EvidenceRecord, *, logo: bytes = b"") -> Drawn:
    """Draw the evidence of a request: A4, tagged, declared as PDF/A-3u; equal records give equal bytes.

    `logo` is the organisation's, as PNG.
    """
    shown = cleaned(record)
    context = {
        "erasure": record.kind == "erasure",
        "plan_summary": list(Counter(line.decision for line in shown.plan_lines).items()),
        "integrations": listed(shown.connection.integrations),
        "export_files": listed(shown.export.files),
    }
    return _draw(
        "evidence/evidence.html", shown, context, made_at=record.prepared_at, attached=as_json(record), logo=logo
    )


def draw_certificate(record: CertificateRecord, *, logo: bytes = b"") -> Drawn:
    """Draw the certificate of a finished erasure request, in the same way."""
    shown = cleaned(record)
    last = max((step.done_at for step in record.deleted), default=record.issued_at)
    context = {"backups_until": last.astimezone(ZoneInfo(record.time_zone)) + timedelta(days=BACKUP_DAYS)}
    return _draw(
        "evidence/certificate.html", shown, context, made_at=record.issued_at, attached=as_json(record), logo=logo
    )


def _draw(
    template: str,
    record: EvidenceRecord | CertificateRecord,
    context: Mapping[str, object],
    *,
    made_at: datetime,
    attached: bytes,
    logo: bytes,
) -> Drawn:
    letterhead = {
        "made_at": made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "logo": f"data:image/png;base64,{base64.b64encode(logo).decode()}" if logo else "",
    }
    html = render(template, {"record": record, **letterhead, **listings(record), **context}, language=record.language)
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
            attachments=[_attachment(attached, made_at, record.language)],
        )
    return Drawn(pdf=pdf, pages=page_count(pdf), sha256=hashlib.sha256(pdf).hexdigest())


def _attachment(record: bytes, made_at: datetime, language: str) -> Attachment:
    """What the PDF says, for a machine. The moments are given, or equal records would give other bytes each time."""
    with translation.override(language):
        description = _("The same as data: canonical JSON")
    return Attachment(
        file_obj=io.BytesIO(record),
        name=RECORD_NAME,
        description=description,
        created=made_at,
        modified=made_at,
        relationship="Data",
    )
