"""What is told about a connection's processing, and what is still missing for it to be told."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.text import capfirst

from dsr import fingerprint
from dsr.languages import LANGUAGES
from dsr.models import Connection, ProcessingRecord

TOLD = (
    "purposes",
    "data_categories",
    "recipients",
    "transfers",
    "storage_period",
    "source",
    "automated_decisions",
    "authority",
    "contact",
)
"""What a person has to be told under Art. 15(1) and (2). An answer to a request for access can't do without."""

REGISTERED = ("data_subjects", "security")
"""What the register of Art. 30(1) needs besides."""

FIELDS = (*TOLD, *REGISTERED, "tag_meanings")

_LABELS = {field.name: field.verbose_name for field in ProcessingRecord._meta.fields}


@dataclass(frozen=True)
class Kept:
    """The record of a connection in one language, and the names of what it lacks."""

    language: str
    name: str
    record: ProcessingRecord | None
    missing: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        return not self.missing


def kept_for(connection: Connection) -> list[Kept]:
    """One for each language that documents are written in."""
    records = {record.language: record for record in connection.processing_records.select_related("updated_by")}
    return [
        Kept(code, name, records.get(code), missing(records.get(code), *TOLD, *REGISTERED))
        for code, name in LANGUAGES.items()
    ]


def missing(record: ProcessingRecord | None, *names: str) -> tuple[str, ...]:
    """The labels of those fields (what a letter needs, unless told otherwise) that are empty."""
    return tuple(
        capfirst(str(_LABELS[name])) for name in names or TOLD if record is None or not getattr(record, name).strip()
    )


def record_for(connection: Connection, language: str) -> ProcessingRecord | None:
    """The record in this language, whole or not."""
    return connection.processing_records.filter(language=language).first()


def digest_of(record: ProcessingRecord) -> str:
    """What the record says, as one digest: a document that was made by it is bound to this."""
    return fingerprint.digest({"language": record.language, **{name: getattr(record, name) for name in FIELDS}})
