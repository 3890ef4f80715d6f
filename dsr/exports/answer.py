"""Read a vendor's answer about a contact without trusting anything in it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dsr.exports.records import ContactExport

LONGEST_NUMBER = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A parsed answer: what stood under `data`, and what stood beside it.

    Where the answer wasn't of that shape, `readable` is false and both are as full as could be read.
    """

    contact_id: str
    fetched_at: datetime
    raw_name: str
    data: Mapping[str, Any] = field(default_factory=dict)
    beside: Mapping[str, Any] = field(default_factory=dict)
    readable: bool = True

    def items(self, name: str) -> Iterator[Any]:
        """The entries of the list under `name`, one at a time; none where there is no list."""
        value = self.data.get(name)
        return iter(value if isinstance(value, list) else ())


def _whole(digits: str) -> int | str:
    # Python refuses to read a number of more than 4,300 digits, and a spreadsheet one of far fewer.
    return int(digits) if len(digits) <= LONGEST_NUMBER else digits


def read_answer(contact: ContactExport, *, raw_name: str) -> Answer:
    """Parse one contact's answer; never raises. `raw_name` is the file that holds the untouched bytes."""
    known: dict[str, Any] = {
        "contact_id": contact.contact_id,
        "fetched_at": contact.fetched_at,
        "raw_name": raw_name,
    }
    try:
        document = json.loads(contact.raw, parse_int=_whole)
    except (ValueError, RecursionError):
        return Answer(**known, readable=False)
    if not isinstance(document, dict):
        return Answer(**known, beside={"answer": document}, readable=False)
    data = document.get("data")
    if not isinstance(data, dict):
        return Answer(**known, beside=document, readable=False)
    beside = {key: value for key, value in document.items() if key != "data"}
    return Answer(**known, data=data, beside=beside)
