"""The write host: ``/import/api/v1/<account>/<integration>/...``."""

from collections.abc import Callable, Mapping
from typing import Any

from .http import Response, Wrong
from .people import Place

Body = Mapping[str, Any]


def answer(place: Place, method: str, segments: list[str], body: Body) -> Response:
    """One call; ``segments`` follow the integration. Raises Wrong for what the vendor answers with 4xx."""
    match method, segments:
        case "POST", [("contact" | "invoice" | "subscription" | "product") as kind]:
            _POST[kind](place, body)
        case "POST", ["tags", ("add" | "remove") as verb]:
            _tags(place, verb, body)
        case "DELETE", ["contact", who]:
            _delete_contact(place, who)
            return _deleted("contact", who)
        case "DELETE", [("invoice" | "subscription") as kind, sale_id]:
            if not place.delete_sale(kind, sale_id):
                raise Wrong(404, f"{kind} not found")
            return _deleted(kind, sale_id)
        case _:
            raise Wrong(404, "no such endpoint")
    return Response(200, {"status": "success"})


def _deleted(kind: str, object_id: str) -> Response:
    return Response(200, {"id": object_id, "status": "success", "object": kind, "deleted": True})


def _delete_contact(place: Place, who: str) -> None:
    if place.delete_contact(who):
        return
    # Trap: an email takes every contact of the integration that bears it.
    bearers = place.by_email(who)
    if not bearers:
        raise Wrong(404, "contact not found")
    for bearer in bearers:
        place.delete_contact(bearer["contact_id"])


def _contact(place: Place, body: Body) -> None:
    contact_id, email = _text(body, "contact_id"), _text(body, "email")
    if contact_id is None and email is None:
        raise Wrong(400, "missing 'contact_id' or 'email' field ")
    bearers = place.by_email(email) if email is not None else []
    if contact_id is None:
        contact_id = bearers[0]["contact_id"] if bearers else _new_id(place)
    elif place.contact(contact_id) is None and bearers:
        # Trap: an unknown id with a known email gives that contact the new id.
        place.rekey(bearers[0]["contact_id"], contact_id)
    place.save_contact(contact_id, email, body)


def _invoice(place: Place, body: Body) -> None:
    _need(body, "id", "amount", "paid", "date_created", "items")
    _known_contact(place, body)
    for number, item in enumerate(body["items"]):
        if not isinstance(item, Mapping):
            raise Wrong(400, f"item {number} is not an object")
        _need(item, "name", "product_id", "amount")
        place.save_product(str(item["product_id"]), str(item["name"]), None)
    place.save_sale("invoice", body, body["date_created"])


def _subscription(place: Place, body: Body) -> None:
    _need(body, "id", "amount", "product_id", "start_date", "last_bill_date", "billing_cycle", "frequency")
    if body["billing_cycle"] not in ("year", "month", "week", "day"):
        raise Wrong(400, "invalid 'billing_cycle' field ")
    _known_contact(place, body)
    place.save_sale("subscription", body, body["start_date"])


def _product(place: Place, body: Body) -> None:
    _need(body, "id", "name")
    price = body.get("price")
    place.save_product(str(body["id"]), str(body["name"]), price if isinstance(price, int) else None)


def _tags(place: Place, verb: str, body: Body) -> None:
    _need(body, "tags")
    contact_id, email = _text(body, "contact_id"), _text(body, "email")
    if contact_id is None and email is None:
        raise Wrong(400, "missing 'contact_id' or 'email' field ")
    found = [place.contact(contact_id)] if contact_id is not None else place.by_email(email or "")
    contact = next((row for row in found if row), None)
    if contact is None:
        raise Wrong(404, "contact not found")
    change = place.add_tags if verb == "add" else place.remove_tags
    change(contact["contact_id"], body["tags"])


_POST: dict[str, Callable[[Place, Body], None]] = {
    "contact": _contact,
    "invoice": _invoice,
    "subscription": _subscription,
    "product": _product,
}


def _need(body: Body, *names: str) -> None:
    missing = [f"missing '{name}' field " for name in names if body.get(name) is None]
    if missing:
        raise Wrong(400, *missing)


def _known_contact(place: Place, body: Body) -> None:
    contact_id = _text(body, "contact_id")
    if contact_id is None and _text(body, "email") is None:
        raise Wrong(400, "missing 'contact_id' or 'email' field ")
    # The vendor: a contact_id must exist already; an email alone is matched whenever its contact comes.
    if contact_id is not None and place.contact(contact_id) is None:
        raise Wrong(400, "contact does not exist")


def _text(body: Body, name: str) -> str | None:
    value = body.get(name)
    return None if value is None or value == "" else str(value)


def _new_id(place: Place) -> str:
    top = place.store.row("SELECT max(seq) AS top FROM contacts")
    return str(900_000 + ((top["top"] or 0) if top else 0) + 1)
