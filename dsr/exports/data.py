"""The machine-readable part of an access package (Art. 15(3) and 20): all that came, as one JSON file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from dsr.exports.answer import Answer
from dsr.exports.records import PackageHeader

SCHEMA = "dsr-desk/access-data/1"


def write_access_data(*, header: PackageHeader, answers: Sequence[Answer]) -> Iterator[bytes]:
    """`data.json` in pieces."""
    head = {"schema": SCHEMA, "reference": header.reference, "made_at": header.made_at.isoformat()}
    yield json.dumps(head)[:-1].encode() + b', "contacts": ['
    for at, answer in enumerate(answers):
        contact = {
            "contact_id": answer.contact_id,
            "fetched_at": answer.fetched_at.isoformat(),
            "data": answer.data,
            "beside": answer.beside,
        }
        yield (b", " if at else b"") + json.dumps(contact).encode()
    yield b"]}\n"
