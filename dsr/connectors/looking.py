"""SegMetrics for whoever only looks: six reads, by a session that can't change anything.

What is given back is cut to size and leaves out what nobody needs for a look: addresses of computers, places,
fingerprints of devices, and what stands in custom fields. The whole stands in a case's export.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Literal

from pydantic import BaseModel

from dsr.actions import READS, Action
from dsr.attention import Attention
from dsr.connectors import segmetrics
from dsr.connectors.execution_log import Purpose
from dsr.connectors.seeing import stand_in
from dsr.exceptions import NeedsPerson
from dsr.models import Connection
from segmetrics_client import ActionNotAllowed, Contact, Extend, NotFound, SegMetrics
from segmetrics_client import actions as typed
from segmetrics_client.values import as_text, moment


class ReportByOrigin(typed.GetAttributionReport):
    """Grouped by where people came from, and by nothing that could be a person: no contact is counted for it."""

    by: Literal["clicks.channel", "clicks.utm_source", "clicks.utm_medium", "clicks.utm_campaign"] = "clicks.channel"


INPUTS: Mapping[Action, type[typed.Input]] = {
    action: ReportByOrigin if action == Action.GET_ATTRIBUTION_REPORT else typed.ACTIONS[action.value].input
    for action in READS
}
"""What each read asks for."""
DESCRIPTIONS: Mapping[Action, str] = {action: typed.ACTIONS[action.value].description for action in READS}

MOST_ROWS = 50
"""Of each list: orders, events, tags, products and the like."""
_LONGEST = 300
_CONTACT = ("contact_id", "first_name", "last_name", "email", "status", "date_created", "last_updated")
_EVENT = ("type", "date_created", "channel", "utm_source", "utm_medium", "utm_campaign", "referrer", "path")
_ORDER = ("order_id", "date_created", "total", "total_paid", "is_paid", "is_refunded")
_LINE = ("product_id", "product_name", "amount")
_SUBSCRIPTION = ("name", "product_id", "amount", "start_date", "end_date", "canceled_date")


def look(connection: Connection, purpose: Purpose, action: Action, asked: BaseModel) -> dict[str, Any]:
    """Do one of the six reads. Raises `NeedsPerson` or `TryLater` where there is no answer, `KeyError` for a change."""
    reading = _READS[action]
    with ExitStack() as spools, segmetrics.translated():
        client = segmetrics.signed_client(connection, purpose, spools, read_only=True)
        try:
            answer = reading(client, asked)
        except NotFound:
            answer = {"found": False}
        if not answer["found"]:
            _raise_if_account_unknown(client)
        return answer


def _raise_if_account_unknown(client: SegMetrics) -> None:
    """A wrong account answers “not found” to everything. Where reports aren't granted, this isn't asked."""
    try:
        is_known = client.account_reachable()
    except ActionNotAllowed:
        return
    if not is_known:
        raise NeedsPerson(Attention.CONTROL_READ_FAILED)


def contact_ids_in(answer: Mapping[str, Any]) -> list[str]:
    """Whose data an answer shows, for the count of disclosures."""
    shown = [answer["contact"]] if "contact" in answer else answer.get("contacts", [])
    return [stand_in(row["contact_id"]) for row in shown]


def _search(client: SegMetrics, asked: Any) -> dict[str, Any]:
    found = client.contacts.search(email=asked.email, external_id=asked.external_id)
    return {"found": bool(found), "contacts": [_fields(contact, _CONTACT) for contact in found]}


def _contact(client: SegMetrics, asked: Any) -> dict[str, Any]:
    contact = client.contacts.get(asked.contact_id, extend=Extend.ALL)
    return {
        "found": True,
        "contact": _fields(contact, _CONTACT) | {"custom_field_names": _cut(sorted(contact.custom_fields))},
        "lead_source": _source(contact),
        "tags": _rows([_text(tag.name) for tag in contact.tags]),
        "orders": _rows(
            [_fields(order, _ORDER) | {"lines": _lines(order.line_items)} for order in _newest(contact.orders)]
        ),
        "subscriptions": _rows([_subscription(row) for row in contact.subscriptions]),
        "events": _rows([_fields(event, _EVENT) for event in _newest(contact.events)]),
    }


def _lead_source(client: SegMetrics, asked: Any) -> dict[str, Any]:
    contact = client.contacts.lead_source(asked.contact_id)
    fields = _whole(contact.model_dump()) if contact else None
    return {"found": True, "contact": {"contact_id": asked.contact_id}, "lead_source": fields}


def _tags(client: SegMetrics, asked: Any) -> dict[str, Any]:
    tags = client.contacts.tags(asked.contact_id)
    rows = [{"id": _text(tag.tag_id), "name": _text(tag.name), "since": _text(tag.date_created)} for tag in tags]
    return {"found": True, "contact": {"contact_id": asked.contact_id}, "tags": _rows(rows)}


def _products(client: SegMetrics, asked: Any) -> dict[str, Any]:
    products = client.products.list(max_pages=asked.max_pages)
    return {"found": bool(products), "products": _rows([_fields(row, ("id", "name", "price")) for row in products])}


def _report(client: SegMetrics, asked: Any) -> dict[str, Any]:
    report = client.reports.attribution(start=asked.start, end=asked.end, by=asked.by, model=asked.model)
    return {
        "found": True,
        "start": asked.start.isoformat(),
        "end": asked.end.isoformat(),
        "rows": _rows([_whole(row) for row in report.records()]),
        "totals": _cut(report.totals),
    }


_READS: Mapping[Action, Callable[[SegMetrics, Any], dict[str, Any]]] = {
    Action.SEARCH_CONTACTS: _search,
    Action.GET_CONTACT: _contact,
    Action.GET_LEAD_SOURCE: _lead_source,
    Action.LIST_CONTACT_TAGS: _tags,
    Action.LIST_PRODUCTS: _products,
    Action.GET_ATTRIBUTION_REPORT: _report,
}


def _source(contact: Contact) -> dict[str, Any] | None:
    source = contact.lead_source()
    return _whole(source.model_dump()) if source else None


def _subscription(row: BaseModel) -> dict[str, Any]:
    extra = row.model_extra or {}
    return {"id": _text(getattr(row, "id", None))} | {
        name: _text(extra[name]) for name in _SUBSCRIPTION if name in extra
    }


def _lines(items: Sequence[BaseModel]) -> list[dict[str, Any]]:
    return [_fields(line, _LINE) for line in items[:MOST_ROWS]]


def _newest(rows: Sequence[Any]) -> list[Any]:
    """The latest first; what has no date that can be read comes last."""
    earliest = dt.datetime.min.replace(tzinfo=dt.UTC)
    return sorted(rows, key=lambda row: moment(row.date_created) or earliest, reverse=True)


def _rows(rows: Sequence[Any]) -> dict[str, Any]:
    """As many as are shown, and how many there are."""
    return {"total": len(rows), "shown": list(rows[:MOST_ROWS])}


def _fields(row: BaseModel, names: Sequence[str]) -> dict[str, Any]:
    return {name: _value(getattr(row, name)) for name in names}


def _whole(row: Mapping[str, Any]) -> dict[str, Any]:
    return {_text(name): _value(value) for name, value in list(row.items())[:MOST_ROWS]}


def _value(value: object) -> object:
    return value if value is None or isinstance(value, bool | int) else _text(value)


def _cut(values: Sequence[object]) -> list[object]:
    return [_value(value) for value in values[:MOST_ROWS]]


def _text(value: object) -> str:
    """As text that can be written down: the name of a field, or a row of a report, may hold half a surrogate pair."""
    if value is None:
        return ""
    text = as_text(value.isoformat() if isinstance(value, dt.datetime) else str(value)) or ""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
