"""What a person may take along, Art. 20(1): the data that they provided, and what was observed of them.

The Article 29 Working Party's Guidelines on the right to data portability (WP 242 rev.01, endorsed by the EDPB, pages 9
to 11) count what a person gave knowingly, and what is observed of their use of a service, such as a history of visits;
they leave out what the controller infers or derives from that. So the fields that may go are named here, each with the
others of its list; `docs/other-rights.md` says why. Lists whose shape SegMetrics doesn't document go whole where they
are what the person gave, and not at all where they aren't.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from dsr.exports.answer import Answer, LongList
from dsr.exports.redaction import LeftOut

CONTACT = frozenset({"contact_id", "first_name", "last_name", "email", "date_created", "custom_fields"})
"""Without status and last_updated, which the account keeps for itself."""
_ITEM = frozenset(
    {"order_item_id", "order_id", "contact_id", "product_id", "subscription_id", "product_name", "order_type"}
    | {"is_paid", "is_refunded", "amount", "total_paid", "total_due", "date_created"}
)
ENTRIES: Mapping[str, frozenset[str] | None] = {
    "orders": frozenset(
        {"order_id", "contact_id", "is_paid", "is_refunded", "subtotal", "total_tax", "total_shipping"}
        | {"total_discount", "total", "total_paid", "date_created", "line_items"}
    ),
    "subscriptions": None,  # a contract of theirs; its shape isn't documented
    "lists": None,  # what they signed up for; its shape isn't documented
    # Without channel (attribution), the place (guessed from the address) and meta (not documented).
    "events": frozenset(
        {"type", "date_created", "contact_id", "uid", "fingerprint", "ip_address", "url", "full_url", "referrer"}
        | {"host", "path", "args", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "ad_id"}
    ),
}
"""By list, the fields that go; None for all. Tags and companies, which others set, are not among them."""
TABLES: Mapping[str, frozenset[str] | None] = {
    "contacts": CONTACT | {"fetched_at"},
    "custom_fields": None,
    "orders": ENTRIES["orders"],
    "line_items": _ITEM,
    "subscriptions": None,
    "events": ENTRIES["events"],
    "lists": None,
}
"""The tables, each with the columns that it has; None for all."""


def portable(answer: Answer) -> Answer:
    """The answer with what may be taken along, and nothing else. Marks of what was left out stay."""
    data: dict[str, Any] = {key: value for key, value in answer.data.items() if key in CONTACT}
    long: dict[str, LongList] = {}
    for name, fields in ENTRIES.items():
        value = answer.data.get(name)
        if isinstance(value, list):
            data[name] = [_entry(name, item, fields) for item in value]
        elif isinstance(value, LeftOut):
            data[name] = value
        held = answer.long.get(name)
        if held is not None:
            keys = [key for key in held.keys if fields is None or key in fields] if held.keys is not None else None
            long[name] = LongList(count=held.count, walk=partial(_walk, held, name, fields), keys=keys)
    return dataclasses.replace(answer, data=data, long=long, beside={})


def _walk(held: LongList, name: str, fields: frozenset[str] | None) -> Iterator[Any]:
    for item in held.walk():
        yield _entry(name, item, fields)


def _entry(name: str, item: Any, fields: frozenset[str] | None) -> Any:
    if fields is None or isinstance(item, LeftOut):
        return item
    if not isinstance(item, dict):
        return {}
    kept = {key: value for key, value in item.items() if key in fields}
    items = kept.get("line_items")
    if name == "orders" and isinstance(items, list):
        kept["line_items"] = [
            {key: value for key, value in row.items() if key in _ITEM} if isinstance(row, dict) else row
            for row in items
        ]
    return kept
