"""`search`, `show`, `upsert`, `tags add`, `tags remove`."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dsr.connectors.shown import ContactSeen
from dsr.exceptions import InvalidInput, StaleView
from dsr.management.segmetrics.asking import Asked
from dsr.management.segmetrics.terminal import money, typed
from dsr.models import IdentifierKind
from dsr.services import contact_changes, contact_tags, contacts
from dsr.services.contact_changes import Plan, Sent

_LARGEST_INPUT = 100_000


def add_who(parser: ArgumentParser) -> None:
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--email", metavar="ADDRESS", help="“-” reads it from the standard input")
    who.add_argument("--id", metavar="ID", help="an external id; “-” likewise")


def add_change(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--contact-id", default="", metavar="ID", help="whom to change; “-” likewise; without it a contact is added"
    )
    parser.add_argument("--email", default="", metavar="ADDRESS", help="“-” reads it from the standard input")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="first_name, status and so on")
    parser.add_argument("--field", action="append", default=[], metavar="NAME=VALUE", help="a custom field")
    parser.add_argument("--remove-field", action="append", default=[], metavar="NAME", help="takes a custom field away")
    parser.add_argument("--input", default="", metavar="FILE", help="all of it as JSON; “-” is the standard input")


def search(asked: Asked) -> None:
    kind = IdentifierKind.EMAIL if asked.options["email"] is not None else IdentifierKind.EXTERNAL_ID
    given = asked.options["email"] if kind == IdentifierKind.EMAIL else asked.options["id"]
    value = typed(given, what="E-mail" if kind == IdentifierKind.EMAIL else "Id")
    found = contacts.search(connection=asked.connection, behalf=asked.behalf, kind=kind, value=value)
    asked.terminal.facts(_rows(found))
    asked.terminal.say("One contact answers at most: others may have the same e-mail.")
    asked.terminal.give({"contact": _contact(found)})


def show(asked: Asked) -> None:
    contact_id = typed(asked.options["contact_id"], what="Contact id")
    found = contacts.show(connection=asked.connection, behalf=asked.behalf, contact_id=contact_id)
    terminal, history = asked.terminal, found.history
    source, tags = found.source, found.tags
    terminal.facts(
        [
            *_rows(found.contact),
            *((f"field {name}", value) for name, value in found.contact.custom_fields.items()),
            ("lead source", ", ".join(f"{k}={v}" for k, v in source.told().items()) if source else "none told"),
            ("tags", ", ".join(tag.name for tag in tags) or "none" if tags is not None else "not read"),
            ("subscriptions", history.subscriptions if history else ""),
            ("spent", money(history.spent) if history else ""),
        ]
    )
    if history and history.orders:
        rows = [(row.order_id, row.day, row.products, money(row.total)) for row in history.orders]
        terminal.table("Orders", ["Id", "Day", "Products", "Total #"], rows)
    for sentence in found.missing:
        terminal.say(sentence)
    terminal.give(
        {
            "contact": _contact(found.contact),
            "lead_source": source.told() if source else None,
            "tags": [asdict(tag) for tag in tags] if tags is not None else None,
            "orders": [asdict(row) for row in history.orders] if history else [],
            "subscriptions": history.subscriptions if history else None,
            "spent_cents": history.spent if history else None,
            "missing": list(found.missing),
        }
    )


def upsert(asked: Asked) -> None:
    contact_id, fields = _fields(asked.options)
    common = {
        "connection": asked.connection,
        "behalf": asked.behalf,
        "contact_id": contact_id,
        "integration_id": asked.options["integration"],
        "fields": fields,
    }
    plan = contact_changes.plan_change(**common)
    _carry_out(asked, plan, lambda: contact_changes.change(**common, seen=plan.seen))


def add_tags(asked: Asked) -> None:
    _tags(asked, add=asked.options["tags"])


def remove_tags(asked: Asked) -> None:
    _tags(asked, remove=asked.options["tags"])


def _tags(asked: Asked, **change: list[str]) -> None:
    common: dict[str, Any] = {
        "connection": asked.connection,
        "behalf": asked.behalf,
        "contact_id": typed(asked.options["contact_id"], what="Contact id"),
        "integration_id": asked.options["integration"],
        **change,
    }
    plan = contact_tags.plan_tags(**common)
    _carry_out(asked, plan, lambda: contact_tags.change_tags(**common, seen=plan.seen))


def _carry_out(asked: Asked, plan: Plan, do: Callable[[], Sent]) -> None:
    """Show before and after; send it where that is wanted."""
    terminal = asked.terminal
    rows = [(row.field, "(not told)" if row.before is None else row.before, row.after) for row in plan.differences]
    told: dict[str, Any] = {
        "contact_id": plan.contact_id,
        "integration": plan.integration_id,
        "is_new": plan.is_new,
        "changes": [{"field": row.field, "before": row.before, "after": row.after} for row in plan.differences],
    }
    title = f"A new contact in {plan.integration_id}" if plan.is_new else f"Contact {plan.contact_id}"
    if plan.changes_nothing:
        terminal.say(f"{title}: it is so already. Nothing is sent.")
        terminal.give({**told, "sent": False, "dry_run": terminal.dry_run, "read_back": None})
        return
    terminal.table(title, ["Field", "Before", "After"], rows)
    if terminal.dry_run:
        terminal.say("A dry run: nothing was sent.")
        terminal.give({**told, "sent": False, "dry_run": True, "read_back": None})
        return
    if not terminal.agreed(f"Send this to integration {plan.integration_id}?"):
        raise StaleView("Nothing was sent.")
    sent = do()
    terminal.say("Sent, and read back as it was asked for." if sent.is_read_back else "Sent; it doesn't read so yet.")
    terminal.give(
        {**told, "contact_id": sent.contact_id, "sent": True, "dry_run": False, "read_back": sent.is_read_back}
    )


def _fields(options: dict[str, Any]) -> tuple[str, dict[str, object]]:
    """Whom to change, and what: from the options, or from a JSON object."""
    if options["input"]:
        return _from_json(options["input"])
    if options["contact_id"] == options["email"] == "-":
        raise InvalidInput("Only one of them can be read from the standard input. Use --input for both.")
    custom: dict[str, object] = dict(_pair(text) for text in options["field"])
    custom |= dict.fromkeys(options["remove_field"])
    fields: dict[str, object] = dict(_pair(text) for text in options["set"])
    if options["email"]:
        fields["email"] = typed(options["email"], what="E-mail")
    return typed(options["contact_id"], what="Contact id"), {**fields, **({"custom_fields": custom} if custom else {})}


def _from_json(name: str) -> tuple[str, dict[str, object]]:
    try:
        text = (
            sys.stdin.read(_LARGEST_INPUT) if name == "-" else Path(name).read_text(encoding="utf-8")[:_LARGEST_INPUT]
        )
        given = json.loads(text)
    except (OSError, ValueError, RecursionError):
        raise InvalidInput("The input can't be read as JSON.") from None
    if not isinstance(given, dict):
        raise InvalidInput("The input is no JSON object.")
    return str(given.pop("contact_id", "") or ""), given


def _pair(text: str) -> tuple[str, str]:
    name, is_there, value = text.partition("=")
    if not is_there or not name.strip():
        raise InvalidInput("Give a name, “=” and a value.")
    return name.strip(), value


def _contact(found: ContactSeen) -> dict[str, Any]:
    return {**asdict(found), "custom_fields": dict(found.custom_fields)}


def _rows(found: ContactSeen) -> list[tuple[str, object]]:
    return [
        ("contact id", found.contact_id),
        ("name", found.name or "none"),
        ("e-mail", found.email or "none"),
        ("status", found.status),
        ("created", found.created),
        ("updated", found.updated),
    ]
