"""Draw a record as a PDF."""

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _

from dsr.evidence.listing import listed, listings
from dsr.evidence.machine_readable import as_json
from dsr.evidence.pictures import page_count, pages_as_png
from dsr.evidence.records import CertificateRecord, Drawn, EvidenceRecord
from dsr.evidence.templates import render
from dsr.evidence.text import cleaned

__all__ = ["draw", "draw_certificate", "draw_evidence", "page_count", "pages_as_png"]

BACKUP_DAYS = 30


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
    return draw(
        "evidence/evidence.html", shown, context, made_at=record.prepared_at, attached=as_json(record), logo=logo
    )


def draw_certificate(record: CertificateRecord, *, logo: bytes = b"") -> Drawn:
    """Draw the certificate of a finished erasure request, in the same way."""
    shown = cleaned(record)
    last = max((step.done_at for step in record.deleted), default=record.issued_at)
    context = {"backups_until": last.astimezone(ZoneInfo(record.time_zone)) + timedelta(days=BACKUP_DAYS)}
    return draw(
        "evidence/certificate.html", shown, context, made_at=record.issued_at, attached=as_json(record), logo=logo
    )


def draw(
    template: str,
    record: Any,
    context: Mapping[str, object],
    *,
    made_at: datetime,
    attached: bytes = b"",
    logo: bytes = b"",
) -> Drawn:
    """Draw a template of `templates/` that extends the documents' base, for a record that is `cleaned` already.

    The base asks the record for its organisation, reference and language. `attached` is the same as data, if any.
    """
    letterhead = {
        "made_at": made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "logo": f"data:image/png;base64,{base64.b64encode(logo).decode()}" if logo else "",
    }
    html = render(template, {"record": record, **letterhead, **listings(record), **context}, language=record.language)
    with translation.override(record.language):
        description = _("The same as data: canonical JSON")
    # WeasyPrint takes most of a second to import; the web process and most commands never draw.
    from dsr.evidence.typesetting import as_pdf  # noqa: PLC0415

    pdf = as_pdf(html, attached=attached, description=description, made_at=made_at)
    return Drawn(pdf=pdf, pages=page_count(pdf), sha256=hashlib.sha256(pdf).hexdigest())
