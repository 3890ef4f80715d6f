"""`data.json`: the machine-readable part of an access package (Art. 15(3), Art. 20(1)), one entry at a time.

Its schema is `docs/schemas/access-data-1.json`. Values stand as they came; of numbers that means their value, not their
spelling. What was left out is `{"redacted": reason}`, or a mark within a text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dsr.exports.answer import Answer
from dsr.exports.cells import TOO_DEEP
from dsr.exports.records import PackageHeader
from dsr.exports.redaction import LeftOut

SCHEMA = "dsr-desk/access-data/1"
LISTS = ("tags", "orders", "subscriptions", "events", "lists", "companies")
_PIECE = 64 * 1024


def write_access_data(
    *, header: PackageHeader, answers: Sequence[Answer], left_out: Sequence[tuple[str, int]] = ()
) -> Iterator[bytes]:
    """The file in pieces. `answers` are without what is left out already; `left_out` says why (`redaction.reasons`) and
    in how many places.

    Never raises over a value of an answer.
    """
    held: list[str] = []
    size = 0
    for text in _texts(header, answers, left_out):
        held.append(text)
        size += len(text)
        if size >= _PIECE:
            yield _encoded(held)
            held, size = [], 0
    yield _encoded(held)


def _encoded(texts: list[str]) -> bytes:
    # Half a surrogate pair becomes its JSON escape: nothing but strings of JSON can hold one.
    return "".join(texts).encode("utf-8", "backslashreplace")


def _texts(header: PackageHeader, answers: Sequence[Answer], left_out: Sequence[tuple[str, int]]) -> Iterator[str]:
    head = {
        "schema": SCHEMA,
        "reference": header.reference,
        "made_at": header.made_at.isoformat(),
        "language": header.language,
        "controller": header.organisation,
        "data_subject": {
            "name": header.subject_name,
            "identifiers": [{"kind": kind, "value": value} for kind, value in header.identifiers],
        },
        "source": {"system": "SegMetrics", "account_id": header.account_id, "connection": header.connection_name},
        "redactions": [{"reason": reason, "places": count} for reason, count in left_out],
    }
    yield f'{{{_members(head, is_redacted=False)},\n"contacts": ['
    for at, answer in enumerate(answers):
        yield ",\n" if at else "\n"
        yield from _contact(answer)
    yield "\n]}\n"


def _contact(answer: Answer) -> Iterator[str]:
    custom = answer.data.get("custom_fields")
    named = custom if isinstance(custom, dict) else {}
    fields = {
        key: value
        for key, value in answer.data.items()
        if not (key in LISTS and isinstance(value, list)) and not (key == "custom_fields" and custom is named)
    }
    first = {
        "contact_id": answer.contact_id,
        "fetched_at": answer.fetched_at.isoformat(),
        "readable": answer.readable,
        "fields": fields,
        "custom_fields": named,
        "beside": answer.beside,
    }
    yield f"{{{_members(first, is_redacted=answer.is_redacted)}"
    for name in LISTS:
        yield f',\n"{name}": '
        yield from _list(answer.items(name), is_redacted=answer.is_redacted)
    yield ',\n"further_lists": {'
    further = [name for name in answer.long if name not in LISTS]
    for at, name in enumerate(further):
        yield f"{',' if at else ''}{json.dumps(name, ensure_ascii=False)}: "
        yield from _list(answer.items(name), is_redacted=answer.is_redacted)
    yield "}}"


def _list(items: Iterable[Any], *, is_redacted: bool) -> Iterator[str]:
    mark = "["
    for item in items:
        yield f"{mark}\n{_text(item, is_redacted=is_redacted)}"
        mark = ","
    yield "[]" if mark == "[" else "\n]"


def _members(owner: dict[str, Any], *, is_redacted: bool) -> str:
    return ",\n".join(f"{json.dumps(key)}: {_text(value, is_redacted=is_redacted)}" for key, value in owner.items())


def _text(value: Any, *, is_redacted: bool) -> str:
    try:
        if not is_redacted:
            try:
                return json.dumps(value, ensure_ascii=False, allow_nan=False)
            except ValueError:
                pass
        return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)
    except RecursionError:
        return json.dumps(TOO_DEEP)


def _plain(value: Any) -> Any:
    """With what is left out as an object, and without NaN and infinities, which JSON doesn't know."""
    if isinstance(value, LeftOut):
        return {"redacted": value.reason}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
