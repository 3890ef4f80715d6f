"""The schemas of the twelve actions: the files are what the code gives, and what fits them works at SegMetrics."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dsr.actions import READS, Action
from dsr.connectors import schemas
from dsr.management.commands.segmetrics_schemas import FOLDER
from segmetrics_client import SegMetrics
from segmetrics_client.actions import ACTIONS
from segmetrics_client.sandbox.testing import Sandbox

Call = Callable[[SegMetrics, Any], object]
HERE = {"integration_id": "int9"}
CALLS: dict[str, tuple[dict[str, Any], Call]] = {
    "search_contacts": (
        {"email": "linda.dare@example.com"},
        lambda client, it: client.contacts.search(email=it.email, external_id=it.external_id),
    ),
    "get_contact": ({"contact_id": "1004"}, lambda client, it: client.contacts.get(it.contact_id)),
    "get_lead_source": ({"contact_id": "1004"}, lambda client, it: client.contacts.lead_source(it.contact_id)),
    "list_contact_tags": ({"contact_id": "1004"}, lambda client, it: client.contacts.tags(it.contact_id)),
    "list_products": ({"max_pages": 1}, lambda client, it: client.products.list(max_pages=it.max_pages)),
    "get_attribution_report": (
        {"start": "2018-01-01", "end": "2026-01-01"},
        lambda client, it: client.reports.attribution(start=it.start, end=it.end, by=it.by, model=it.model),
    ),
    "upsert_contact": (
        {**HERE, "contact": {"contact_id": "1004", "first_name": "Linda", "custom_fields": {"size": 40}}},
        lambda client, it: client.contacts.upsert(it.contact, rekey=it.rekey),
    ),
    "add_contact_tags": (
        {**HERE, "contact_id": "1004", "tags": ["Late", {"id": 9, "name": "Old"}]},
        lambda client, it: client.tags.add(it.contact_id, it.tags),
    ),
    "remove_contact_tags": (
        {**HERE, "contact_id": "1004", "tags": ["VIP"]},
        lambda client, it: client.tags.remove(it.contact_id, it.tags),
    ),
    "create_product": (
        {**HERE, "product_id": "108", "name": "Mug"},
        lambda client, it: client.products.create(it.product_id, name=it.name),
    ),
    "update_product_price": (
        {**HERE, "product_id": "108", "cents": 4900, "name": "Mug"},
        lambda client, it: client.products.set_price(it.product_id, cents=it.cents, name=it.name),
    ),
    "delete_contact": (
        {**HERE, "contact_id": "1004"},
        lambda client, it: client.contacts.delete(it.contact_id),
    ),
}


def stored(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return schema


def test_the_files_are_what_the_code_gives() -> None:
    there = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*")}
    assert there == schemas.texts(), "run `make schemas`"


def test_the_actions_are_those_of_a_grant() -> None:
    assert set(ACTIONS) == set(Action.values) == set(CALLS)
    assert {name for name, action in ACTIONS.items() if action.effect == "read"} == set(READS)
    assert [name for name, action in ACTIONS.items() if action.effect == "irreversible"] == ["delete_contact"]


@pytest.mark.parametrize("name", CALLS)
def test_what_fits_the_schema_is_a_call_that_works(name: str, sandbox: Sandbox) -> None:
    arguments, call = CALLS[name]
    schema = stored(name)["inputSchema"]
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(arguments)
    asked = ACTIONS[name].input.model_validate(arguments)
    with sandbox.client() as client:
        call(client, asked)
    assert sandbox.calls()


@pytest.mark.parametrize("name", CALLS)
def test_what_a_schema_does_not_name_does_not_fit(name: str) -> None:
    schema = Draft202012Validator(stored(name)["inputSchema"])
    arguments = {**CALLS[name][0], "and": "more"}
    assert not schema.is_valid(arguments)
    with pytest.raises(ValueError, match="Extra inputs"):
        ACTIONS[name].input.model_validate(arguments)
    for address in ("linda@example.com", "10/04", "", ".."):
        if "contact_id" in arguments:
            assert not schema.is_valid({**CALLS[name][0], "contact_id": address})


def test_only_what_reads_may_be_called_through_an_ai_client() -> None:
    may = {name for name in CALLS if stored(name)["x-callable-by-agents"]}
    assert may == set(READS)
    assert stored("delete_contact")["annotations"] == {"readOnlyHint": False, "destructiveHint": True}
