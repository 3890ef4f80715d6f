"""The tables of a package: which columns each has, and its rows, with nothing that came left out."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from dsr.exports.answer import Answer
from dsr.exports.cells import cell

ANSWERED_FOR = "answered_for_contact"
FURTHER = "further_fields"
FURTHER_COLUMNS = 200
ROWS_PER_CHUNK = 500

# What the vendor documents, in its order; what comes beyond it gets columns of its own.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "contacts": (
        *("contact_id", "first_name", "last_name", "email", "status", "date_created", "last_updated"),
        *("fetched_at", "raw_answer"),
    ),
    "custom_fields": ("name", "value"),
    "tags": ("tag_id", "name", "contact_id", "date_created"),
    "orders": (
        *("order_id", "contact_id", "is_paid", "is_refunded", "subtotal", "total_tax", "total_shipping"),
        *("total_discount", "total", "total_paid", "date_created"),
    ),
    "line_items": (
        *("order_item_id", "order_id", "contact_id", "product_id", "subscription_id", "product_name"),
        *("order_type", "is_paid", "is_refunded", "amount", "total_paid", "total_due", "date_created"),
        *("imported_at", "last_imported_at"),
    ),
    "subscriptions": (),
    "events": (
        *("type", "date_created", "contact_id", "uid", "fingerprint", "ip_address", "country_code", "region"),
        *(
            "city",
            "postal_code",
            "latitude",
            "longitude",
            "url",
            "full_url",
            "referrer",
            "host",
            "path",
            "args",
        ),
        *("meta", "channel", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "ad_id"),
    ),
    "lists": (),
    "companies": (),
}
FURTHER_LISTS = "further_lists"
_PLAIN = ("tags", "subscriptions", "events", "lists", "companies")
"""Whose rows are the entries of the list of that name, as they are."""
_OWN_FILES = ("tags", "orders", "subscriptions", "events", "lists", "companies")

Row = Mapping[str, Any]


def tables_of(answers: Sequence[Answer]) -> list[str]:
    """The tables of a package: always the same, and one more where a list came that is unknown and long."""
    return [*COLUMNS, *([FURTHER_LISTS] if any(set(answer.long) - set(_OWN_FILES) for answer in answers) else [])]


def items(owner: Mapping[str, Any], name: str) -> Sequence[Any]:
    """The list under `name`, or an empty one where there is none or it is something else."""
    value = owner.get(name)
    return value if isinstance(value, list) else ()


def as_row(item: Any) -> Row:
    """An object as a row; anything else as a row with one value."""
    return item if isinstance(item, dict) else {"value": item}


def _without(owner: Row, *names: str) -> Row:
    # A list has a table of its own and isn't repeated; what came as something else stays where it was.
    return {key: value for key, value in owner.items() if key not in names or not isinstance(value, list)}


def _contact(answer: Answer) -> Row:
    row = dict(_without(answer.data, *_OWN_FILES))
    if isinstance(row.get("custom_fields"), dict):
        del row["custom_fields"]
    row |= {f"answer.{key}": value for key, value in answer.beside.items()}
    return {**row, "fetched_at": answer.fetched_at.isoformat(), "raw_answer": answer.raw_name}


def _line_items(answer: Answer) -> Iterator[Row]:
    for order in answer.items("orders"):
        if isinstance(order, dict):
            for item in items(order, "line_items"):
                yield {"order_id": order.get("order_id"), **as_row(item)}


def rows(name: str, answer: Answer) -> Iterator[Row]:
    """The rows of one table that come from one answer."""
    if name == "contacts":
        yield _contact(answer)
    elif name == "custom_fields":
        fields = answer.data.get(name)
        if isinstance(fields, dict):
            yield from ({"name": key, "value": value} for key, value in fields.items())
    elif name == "line_items":
        yield from _line_items(answer)
    elif name == "orders":
        yield from (_without(as_row(order), "line_items") for order in answer.items(name))
    elif name == FURTHER_LISTS:
        for other in answer.long:
            if other not in _OWN_FILES:
                yield from ({"list": other, "value": item} for item in answer.items(other))
    else:
        yield from (as_row(item) for item in answer.items(name))


def _columns(name: str) -> tuple[str, ...]:
    return ("list", "value") if name == FURTHER_LISTS else COLUMNS[name]


def _further(name: str, answers: Sequence[Answer]) -> tuple[list[str], bool]:
    """The undocumented columns that came, in their order, and whether there are more than fit."""
    seen: dict[str, None] = {}
    met = set(_columns(name))
    more = False
    for answer in answers:
        long = answer.long.get(name) if name in _PLAIN else None
        known = None if long is None else long.keys
        for row in rows(name, answer) if known is None else [dict.fromkeys(known)]:
            if met.issuperset(row):
                continue
            for key in row:
                if key not in met and len(seen) < FURTHER_COLUMNS:
                    met.add(key)
                    seen[key] = None
                more = more or key not in met
    return list(seen), more


def write_table(name: str, answers: Sequence[Answer], *, only: Set[str] | None = None) -> Iterator[bytes]:
    """One table as CSV, in pieces: UTF-8 with a byte order mark, CRLF, every cell quoted.

    The first column is the contact that was asked for. Fields beyond the documented ones get columns of their
    own; beyond 200 of those, what is left stands as JSON in the last column. `only` are the documented columns that
    there are, where others were left out.
    """
    further, more = _further(name, answers)
    columns = [*(column for column in _columns(name) if only is None or column in only), *further]
    known = frozenset(columns)
    buffer = io.StringIO(newline="")
    buffer.write("\ufeff")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(cell(column) for column in (ANSWERED_FOR, *columns, *([FURTHER] if more else [])))
    count = 0
    for answer in answers:
        contact_id = cell(answer.contact_id)
        for row in rows(name, answer):
            values = ["" if (value := row.get(column)) is None else cell(value) for column in columns]
            values.insert(0, contact_id)
            if more:
                values.append(cell({key: value for key, value in row.items() if key not in known} or None))
            writer.writerow(values)
            count += 1
            if count % ROWS_PER_CHUNK == 0:
                yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8")
