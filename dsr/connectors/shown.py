"""What SegMetrics shows of contacts, products and reports, in the desk's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from segmetrics_client import AttributionReport, Contact, LeadSource, Order, Product
from segmetrics_client.values import as_text


def is_same(field: str, one: str, other: str) -> bool:
    """Whether both are one value of this field. Upper and lower case are the same in a contact's address, which may
    come back in lower case (ASSUMED), and in nothing else."""
    return one == other or (field == "email" and one.lower() == other.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSeen:
    """The fields of a contact. `custom_fields` are text, as they are typed in."""

    contact_id: str
    first_name: str
    last_name: str
    email: str
    status: str
    created: str
    updated: str
    custom_fields: Mapping[str, str]

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSeen:
    order_id: str
    day: str
    total: int | str
    products: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a contact bought. Amounts are in cents (ASSUMED)."""

    orders: tuple[OrderSeen, ...]
    subscriptions: int
    spent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TagSeen:
    tag_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSeen:
    channel: str
    utm_source: str
    utm_medium: str
    utm_campaign: str
    utm_term: str
    utm_content: str
    ad_id: str
    referrer: str
    on: str

    def told(self) -> dict[str, str]:
        """What is known, without what isn't."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSeen:
    product_id: str
    name: str
    cents: int | None
    is_from_orders: bool
    """Read from people's orders, since the service has no list; then it has no price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSeen:
    """Rows by the key of each field; `money` names those that are amounts."""

    fields: tuple[tuple[str, str], ...]
    money: frozenset[str]
    rows: tuple[Mapping[str, Any], ...]
    totals: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Somebody in a report, with what a rule asks about."""

    contact_id: str
    source: Mapping[str, str]
    spent: int
    tags: frozenset[str]


def text(value: object) -> str:
    """What came, as text; a date with its day first."""
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else as_text(value) or ""


def contact_of(contact: Contact) -> ContactSeen:
    return ContactSeen(
        contact_id=contact.contact_id,
        first_name=contact.first_name or "",
        last_name=contact.last_name or "",
        email=contact.email or "",
        status=contact.status or "",
        created=text(contact.date_created),
        updated=text(contact.last_updated),
        custom_fields={name: text(value) for name, value in contact.custom_fields.items()},
    )


def history_of(contact: Contact) -> History:
    orders = tuple(
        OrderSeen(
            order_id=order.order_id or "",
            day=text(order.date_created)[:10],
            total=order.total if order.total is not None else "",
            products=", ".join(dict.fromkeys(item.product_name for item in order.line_items if item.product_name)),
        )
        for order in contact.orders
    )
    return History(orders=orders, subscriptions=len(contact.subscriptions), spent=spent_in(contact.orders))


def spent_in(orders: list[Order]) -> int:
    """What was paid and not given back. An amount that is no whole number of cents isn't counted."""
    return sum(
        order.total_paid for order in orders if isinstance(order.total_paid, int) and order.is_refunded is not True
    )


def source_of(source: LeadSource) -> SourceSeen:
    names = ("channel", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "ad_id", "referrer")
    return SourceSeen(**{name: getattr(source, name) or "" for name in names}, on=text(source.date_created))


def product_of(product: Product) -> ProductSeen:
    return ProductSeen(
        product_id=product.id,
        name=product.name or "",
        cents=product.price if isinstance(product.price, int) else None,
        is_from_orders=product.origin != "catalogue",
    )


def report_of(report: AttributionReport) -> ReportSeen:
    keys = [field.key or str(place) for place, field in enumerate(report.fields)]
    return ReportSeen(
        fields=tuple((key, field.name or key) for key, field in zip(keys, report.fields, strict=True)),
        money=frozenset(key for key, field in zip(keys, report.fields, strict=True) if field.type == "CURRENCY"),
        rows=tuple(report.records()),
        totals=tuple(report.totals),
    )


def lead_of(contact: Contact) -> Lead:
    source = contact.lead_source()
    return Lead(
        contact_id=contact.contact_id,
        source=source_of(source).told() if source else {},
        spent=spent_in(contact.orders),
        tags=frozenset(tag.name for tag in contact.tags if tag.name),
    )
