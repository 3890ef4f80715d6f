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

from dsr.evidence.accounts import RegisterRecord, ReportRecord
from dsr.evidence.listing import listed, listings
from dsr.evidence.machine_readable import as_json
from dsr.evidence.pictures import page_count, pages_as_png
from dsr.evidence.picturing import charts_of
from dsr.evidence.records import CertificateRecord, Drawn, EvidenceRecord, NothingFoundRecord, RefusalRecord
from dsr.evidence.rights import headings_of
from dsr.evidence.templates import render
from dsr.evidence.text import cleaned

__all__ = [
    "draw",
    "draw_certificate",
    "draw_evidence",
    "draw_nothing_found",
    "draw_refusal",
    "draw_register",
    "draw_report",
    "logo_address",
    "page_count",
    "pages_as_png",
]

BACKUP_DAYS = 30
_PACKAGES = ("access", "portability")


def draw_evidence(record: EvidenceRecord, *, logo: bytes = b"") -> Drawn:
    """Draw the evidence of a request: A4, tagged, declared as PDF/A-3u; equal records give equal bytes.

    `logo` is the organisation's, as PNG.
    """
    shown = cleaned(record)
    context = {
        "erasure": record.kind == "erasure",
        "package": record.kind in _PACKAGES,
        "plan_summary": list(Counter(line.decision for line in shown.plan_lines).items()),
        "integrations": listed(shown.connection.integrations),
        "export_files": listed(shown.export.files),
    }
    return draw(
        "evidence/evidence.html", shown, context, made_at=record.prepared_at, attached=as_json(record), logo=logo
    )


def draw_certificate(record: CertificateRecord, *, logo: bytes = b"") -> Drawn:
    """Draw the certificate of a request that was carried out, in the same way."""
    shown = cleaned(record)
    last = max(
        [row.done_at for row in record.deleted] + [row.done_at for row in record.changed], default=record.issued_at
    )
    context = {
        "erasure": record.right == "erasure",
        "backups_until": last.astimezone(ZoneInfo(record.time_zone)) + timedelta(days=BACKUP_DAYS),
    }
    return draw(
        "evidence/certificate.html", shown, context, made_at=record.issued_at, attached=as_json(record), logo=logo
    )


def draw_refusal(record: RefusalRecord, *, logo: bytes = b"") -> Drawn:
    """Draw the record of a refusal, in the same way."""
    context = {"erasure": record.kind == "erasure", "package": record.kind in _PACKAGES}
    return draw(
        "evidence/refusal.html",
        cleaned(record),
        context,
        made_at=record.issued_at,
        attached=as_json(record),
        logo=logo,
    )


def draw_nothing_found(record: NothingFoundRecord, *, logo: bytes = b"") -> Drawn:
    """Draw the record of an empty search, in the same way."""
    return draw(
        "evidence/nothing_found.html",
        cleaned(record),
        {},
        made_at=record.issued_at,
        attached=as_json(record),
        logo=logo,
    )


def logo_address(logo: bytes) -> str:
    """A PNG as an address that is its own content; nothing without one."""
    return f"data:image/png;base64,{base64.b64encode(logo).decode()}" if logo else ""


def draw_report(record: ReportRecord, *, logo: bytes = b"") -> Drawn:
    """Draw the figures of a period, with their charts."""
    shown = cleaned(record)
    with translation.override(record.language):
        others = any(row.count for row in shown.figures.by_kind if row.code not in {"erasure", "access"})
        context = {"figures": shown.figures, "charts": charts_of(shown.figures), "other_rights": others}
    return draw("evidence/report.html", shown, context, made_at=record.made_at, attached=as_json(record), logo=logo)


def draw_register(record: RegisterRecord, *, logo: bytes = b"") -> Drawn:
    """Draw the record of processing activities."""
    shown = cleaned(record)
    return draw("evidence/register.html", shown, {}, made_at=record.made_at, attached=as_json(record), logo=logo)


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
        "logo": logo_address(logo),
    }
    with translation.override(record.language):
        right = getattr(record, "right", "") or getattr(record, "kind", "")
        titles = {"headings": headings_of(right, is_partial=getattr(record, "is_partial", False))}
    html = render(
        template,
        {"record": record, **letterhead, **titles, **listings(record), **context},
        language=record.language,
    )
    with translation.override(record.language):
        description = _("The same as data: canonical JSON")
    # WeasyPrint takes most of a second to import; the web process and most commands never draw.
    from dsr.evidence.typesetting import as_pdf  # noqa: PLC0415

    pdf = as_pdf(html, attached=attached, description=description, made_at=made_at)
    return Drawn(pdf=pdf, pages=page_count(pdf), sha256=hashlib.sha256(pdf).hexdigest())
