"""What can be done with contacts and what hangs on them: rules that both hosts and the admin path share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .fields import EVENT_FIELDS, FIELDS
from .store import Row, Store, dump, iso, load

_OF_CONTACT = "account = ? AND integration = ? AND contact_id = ?"


@dataclass(frozen=True, slots=True)
class Place:
    """One integration of one account."""

    store: Store
    account: str
    integration: str

    def contact(self, contact_id: str) -> Row | None:
        return self.store.row(
            f"SELECT * FROM contacts WHERE {_OF_CONTACT}",  # noqa: S608
            *self._key(contact_id),
        )

    def by_email(self, email: str) -> list[Row]:
        return self.store.rows(
            "SELECT * FROM contacts WHERE account = ? AND integration = ? AND email = ? ORDER BY seq",
            self.account,
            self.integration,
            email,
        )

    def save_contact(self, contact_id: str, email: str | None, given: Mapping[str, Any]) -> None:
        """Add or change. ``custom_fields`` are merged (None removes one); ``tags`` replace the whole list."""
        old = self.contact(contact_id)
        body: dict[str, Any] = load(old["body"]) if old else {"status": "active", "custom_fields": {}}
        body.update({name: given[name] for name in FIELDS if given.get(name) is not None})
        body["last_updated"] = iso(given.get("last_updated"))
        merged = body.get("custom_fields", {}) | dict(given.get("custom_fields") or {})
        body["custom_fields"] = {name: value for name, value in merged.items() if value is not None}
        created = given.get("date_created") or (old["date_created"] if old else None)
        self.store.execute(
            "INSERT INTO contacts (account, integration, contact_id, email, date_created, body)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account, integration, contact_id) DO UPDATE SET"
            " email = coalesce(excluded.email, email), date_created = excluded.date_created,"
            " body = excluded.body",
            self.account,
            self.integration,
            contact_id,
            email,
            iso(created),
            dump(body),
        )
        if given.get("tags") is not None:
            self._drop("tags", contact_id)
            self.add_tags(contact_id, given["tags"])

    def rekey(self, old_id: str, new_id: str) -> None:
        """Give a contact another id; all that hangs on it goes along."""
        for table in ("contacts", "tags", "sales", "extras"):
            self.store.execute(
                f"UPDATE {table} SET contact_id = ? WHERE {_OF_CONTACT}",  # noqa: S608
                new_id,
                *self._key(old_id),
            )

    def delete_contact(self, contact_id: str) -> bool:
        """The contact, its tags and events. Its invoices and subscriptions stay, as the vendor says."""
        self._drop("tags", contact_id)
        self._drop("extras", contact_id)
        return self._drop("contacts", contact_id)

    def add_tags(self, contact_id: str, tags: Sequence[Any]) -> None:
        for tag in tags:
            tag_id, name, date = self._read_tag(tag)
            self.store.execute(
                "INSERT OR IGNORE INTO tags (account, integration, contact_id, tag_id, name, date_created)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                *self._key(contact_id),
                tag_id,
                name,
                iso(date),
            )

    def remove_tags(self, contact_id: str, tags: Sequence[Any]) -> None:
        for tag in tags:
            tag_id, _, _ = self._read_tag(tag)
            self.store.execute(
                f"DELETE FROM tags WHERE {_OF_CONTACT} AND tag_id = ?",  # noqa: S608
                *self._key(contact_id),
                tag_id,
            )

    def save_sale(self, kind: str, given: Mapping[str, Any], date: object) -> None:
        """An invoice or a subscription, added or changed by its id."""
        contact_id = given.get("contact_id")
        self.store.execute(
            "INSERT OR REPLACE INTO sales"
            " (account, integration, kind, id, contact_id, email, date_created, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            self.account,
            self.integration,
            kind,
            str(given["id"]),
            None if contact_id is None else str(contact_id),
            given.get("email"),
            iso(date),
            dump(dict(given)),
        )

    def delete_sale(self, kind: str, sale_id: str) -> bool:
        touched = self.store.execute(
            "DELETE FROM sales WHERE account = ? AND integration = ? AND kind = ? AND id = ?",
            self.account,
            self.integration,
            kind,
            sale_id,
        )
        return touched > 0

    def add_extra(self, kind: str, contact_id: str, body: Mapping[str, Any]) -> None:
        self.store.execute(
            "INSERT INTO extras (account, integration, contact_id, kind, body) VALUES (?, ?, ?, ?, ?)",
            *self._key(contact_id),
            kind,
            dump(dict(body)),
        )

    def add_event(self, contact_id: str, given: Mapping[str, Any]) -> None:
        """An event in the documented shape; what isn't given is null."""
        body = dict.fromkeys(EVENT_FIELDS) | {"type": "page_view", "args": {}} | dict(given)
        body |= {"contact_id": contact_id, "date_created": iso(given.get("date_created"))}
        self.add_extra("event", contact_id, body)

    def save_product(self, product_id: str, name: str, price: int | None) -> None:
        self.store.execute(
            "INSERT INTO products VALUES (?, ?, ?, ?, ?) ON CONFLICT (account, integration, id) DO UPDATE SET"
            " name = excluded.name, price = coalesce(excluded.price, price)",
            *self._key(product_id),
            name,
            price,
        )

    def _drop(self, table: str, contact_id: str) -> bool:
        sql = f"DELETE FROM {table} WHERE {_OF_CONTACT}"  # noqa: S608 - our own names
        return self.store.execute(sql, *self._key(contact_id)) > 0

    def _key(self, object_id: str) -> tuple[str, str, str]:
        return self.account, self.integration, object_id

    def _read_tag(self, tag: Any) -> tuple[str, str, Any]:
        """An id (a number), a name, or an object with id, name and date."""
        if isinstance(tag, Mapping):
            return (
                str(tag.get("id") or tag.get("name")),
                str(tag.get("name") or tag.get("id")),
                tag.get("date"),
            )
        column = "name" if isinstance(tag, str) and not tag.isdigit() else "tag_id"
        known = self.store.row(
            f"SELECT tag_id, name FROM tags WHERE account = ? AND integration = ? AND {column} = ?",  # noqa: S608
            self.account,
            self.integration,
            str(tag),
        )
        if known:
            return known["tag_id"], known["name"], None
        if column == "tag_id":
            return str(tag), f"Tag {tag}", None
        top = self.store.row(
            "SELECT max(CAST(tag_id AS INTEGER)) AS top FROM tags WHERE account = ? AND integration = ?",
            self.account,
            self.integration,
        )
        return str(max(100, (top["top"] or 0) if top else 0) + 1), str(tag), None
