"""The read host: ``/read/<account>/...`` for contacts and products. Reports stand in ``reports``."""

from collections.abc import Callable, Mapping
from typing import Any

from .http import Response, Wrong
from .store import Row, Store, iso, load

EXTENDS = ("events", "tags", "orders", "subscriptions", "lists", "companies")
Query = Mapping[str, str]


def one_contact(store: Store, account: str, who: str, query: Query) -> Response:
    """By id, else by email. Reads span the account: with several of them, one is answered, and only one."""
    found = store.row(
        "SELECT c.* FROM contacts c LEFT JOIN preferences p ON p.account = c.account AND p.email = c.email"
        " AND p.contact_id = c.contact_id AND (p.integration IS NULL OR p.integration = c.integration)"
        " WHERE c.account = ? AND (c.contact_id = ? OR c.email = ?)"
        " ORDER BY c.contact_id = ? DESC, p.contact_id IS NULL, c.seq LIMIT 1",
        account,
        who,
        who,
        who,
    )
    if found is None:
        raise Wrong(404, "Contact not found")
    return Response(200, {"data": contact(store, found, extends(query))})


def products(store: Store, account: str, query: Query) -> Response:
    limit, page = whole(query, "limit", 20, 1, 100), whole(query, "page", 1, 1, 10**6)
    total = store.row("SELECT count(DISTINCT id) AS n FROM products WHERE account = ?", account) or {"n": 0}
    rows = store.rows(
        "SELECT id, min(name) AS name, max(price) AS price FROM products WHERE account = ?"
        " GROUP BY id ORDER BY id LIMIT ? OFFSET ?",
        account,
        limit,
        (page - 1) * limit,
    )
    return Response(200, {"data": rows, "meta": meta(f"{account}/products", total["n"], page, limit, len(rows))})


def contact(store: Store, row: Row, wanted: tuple[str, ...]) -> dict[str, Any]:
    """A contact as the read host gives it; only what was asked for stands beside the core."""
    body = load(row["body"])
    core = {
        "contact_id": row["contact_id"],
        "first_name": body.get("first_name"),
        "last_name": body.get("last_name"),
        "email": row["email"],
        "status": body.get("status"),
        "date_created": row["date_created"],
        "last_updated": body.get("last_updated"),
        "custom_fields": body.get("custom_fields", {}),
    }
    return core | {name: _EXTENDED[name](store, row) for name in wanted}


def _extras(store: Store, row: Row, kind: str) -> list[dict[str, Any]]:
    found = store.rows(
        "SELECT body FROM extras WHERE account = ? AND integration = ? AND contact_id = ? AND kind = ? ORDER BY seq",
        row["account"],
        row["integration"],
        row["contact_id"],
        kind,
    )
    # In one go: a contact may have very many events.
    every: list[dict[str, Any]] = load(f"[{','.join(extra['body'] for extra in found)}]")
    return every


def _tags(store: Store, row: Row) -> list[dict[str, Any]]:
    return store.rows(
        "SELECT tag_id, name, contact_id, date_created FROM tags"
        " WHERE account = ? AND integration = ? AND contact_id = ? ORDER BY seq",
        row["account"],
        row["integration"],
        row["contact_id"],
    )


def sales(store: Store, row: Row, kind: str) -> list[Row]:
    """What hangs on a contact by its id, or by its email where no id was given."""
    return store.rows(
        "SELECT * FROM sales WHERE account = ? AND integration = ? AND kind = ?"
        " AND (contact_id = ? OR (contact_id IS NULL AND email = ?)) ORDER BY seq",
        row["account"],
        row["integration"],
        kind,
        row["contact_id"],
        row["email"],
    )


def order(sale: Row, contact_id: str) -> dict[str, Any]:
    body = load(sale["body"])
    amount, paid = int(body.get("amount") or 0), int(body.get("paid") or 0)
    tax, shipping, discount = (int(body.get(name) or 0) for name in ("tax", "shipping", "discount"))
    common = {"is_paid": paid >= amount, "is_refunded": bool(body.get("is_refunded"))}
    lines = [
        {
            "contact_id": contact_id,
            "order_item_id": str(item.get("id") or f"{sale['id']}{number:02d}"),
            "product_id": None if item.get("product_id") is None else str(item["product_id"]),
            "order_id": sale["id"],
            "subscription_id": None if item.get("subscription_id") is None else str(item["subscription_id"]),
            "product_name": item.get("name"),
            "order_type": "subscription" if item.get("subscription_id") else "product",
            **common,
            "amount": item.get("amount"),
            "total_paid": item.get("total_paid", item.get("amount") if common["is_paid"] else 0),
            "total_due": item.get("amount"),
            "date_created": sale["date_created"],
            "imported_at": sale["date_created"],
            "last_imported_at": sale["date_created"],
        }
        for number, item in enumerate(body.get("items") or (), start=1)
    ]
    return {
        "order_id": sale["id"],
        "contact_id": contact_id,
        **common,
        "subtotal": amount - tax - shipping + discount,
        "total_tax": tax,
        "total_shipping": shipping,
        "total_discount": discount,
        "total": amount,
        "total_paid": paid,
        "date_created": sale["date_created"],
        "line_items": lines,
    }


def _subscription(sale: Row, contact_id: str) -> dict[str, Any]:
    """The vendor doesn't document this shape; ours (ASSUMED) is what was imported, with the ids as text."""
    body = load(sale["body"])
    dates = ("start_date", "last_bill_date", "trial_end_date", "end_date", "canceled_date")
    return {
        "subscription_id": sale["id"],
        "contact_id": contact_id,
        "product_id": None if body.get("product_id") is None else str(body["product_id"]),
        "product_name": body.get("name"),
        "amount": body.get("amount"),
        "quantity": body.get("quantity", 1),
        "billing_cycle": body.get("billing_cycle"),
        "frequency": body.get("frequency"),
        "status": "canceled" if body.get("canceled_date") else "active",
        **{name: iso(body[name]) if body.get(name) else None for name in dates},
    }


def _orders(store: Store, row: Row) -> list[dict[str, Any]]:
    return [order(sale, row["contact_id"]) for sale in sales(store, row, "invoice")]


def _subscriptions(store: Store, row: Row) -> list[dict[str, Any]]:
    return [_subscription(sale, row["contact_id"]) for sale in sales(store, row, "subscription")]


_EXTENDED: dict[str, Callable[[Store, Row], list[dict[str, Any]]]] = {
    "events": lambda store, row: _extras(store, row, "event"),
    "tags": _tags,
    "orders": _orders,
    "subscriptions": _subscriptions,
    "lists": lambda store, row: _extras(store, row, "list"),
    "companies": lambda store, row: _extras(store, row, "company"),
}


def extends(query: Query) -> tuple[str, ...]:
    asked = [name.strip() for name in query.get("extend", "").split(",") if name.strip()]
    unknown = [name for name in asked if name not in EXTENDS]
    if unknown:
        raise Wrong(400, f"unknown extend: {unknown[0]}")
    return tuple(name for name in EXTENDS if name in asked)


def whole(query: Query, name: str, default: int, least: int, most: int) -> int:
    text = query.get(name, str(default))
    if not text.isdigit() or not least <= int(text) <= most:
        raise Wrong(400, f"'{name}' must be {least} to {most}")
    return int(text)


def meta(path: str, total: int, page: int, limit: int, shown: int) -> dict[str, Any]:
    first = (page - 1) * limit + 1
    return {
        "current_page": page,
        "from": first if shown else None,
        "last_page": max(1, -(-total // limit)),
        "path": f"https://api.segmetrics.io/{path}",
        "per_page": limit,
        "to": first + shown - 1 if shown else None,
        "total": total,
    }
