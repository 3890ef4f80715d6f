"""Read a vendor's answer about a contact without trusting anything in it, and without holding its long lists."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dsr.exports.records import ContactExport
from dsr.longjson import Malformed, Reader

LONGEST_NUMBER = 30
MANY_KEYS = 1_000
"""Different keys of a list's entries that are remembered."""
SHORT_LIST = 64 * 1024
"""Characters of a list that is held in memory; a longer one is read anew each time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LongList:
    """A list that isn't held: each walk through it reads the answer again."""

    count: int
    walk: Callable[[], Iterator[Any]]
    keys: Sequence[str] | None = None
    """The keys that its entries have, in the order in which they came; None where that isn't known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A parsed answer: what stood under `data`, and what stood beside it.

    `data` holds everything but the long lists, which stand in `long`; `items` goes through a list of either kind.
    Where the answer wasn't of that shape, `readable` is false and both are as full as could be read.
    """

    contact_id: str
    fetched_at: datetime
    raw_name: str
    data: Mapping[str, Any] = field(default_factory=dict)
    long: Mapping[str, LongList] = field(default_factory=dict)
    beside: Mapping[str, Any] = field(default_factory=dict)
    readable: bool = True
    is_redacted: bool = False
    """Something may be left out of it: see `redaction`."""

    def items(self, name: str) -> Iterator[Any]:
        """The entries of the list under `name`, one at a time; none where there is no list."""
        if name in self.long:
            return self.long[name].walk()
        value = self.data.get(name)
        return iter(value if isinstance(value, list) else ())


def _whole(digits: str) -> int | str:
    # Python refuses to read a number of more than 4,300 digits, and a spreadsheet one of far fewer.
    return int(digits) if len(digits) <= LONGEST_NUMBER else digits


_DECODER = json.JSONDecoder(parse_int=_whole)
_Raw = Callable[[], Iterable[bytes]]


def read_answer(contact: ContactExport, *, raw_name: str) -> Answer:
    """Parse one contact's answer; never raises. `raw_name` is the file that holds the untouched bytes."""
    known: dict[str, Any] = {
        "contact_id": contact.contact_id,
        "fetched_at": contact.fetched_at,
        "raw_name": raw_name,
    }
    try:
        return Answer(**known, **_document(contact.raw))
    except Malformed:
        return Answer(**known, readable=False)


def _document(raw: _Raw) -> dict[str, Any]:
    reader = Reader(raw(), _DECODER)
    if reader.peek() != "{":
        answer = reader.value()
        reader.end()
        return {"beside": {"answer": answer}, "readable": False}
    beside: dict[str, Any] = {}
    found: dict[str, Any] | None = None
    for key in reader.members():
        if key == "data" and reader.peek() == "{":
            found = _data(reader, raw)
        else:
            beside[key] = reader.value()
            found = None if key == "data" else found
    reader.end()
    if found is None:
        return {"beside": beside, "readable": False}
    beside.pop("data", None)
    return {**found, "beside": beside}


def _data(reader: Reader, raw: _Raw) -> dict[str, Any]:
    """Of a key that comes twice the last value counts, as everywhere in JSON."""
    data: dict[str, Any] = {}
    long: dict[str, LongList] = {}
    for name in reader.members():
        value = _list(reader, raw) if reader.peek() == "[" else reader.value()
        if isinstance(value, LongList):
            long[name] = value
            data.pop(name, None)
        else:
            data[name] = value
            long.pop(name, None)
    return {"data": data, "long": long}


def _list(reader: Reader, raw: _Raw) -> list[Any] | LongList:
    start, count = reader.offset, 0
    held: list[Any] = []
    is_long = False
    keys: dict[str, None] = {}
    for item in reader.items():
        count += 1
        if not isinstance(item, dict):
            keys["value"] = None
        elif len(keys) < MANY_KEYS and not keys.keys() >= item.keys():
            keys.update(dict.fromkeys(item))
        is_long = is_long or reader.offset - start > SHORT_LIST
        if is_long:
            held.clear()
        else:
            held.append(item)
    known = tuple(keys) if len(keys) < MANY_KEYS else None
    return LongList(count=count, walk=lambda: _from(start, raw), keys=known) if is_long else held


def _from(start: int, raw: _Raw) -> Iterator[Any]:
    reader = Reader(raw(), _DECODER)
    reader.skip(start)
    return reader.items()
