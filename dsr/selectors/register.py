"""The record of processing activities (Art. 30(1)), as far as the connections to SegMetrics go."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dsr.days import controller_day
from dsr.evidence.accounts import Particular, RegisterEntry
from dsr.models import Connection, ProcessingRecord


def entries(language: str) -> tuple[RegisterEntry, ...]:
    """Each connection with what its record says in this language, else in another; labels in the active language."""
    rows = Connection.objects.order_by("-is_active", "name", "pk").prefetch_related(
        "integrations", "processing_records", "recipients"
    )
    return tuple(_entry(row, language) for row in rows)


def _entry(connection: Connection, language: str) -> RegisterEntry:
    record = _record(list(connection.processing_records.all()), language)
    return RegisterEntry(
        name=connection.shown,
        account_id=connection.account_id,
        integrations=tuple(str(row) for row in connection.integrations.all()),
        is_active=connection.is_active,
        language=record.language if record else "",
        particulars=tuple(
            Particular(code=name, label=label, text=getattr(record, name).strip() if record else "")
            for name, label in _asked().items()
        ),
        told=tuple(
            f"{row.name} ({row.what})" if row.what else row.name for row in connection.recipients.all() if row.is_active
        ),
        updated_on=controller_day(record.updated_at) if record else None,
    )


def _record(records: list[ProcessingRecord], language: str) -> ProcessingRecord | None:
    """The one in this language; else the one that was seen to last."""
    own = [row for row in records if row.language == language]
    return max(own or records, key=lambda row: (row.updated_at, row.pk), default=None)


def _asked() -> dict[str, str]:
    """What Art. 30(1)(a)–(g) asks for, by the name of the record's field; in the Regulation's own words."""
    return {
        "contact": _("Data protection officer, or whom to ask"),
        "purposes": _("Purposes of the processing"),
        "data_subjects": _("Categories of data subjects"),
        "data_categories": _("Categories of personal data"),
        "recipients": _("Categories of recipients"),
        "transfers": _("Transfers to third countries, and safeguards"),
        "storage_period": _("Time limits for erasure"),
        "security": _("Technical and organisational security measures"),
    }
