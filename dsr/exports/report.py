"""The page that a person reads: the answers in plain words, in one file that loads nothing, and as a PDF."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsr.charts import timeline
from dsr.evidence.drawing import draw
from dsr.evidence.listing import Listing, counted, listed
from dsr.evidence.records import Drawn
from dsr.evidence.templates import TEMPLATES, render
from dsr.evidence.text import clean_for_print, cleaned
from dsr.exports.answer import Answer
from dsr.exports.cells import as_text
from dsr.exports.money import amount
from dsr.exports.origin import in_words, moment_of
from dsr.exports.records import PackageHeader
from dsr.exports.story import Clock, Month, Story, purchases_by_month, tell
from dsr.exports.tables import Row, as_row, items
from dsr.exports.tags import key

Pairs = Sequence[tuple[str, str]]

_SHOWN_APART = frozenset(("first_name", "last_name", "email", "status", "date_created", "last_updated"))
_LISTS = ("tags", "orders", "subscriptions", "events", "lists", "companies")
_PLACES = 40
_VISITS = 300
"""A page of them on paper takes 4.5 MB to lay out; they all stand in the table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a report says beyond the answers.

    `products` names the catalogue's products by their id, `meanings` the organisation's tags (`tags.read_meanings`).
    `folder` is where the tables lie beside the report; `left_out` are the reasons for what was left out of it.
    """

    products: Mapping[str, str]
    meanings: Mapping[str, str]
    folder: str = "tables"
    left_out: Sequence[str] = ()


def _style() -> str:
    return (TEMPLATES / "export" / "report.css").read_text(encoding="utf-8")


def report_policy() -> str:
    """The Content-Security-Policy under which `report.html` shows as it should, for serving it in place."""
    digest = base64.b64encode(hashlib.sha256(_style().encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True, slots=True)
class Report:
    """What the report shows, read from the answers once, in the language that was active then."""

    header: PackageHeader
    context: Mapping[str, object]

    def as_html(self) -> str:
        """One file that loads nothing and runs nothing."""
        page = {**self.context, "header": self.header, "style": _style(), "policy": report_policy()}
        return render("export/report.html", page, language=self.header.language)

    def as_pdf(self, *, logo: bytes = b"") -> Drawn:
        """The same on paper, in the documents' design."""
        page = {**self.context, "header": self.header}
        return draw("export/report_pdf.html", self.header, page, made_at=self.header.made_at, logo=logo)


def read_report(*, header: PackageHeader, answers: Sequence[Answer], reading: Reading) -> Report:
    """Read what the report shows, in the language that is active."""
    # However many records there are, the appendix holds about as many visits in all.
    visits = max(_VISITS // max(len(answers), 1), 20)
    clock = Clock(header.time_zone, header.made_at.year + 1)
    context = {
        "people": [_person(answer, reading, clock=clock, visits=visits) for answer in answers],
        "folder": reading.folder,
        "left_out": [clean_for_print(reason) for reason in reading.left_out],
    }
    return Report(cleaned(header), context)


def _shown(value: object) -> str:
    return clean_for_print(as_text(value))


def _moment(value: object) -> object:
    moment = moment_of(value)
    return _shown(moment) if isinstance(moment, str) else moment


def _person(answer: Answer, reading: Reading, *, clock: Clock, visits: int) -> dict[str, object]:
    data = answer.data
    story = tell(answer, clock=clock, newest=visits)
    bought = Counter(purchases_by_month(answer, clock=clock))
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
        "origin": _origin(story.first_touch),
        "picture": _picture(story.by_month, bought),
        "years": _years(story.by_month, bought),
        "places": _places(story),
        "tags": _mapped(counted(map(as_row, answer.items("tags"))), lambda row: _tag(row, reading)),
        "orders": _mapped(counted(map(as_row, answer.items("orders"))), lambda row: _order(row, reading)),
        "subscriptions": _plain(answer, "subscriptions"),
        "lists": _plain(answer, "lists"),
        "companies": _plain(answer, "companies"),
        "visits": Listing(rows=[_visit(event) for event in story.newest], total=story.total),
        "fields": listed(_fields(data.get("custom_fields"))),
        "others": listed(_others(answer, reading.folder)),
    }


def _mapped(listing: Listing, shown: Any) -> Listing:
    return Listing(rows=[shown(row) for row in listing.rows], total=listing.total)


def _pairs(row: Row, names: Iterable[tuple[str, str]]) -> Pairs:
    return [(label, _shown(row[name])) for name, label in names if row.get(name) not in (None, "", [], {})]


def _origin(event: Row | None) -> Mapping[str, object] | None:
    if event is None:
        return None
    labels = (
        ("channel", _("Way, as the service names it")),
        ("referrer", _("Page that linked here")),
        ("utm_source", _("Where the link or advertisement stood")),
        ("utm_medium", _("Kind of advertisement or link")),
        ("utm_campaign", _("Campaign")),
        ("utm_content", _("Advertisement or link")),
        ("utm_term", _("Search word")),
        ("ad_id", _("Number of the advertisement")),
    )
    return {
        "when": _moment(event.get("date_created")),
        "words": in_words(event.get("channel")),
        "details": _pairs(event, labels),
    }


def _picture(visits: Mapping[Month, int], bought: Mapping[Month, int]) -> str:
    if not visits and not bought:
        return ""
    sentences = (f"{year}: {_counted(seen, times)}" for year, seen, times in _years(visits, bought))
    return timeline(
        visits,
        bought,
        labels=(_("Visits in a month"), _("Month with a purchase")),
        title=_("Your visits and purchases over time"),
        description="; ".join(sentences),
    )


def _counted(visits: int, purchases: int) -> str:
    seen = ngettext("%(count)d visit", "%(count)d visits", visits) % {"count": visits}
    times = ngettext("%(count)d purchase", "%(count)d purchases", purchases) % {"count": purchases}
    return f"{seen}, {times}"


def _years(visits: Mapping[Month, int], bought: Mapping[Month, int]) -> list[tuple[int, int, int]]:
    """Year, visits, purchases: the picture for whoever doesn't see it, or wants the figures."""
    seen: Counter[int] = Counter()
    times: Counter[int] = Counter()
    for months, years in ((visits, seen), (bought, times)):
        for (year, _number), count in months.items():
            years[year] += count
    return [(year, seen[year], times[year]) for year in sorted({*seen, *times})]


def _places(story: Story) -> Listing:
    rows = [
        {"name": ", ".join(map(_shown, where)), "count": place.count, "first": place.first, "last": place.last}
        for where, place in story.places[:_PLACES]
    ]
    return Listing(rows=rows, total=len(story.places))


def _tag(tag: Row, reading: Reading) -> Mapping[str, object]:
    name = tag.get("name") or tag.get("tag_id") or tag.get("value")
    meaning = reading.meanings.get(key(name), "") if isinstance(name, str) else ""
    return {"name": _shown(name), "meaning": clean_for_print(meaning), "when": _moment(tag.get("date_created"))}


def _order(order: Row, reading: Reading) -> Mapping[str, object]:
    lines = listed([as_row(item) for item in items(order, "line_items")])
    return {
        "id": _shown(order.get("order_id", order.get("value"))),
        "when": _moment(order.get("date_created")),
        "total": _shown(amount(order.get("total"))),
        "paid": _shown(amount(order.get("total_paid"))),
        "refunded": order.get("is_refunded") is True,
        "lines": _mapped(lines, lambda line: _line(line, reading)),
    }


def _line(line: Row, reading: Reading) -> Mapping[str, object]:
    product_id = as_text(line.get("product_id"))
    name = reading.products.get(product_id) or line.get("product_name") or line.get("value")
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
    return _mapped(counted(map(as_row, answer.items(name))), _all_pairs)


def _all_pairs(row: Any) -> Pairs:
    return [(_shown(key), _shown(value)) for key, value in row.items() if value not in (None, "", [], {})]


def _fields(fields: object) -> Pairs:
    return _all_pairs(fields) if isinstance(fields, dict) else []


def _others(answer: Answer, folder: str) -> Pairs:
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
        key: _("%(count)d entries, in %(folder)s/further_lists.csv") % {"count": value.count, "folder": folder}
        for key, value in answer.long.items()
        if key not in _LISTS
    }
    return _all_pairs({**rest, **long, **answer.beside})
