"""The products of a connection: list them, create or rename one, send a price. A price is sent, never proven."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import fingerprint
from dsr.actions import Action
from dsr.connectors.actions import Actions
from dsr.connectors.shown import ProductSeen
from dsr.exceptions import InvalidInput, StaleView
from dsr.models import Connection, SentProduct
from dsr.services.using import Behalf, catalogue_of, integration_in, note

_PRICE = re.compile(r"\d{1,9}(?:[.,]\d{1,2})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a product is to be. Without `cents` its price is left alone."""

    product_id: str
    name: str
    cents: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What makes one product as it is wanted. Both kinds of call are safe to repeat."""

    wanted: Wanted
    before: ProductSeen | None
    sends_name: bool
    sends_price: bool
    was_sent: bool = False
    """Something of it was sent before, and SegMetrics goes on showing what stood there then."""

    @property
    def is_new(self) -> bool:
        return self.before is None and self.sends_name

    @property
    def actions(self) -> list[Action]:
        """What the connection has to be granted for it."""
        asked = (Action.CREATE_PRODUCT, self.sends_name), (Action.UPDATE_PRODUCT_PRICE, self.sends_price)
        return [action for action, is_sent in asked if is_sent]

    @property
    def does_nothing(self) -> bool:
        return not self.actions


def listed(*, connection: Connection, behalf: Behalf) -> list[ProductSeen]:
    """The catalogue; where SegMetrics has no list, what stands in people's orders."""
    with catalogue_of(connection, behalf=behalf) as actions:
        return actions.products()


def wanted(product_id: str, name: str, price: str = "") -> Wanted:
    """What was typed, checked. Raises `InvalidInput` with the field."""
    product_id, name = product_id.strip(), name.strip()
    if not product_id or len(product_id) > 64 or not product_id.isprintable():
        raise InvalidInput(_("A product needs an id of at most 64 characters."), field="id")
    if not name or len(name) > 200 or not name.isprintable():
        raise InvalidInput(_("A product needs a name of at most 200 characters."), field="name")
    return Wanted(product_id=product_id, name=name, cents=cents_in(price) if price.strip() else None)


def cents_in(price: str) -> int:
    """“49.00” or “49,00” as 4900. No separator of thousands: it can't be told from that of cents."""
    text = price.strip()
    if not text.isascii() or not _PRICE.fullmatch(text):
        raise InvalidInput(_("A price is a number such as 49.00, without a currency."), field="price")
    whole, _point, part = text.replace(",", ".").partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") if part else 0)


def plan(*, connection: Connection, behalf: Behalf, integration_id: str, row: Wanted) -> tuple[Step, str]:
    """What saving one product would do, and what stands for exactly that. Nothing is sent."""
    integration = integration_in(connection, integration_id)
    with catalogue_of(connection, behalf=behalf) as actions:
        return _planned(actions, connection, integration, row)


def save(*, connection: Connection, behalf: Behalf, integration_id: str, row: Wanted, seen: str) -> Step:
    """Do it, where it is still what was shown. Raises `StaleView` otherwise."""
    integration = integration_in(connection, integration_id)
    with catalogue_of(connection, behalf=behalf) as actions:
        step, now = _planned(actions, connection, integration, row)
        if now != seen:
            raise StaleView(_("The product has changed since it was shown. Look at it again."))
        send(actions, step, connection=connection, behalf=behalf, integration_id=integration)
    return step


def named(*, connection: Connection, behalf: Behalf, product_id: str) -> str:
    """The name of a product, which a price has to carry. Raises `InvalidInput` where there is none."""
    found = next((row for row in listed(connection=connection, behalf=behalf) if row.product_id == product_id), None)
    if found is None or not found.name:
        raise InvalidInput(_("No product with that id was found. Give its name as well."), field="name")
    return found.name


def step_for(row: Wanted, before: ProductSeen | None, sent: SentProduct | None = None, *, again: bool = True) -> Step:
    """What is still to be done for this product. Without `again`, not what was sent already and is only not shown."""
    shown_name, shown_cents = (before.name, before.cents) if before else ("", None)
    name_differs = before is None or shown_name != row.name
    price_differs = row.cents is not None and shown_cents != row.cents
    knows_name = bool(sent and sent.name_sent_at and (sent.name, sent.shown_name) == (row.name, shown_name))
    knows_price = bool(sent and sent.price_sent_at and (sent.cents, sent.shown_cents) == (row.cents, shown_cents))
    return Step(
        wanted=row,
        before=before,
        sends_name=name_differs and (again or not knows_name),
        sends_price=price_differs and (again or not knows_price),
        was_sent=(name_differs and knows_name) or (price_differs and knows_price),
    )


def send(actions: Actions, step: Step, *, connection: Connection, behalf: Behalf, integration_id: str) -> None:
    """Make the calls of one step, each noted before it and remembered after it."""
    row, shown = step.wanted, step.before
    facts = {"integration": integration_id, "product": row.product_id}
    if step.sends_name:
        note("product_sent", behalf=behalf, connection=connection, is_new=step.is_new, **facts)
        actions.put_product(row.product_id, name=row.name, integration_id=integration_id)
        sent_name = {"shown_name": shown.name if shown else "", "name_sent_at": timezone.now()}
        _remember(connection, integration_id, row, sent_name)
    if step.sends_price and row.cents is not None:
        note("price_sent", behalf=behalf, connection=connection, cents=row.cents, **facts)
        actions.send_price(row.product_id, name=row.name, cents=row.cents, integration_id=integration_id)
        shown_cents = shown.cents if shown else None
        _remember(
            connection,
            integration_id,
            row,
            {"cents": row.cents, "shown_cents": shown_cents, "price_sent_at": timezone.now()},
        )


def _remember(connection: Connection, integration_id: str, row: Wanted, values: dict[str, Any]) -> None:
    SentProduct.objects.update_or_create(
        connection=connection,
        integration_id=integration_id,
        product_id=row.product_id,
        defaults={"name": row.name, **values},
    )


def last_sent(connection: Connection) -> dict[str, SentProduct]:
    """The newest price that was sent for each product, so that a list can say so."""
    rows = connection.sent_products.order_by(F("price_sent_at").asc(nulls_first=True))
    return {row.product_id: row for row in rows}


def _planned(actions: Actions, connection: Connection, integration: str, row: Wanted) -> tuple[Step, str]:
    there = {product.product_id: product for product in actions.products()}
    step = step_for(row, there.get(row.product_id))
    before = [step.before.name, step.before.cents] if step.before else None
    content = [connection.pk, connection.revision, integration, row.product_id, row.name, row.cents, before]
    return step, fingerprint.digest(content)
