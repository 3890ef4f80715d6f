"""The page that a person reads: the answers in plain words, in one file that loads nothing."""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from dsr.evidence.listing import Listing, counted, listed
from dsr.evidence.templates import TEMPLATES, render
from dsr.evidence.text import clean_for_print, cleaned
from dsr.exports.answer import Answer
from dsr.exports.cells import as_text
from dsr.exports.money import amount
from dsr.exports.origin import course_of, moment_of
from dsr.exports.records import PackageHeader
from dsr.exports.tables import Row, as_row, items

Pairs = Sequence[tuple[str, str]]

_SHOWN_APART = frozenset(("first_name", "last_name", "email", "status", "date_created", "last_updated"))
_LISTS = ("tags", "orders", "subscriptions", "events", "lists", "companies")


def _style() -> str:
    return (TEMPLATES / "export" / "report.css").read_text(encoding="utf-8")


def report_policy() -> str:
    """The Content-Security-Policy under which `report.html` shows as it should, for serving it in place."""
    digest = base64.b64encode(hashlib.sha256(_style().encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def write_report(*, header: PackageHeader, answers: Sequence[Answer], products: Mapping[str, str]) -> str:
    """`report.html` as text, in the language that is active."""
    context = {
        "header": cleaned(header),
        "people": [_person(answer, products) for answer in answers],
        "style": _style(),
        "policy": report_policy(),
    }
    return render("export/report.html", context, language=header.language)


def _shown(value: object) -> str:
    return clean_for_print(as_text(value))


def _moment(value: object) -> object:
    moment = moment_of(value)
    return _shown(moment) if isinstance(moment, str) else moment


def _person(answer: Answer, products: Mapping[str, str]) -> dict[str, object]:
    data = answer.data
    course = course_of(as_row(event) for event in answer.items("events"))
    names = (_shown(data.get(part)) for part in ("first_name", "last_name"))
    return {
        "readable": answer.readable,
        "raw_name": answer.raw_name,
        "id": _shown(answer.contact_id),
        "fetched_at": answer.fetched_at,
        "name": " ".join(name for name in names if name),
        "email": _shown(data.get("email")),
        "status": _shown(data.get("status")),
        "created": _moment(data.get("date_created")),
        "updated": _moment(data.get("last_updated")),
        "origin": _origin(course.first_touch),
        "tags": counted(_tag(as_row(tag)) for tag in answer.items("tags")),
        "orders": _orders(answer, products),
        "subscriptions": _plain(answer, "subscriptions"),
        "lists": _plain(answer, "lists"),
        "companies": _plain(answer, "companies"),
        "visits": Listing(rows=[_visit(event) for event in course.newest], total=course.total),
        "fields": listed(_fields(data.get("custom_fields"))),
        "others": listed(_others(answer)),
    }


def _pairs(row: Row, names: Iterable[tuple[str, str]]) -> Pairs:
    return [(label, _shown(row[name])) for name, label in names if row.get(name) not in (None, "", [], {})]


def _origin(event: Row | None) -> Mapping[str, object] | None:
    if event is None:
        return None
    labels = (
        ("channel", _("Channel")),
        ("referrer", _("Page that linked here")),
        ("utm_source", _("Source")),
        ("utm_medium", _("Kind of advertisement or link")),
        ("utm_campaign", _("Campaign")),
        ("utm_content", _("Advertisement or link")),
        ("utm_term", _("Search word")),
        ("ad_id", _("Number of the advertisement")),
    )
    return {"when": _moment(event.get("date_created")), "details": _pairs(event, labels)}


def _tag(tag: Row) -> Mapping[str, object]:
    name = tag.get("name") or tag.get("tag_id") or tag.get("value")
    return {"name": _shown(name), "when": _moment(tag.get("date_created"))}


def _orders(answer: Answer, products: Mapping[str, str]) -> Listing:
    orders = counted(as_row(order) for order in answer.items("orders"))
    return Listing(rows=[_order(order, products) for order in orders.rows], total=orders.total)


def _order(order: Any, products: Mapping[str, str]) -> Mapping[str, object]:
    lines = listed([as_row(item) for item in items(order, "line_items")])
    return {
        "id": _shown(order.get("order_id", order.get("value"))),
        "when": _moment(order.get("date_created")),
        "total": _shown(amount(order.get("total"))),
        "paid": _shown(amount(order.get("total_paid"))),
        "refunded": order.get("is_refunded") is True,
        "lines": Listing(rows=[_line(line, products) for line in lines.rows], total=lines.total),
    }


def _line(line: Any, products: Mapping[str, str]) -> Mapping[str, object]:
    product_id = as_text(line.get("product_id"))
    name = products.get(product_id) or line.get("product_name") or line.get("value")
    if not name:
        name = _("Product %(id)s") % {"id": product_id} if product_id else _("a product without a name")
    return {"product": _shown(name), "amount": _shown(amount(line.get("amount")))}


def _visit(event: Any) -> Mapping[str, object]:
    place = (event.get(part) for part in ("city", "region", "country_code"))
    address = event.get("full_url") or event.get("url") or event.get("path") or event.get("value")
    came_by = event.get("channel") or event.get("utm_source") or event.get("referrer")
    return {
        "when": _moment(event.get("date_created")),
        "kind": _shown(event.get("type")),
        "page": _shown(address),
        "came_by": _shown(came_by),
        "place": ", ".join(_shown(part) for part in place if part),
    }


def _plain(answer: Answer, name: str) -> Listing:
    """A list whose shape the vendor doesn't document: each object as the pairs that came."""
    found = counted(as_row(item) for item in answer.items(name))
    return Listing(rows=[_all_pairs(row) for row in found.rows], total=found.total)


def _all_pairs(row: Any) -> Pairs:
    return [(_shown(key), _shown(value)) for key, value in row.items() if value not in (None, "", [], {})]


def _fields(fields: object) -> Pairs:
    return _all_pairs(fields) if isinstance(fields, dict) else []


def _others(answer: Answer) -> Pairs:
    """What the page shows nowhere else: undocumented fields, and documented ones of an unexpected kind."""
    data = answer.data
    rest = {
        key: value
        for key, value in data.items()
        if key not in _SHOWN_APART
        and not (key == "contact_id" and as_text(value) == answer.contact_id)
        and not (key in _LISTS and isinstance(value, list))
        and not (key == "custom_fields" and isinstance(value, dict))
    }
    long = {
        key: _("%(count)d entries, in tables/further_lists.csv") % {"count": value.count}
        for key, value in answer.long.items()
        if key not in _LISTS
    }
    return _all_pairs({**rest, **long, **answer.beside})
