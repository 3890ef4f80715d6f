"""The vendor's traps: that the sandbox has them, asked in plain HTTP, and that the client doesn't step in."""

from typing import Any

import httpx
import pytest

from segmetrics_client import Extend, SegMetrics
from segmetrics_client.sandbox.testing import Sandbox

SHARED = "family@example.com"


def raw(sandbox: Sandbox, method: str, path: str, body: dict[str, Any] | None = None, key: str = "sandbox-key") -> Any:
    response = httpx.request(method, sandbox.url + path, json=body, headers={"Authorization": key}, trust_env=False)
    return response.status_code, response.json()


def family(sandbox: Sandbox) -> None:
    sandbox.add_contact(contact_id="1", email=SHARED, first_name="Linda")
    sandbox.add_contact(contact_id="2", email=SHARED, first_name="Tom")
    sandbox.add_contact(contact_id="3", email=SHARED, integration="int12")
    sandbox.add_contact(contact_id="4", email="other@example.com")


def test_deleting_by_email_takes_everyone_in_that_integration(sandbox: Sandbox) -> None:
    family(sandbox)
    status, body = raw(sandbox, "DELETE", "/import/api/v1/acme1/int9/contact/family%40example.com")
    assert (status, body["deleted"], body["id"]) == (200, True, SHARED)
    assert [row["contact_id"] for row in sandbox.contacts(account="acme1")] == ["3", "4"]


def test_a_deleted_contact_leaves_its_invoices_and_subscriptions(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    family(sandbox)
    sandbox.add_invoice(invoice_id="26", contact_id="1")
    sandbox.add_subscription(subscription_id="7", contact_id="1")
    segmetrics.contacts.delete("1")
    assert sandbox.invoice_exists("int9", "26")
    assert sandbox.subscription_exists("int9", "7")
    assert segmetrics.invoices.delete("26")


def test_a_lookup_by_email_gives_one_of_several(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    family(sandbox)
    assert [found.contact_id for found in segmetrics.contacts.search(email=SHARED)] == ["1"]
    sandbox.prefer_for_email(SHARED, "2")
    assert [found.contact_id for found in segmetrics.contacts.search(email=SHARED)] == ["2"]
    segmetrics.contacts.delete("2")
    assert [found.contact_id for found in segmetrics.contacts.search(email=SHARED)] == ["1"]


def test_a_contact_is_deleted_in_one_integration_while_reads_span_the_account(
    sandbox: Sandbox, segmetrics: SegMetrics
) -> None:
    sandbox.add_contact(contact_id="1004", first_name="Petra")
    sandbox.add_contact(contact_id="1004", first_name="Omar", integration="int12")
    for integration, contact in (("int9", "1004"), ("int12", "1004")):
        sandbox.add_invoice(invoice_id="26", contact_id=contact, integration=integration)
    before = segmetrics.contacts.get("1004", extend=Extend.ORDERS)
    segmetrics.contacts.delete("1004")
    after = segmetrics.contacts.get("1004", extend=Extend.ORDERS)
    assert (before.first_name, after.first_name) == ("Petra", "Omar")
    assert [order.order_id for order in after.orders] == ["26"]


def test_a_new_id_with_a_known_email_rekeys(sandbox: Sandbox) -> None:
    sandbox.add_contact(contact_id="1", email=SHARED)
    raw(sandbox, "POST", "/import/api/v1/acme1/int9/contact", {"contact_id": 500, "email": SHARED})
    assert [row["contact_id"] for row in sandbox.contacts(email=SHARED)] == ["500"]


def test_upserted_tags_replace_and_custom_fields_merge(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    sandbox.add_contact(contact_id="1", tags=["A", "B"], custom_fields={"x": 1, "y": 2})
    update = {"contact_id": 1, "tags": ["C"], "custom_fields": {"y": None, "z": 3}}
    assert raw(sandbox, "POST", "/import/api/v1/acme1/int9/contact", update) == (200, {"status": "success"})
    changed = segmetrics.contacts.get("1", extend=Extend.TAGS)
    assert [tag.name for tag in changed.tags] == ["C"]
    assert changed.custom_fields == {"x": 1, "z": 3}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/read/acme9/contact/1"),
        ("GET", "/read/acme9/report/leads/contacts"),
        ("POST", "/read/v2/acme9/data/query"),
        ("DELETE", "/import/api/v1/acme9/int9/contact/1"),
        ("DELETE", "/import/api/v1/acme1/int99/contact/1"),
        ("GET", "/read/acme1/nonsense"),
        ("GET", "/nonsense"),
    ],
)
def test_a_wrong_place_answers_404_to_everything(sandbox: Sandbox, method: str, path: str) -> None:
    sandbox.add_contact(contact_id="1")
    assert raw(sandbox, method, path, {} if method == "POST" else None)[0] == 404
    assert raw(sandbox, method, path, {} if method == "POST" else None, key="wrong")[0] == 401


def test_the_hosts_word_their_errors_differently(sandbox: Sandbox) -> None:
    imported = raw(sandbox, "POST", "/import/api/v1/acme1/int9/invoice", {"contact_id": 1})
    assert imported[0] == 400
    assert "missing 'id' field " in imported[1]["errors"]
    assert raw(sandbox, "GET", "/read/acme1/contact/99") == (404, {"message": "Contact not found"})
    assert raw(sandbox, "GET", "/read/acme1/contact/99?extend=moon")[0] == 404
    assert raw(sandbox, "GET", "/read/acme1/report/leads/contacts?limit=101")[0] == 400


def test_an_invoice_by_email_finds_its_contact_when_that_comes(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    invoice = {
        "id": 9,
        "email": SHARED,
        "amount": 5,
        "paid": 0,
        "date_created": "2024-05-01 00:00:00",
        "items": [],
    }
    raw(sandbox, "POST", "/import/api/v1/acme1/int9/invoice", invoice)
    sandbox.add_contact(contact_id="1", email=SHARED)
    (order,) = segmetrics.contacts.get("1", extend=Extend.ORDERS).orders
    assert (order.order_id, order.is_paid) == ("9", False)
