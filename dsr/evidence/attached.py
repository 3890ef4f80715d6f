"""Read back the record that is attached to a PDF of ours (see `machine_readable`), and describe such records."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from dsr import fingerprint
from dsr.evidence.machine_readable import RECORD_NAME, SCHEMAS, AnyRecord
from dsr.evidence.pictures import PdfUnreadable, attachments

TYPES: dict[str, type[AnyRecord]] = {name: kind for kind, name in SCHEMAS.items()}


@dataclass(frozen=True)
class Attached:
    """What was found. `problem` is a sentence, or nothing where the record is as we write them."""

    record: dict[str, Any] = field(default_factory=dict, repr=False)
    schema: str = ""
    problem: str = ""


def read(pdf: bytes) -> Attached:
    """The one record of a PDF: of a schema that is known, with all its fields, as canonical JSON (RFC 8785)."""
    try:
        found = [content for name, content in attachments(pdf) if name == RECORD_NAME]
    except PdfUnreadable:
        return Attached(problem="The file can't be opened as a PDF.")
    if len(found) != 1:
        return Attached(problem=f"It holds {len(found)} attachments named {RECORD_NAME} instead of one.")
    return _checked(found[0])


def _checked(content: bytes) -> Attached:
    try:
        record = json.loads(content)
        is_canonical = fingerprint.canonical(record) == content
    except (ValueError, RecursionError):
        return Attached(problem="The attached record can't be read as JSON.")
    if not isinstance(record, dict) or record.get("schema") not in TYPES:
        return Attached(problem="The attached record names no schema that is known here.")
    schema: str = record.pop("schema")
    if not is_canonical:
        return Attached(problem="The attached record isn't canonical JSON.")
    try:
        TypeAdapter(TYPES[schema]).validate_python(record)
    except ValidationError:  # its text would quote the record
        return Attached(problem=f"The attached record doesn't fit its schema, {schema}.")
    return Attached(record=record, schema=schema)


def schema_of(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the records that name it, such as `dsr-desk/certificate/1`."""
    described = TypeAdapter(TYPES[name]).json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **described,
        "title": name,
        "properties": {"schema": {"const": name}, **described["properties"]},
        "required": ["schema", *described["required"]],
    }
