"""Tables of requests, as people upload them."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.files.uploadedfile import SimpleUploadedFile

from dsr.models import Connection, FilingBatch, User
from dsr.services import filing_many

HEADING = "type,name,emails,external_ids,received_on,channel,language,note"


def line(number: int, **changes: str) -> str:
    """A row that can be filed, about an invented person."""
    cells = {
        "type": "erasure",
        "name": f"Pia Person {number}",
        "emails": f"pia{number}@example.com",
        "external_ids": "",
        "received_on": "2026-11-03",
        "channel": "email",
        "language": "de",
        "note": "",
    } | changes
    return ",".join(f'"{value}"' for value in cells.values())


def table(lines: Sequence[str], heading: str = HEADING) -> SimpleUploadedFile:
    return as_file("\r\n".join([heading, *lines]).encode())


def as_file(content: bytes, name: str = "requests.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/csv")


def uploaded(officer: User, connection: Connection, *lines: str) -> FilingBatch:
    return filing_many.upload(actor=officer, connection=connection, file=table(lines))


def begun(officer: User, connection: Connection, *lines: str) -> FilingBatch:
    """Uploaded, and handed to the worker. None of the rows is a double."""
    batch = uploaded(officer, connection, *lines)
    filing_many.begin(batch=batch, actor=officer, choices={}, seen=filing_many.newest_case())
    batch.refresh_from_db()
    return batch
