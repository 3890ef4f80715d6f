"""A letter: the organisation's letterhead, an address where a window envelope shows it, and plain text."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime

from dsr.evidence.drawing import logo_address
from dsr.evidence.pictures import page_count
from dsr.evidence.records import Drawn
from dsr.evidence.templates import render
from dsr.evidence.text import clean


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterRecord:
    """What stands on it, in the letter's language. `body` is plain text, its paragraphs parted by empty lines."""

    organisation: str
    organisation_address: tuple[str, ...] = ()
    is_demo: bool = False
    language: str = "en"
    reference: str
    written_on: date
    address: tuple[str, ...]
    heading: str
    body: str
    made_at: datetime


def draw_letter(record: LetterRecord, *, logo: bytes = b"") -> Drawn:
    """Draw it: A4, tagged, declared as PDF/A-3u, not signed; equal records give equal bytes."""
    context = {
        "record": record,
        "address": [clean(line) for line in record.address],
        "heading": clean(record.heading),
        "paragraphs": [part for part in clean(record.body).split("\n\n") if part.strip()],
        "made_at": record.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "logo": logo_address(logo),
    }
    html = render("evidence/letter.html", context, language=record.language)
    # As in `drawing`: costly to import, and most processes never draw.
    from dsr.evidence.typesetting import as_pdf  # noqa: PLC0415

    pdf = as_pdf(html, made_at=record.made_at)
    return Drawn(pdf=pdf, pages=page_count(pdf), sha256=hashlib.sha256(pdf).hexdigest())
