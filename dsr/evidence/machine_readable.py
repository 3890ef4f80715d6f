"""A record as canonical JSON (RFC 8785), which is attached to its PDF."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from dsr import fingerprint
from dsr.days import in_zone
from dsr.evidence.accounts import RegisterRecord, ReportRecord
from dsr.evidence.records import CertificateRecord, EvidenceRecord, NothingFoundRecord, Record, RefusalRecord

AnyRecord = Record | ReportRecord | RegisterRecord

RECORD_NAME = "record.json"
"""What the attachment is called."""
SCHEMAS: dict[type[AnyRecord], str] = {
    EvidenceRecord: "dsr-desk/evidence/1",
    CertificateRecord: "dsr-desk/certificate/1",
    RefusalRecord: "dsr-desk/refusal/1",
    NothingFoundRecord: "dsr-desk/nothing_found/1",
    ReportRecord: "dsr-desk/report/1",
    RegisterRecord: "dsr-desk/register/1",
}
"""Raised by one when a field changes its meaning or goes; a new field that may be left out raises nothing."""


def as_json(record: AnyRecord) -> bytes:
    """The whole record, with all rows: also those for which the page has no room. Moments are in UTC."""
    return fingerprint.canonical({"schema": SCHEMAS[type(record)], **_plain(record)})


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, dt.datetime):
        return in_zone(value, dt.UTC).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str):
        # Half a surrogate pair can't be written in UTF-8 at all.
        return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return value
