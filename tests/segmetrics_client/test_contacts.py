"""Contacts over real HTTP: search, read, change, delete."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from segmetrics_client import (
    ContactNotFound,
    ContactUpdate,
    Extend,
    InvalidIdentifier,
    RekeyRefused,
    SegMetrics,
    UnexpectedAnswer,
    UnsafeDelete,
    UsageError,
)
from segmetrics_client.sandbox.testing import Sandbox

LINDA = "linda.dare@example.com"


def add_linda(sandbox: Sandbox) -> None:
    sandbox.add_contact(
        contact_id="1004",
        email=LINDA,
        first_name="Linda",
        last_name="Dare",
        tags=["VIP", {"id": 8, "name": "Platinum", "date": "2018-11-28 09:28:42"}],
        custom_fields={"City": "Mortimerville"},
        date_created="2018-10-02 16:15:00",
        last_updated="2021-12-31 00:00:00",
        events=[
            {"date_created": "2020-01-02 10:00:00", "channel": "email", "utm_source": "newsletter"},
            {"date_created": "2018-10-02 16:10:00", "channel": "paid", "utm_campaign": "Retargeting"},
            {"date_created": "2018-10-01 08:00:00", "referrer": "a visit without a source"},
        ],
        lists=[{"list_id": "12", "anything": {"deep": [1, None]}}],
        companies=[{"name": "Dare & Daughters"}],
    )
    sandbox.add_invoice(invoice_id="234115", contact_id="1004")
    sandbox.add_subscription(subscription_id="7712", contact_id="1004")


def test_search_finds_by_email_and_by_external_id(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    add_linda(sandbox)
    by_email = segmetrics.contacts.search(email=LINDA)
    by_id = segmetrics.contacts.search(external_id="1004")
    assert [found.contact_id for found in (*by_email, *by_id)] == ["1004", "1004"]
    assert segmetrics.contacts.search(email=LINDA.upper())[0].full_name == "Linda Dare"


def test_search_for_somebody_unknown_is_empty(segmetrics: SegMetrics) -> None:
    assert segmetrics.contacts.search(email="nobody@example.com") == []
    assert segmetrics.contacts.search(external_id="99") == []


@pytest.mark.parametrize("wrong", [{}, {"email": LINDA, "external_id": "1004"}])
def test_search_takes_one_identifier(sandbox: Sandbox, segmetrics: SegMetrics, wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        segmetrics.contacts.search(**wrong)
    assert sandbox.calls() == []


@pytest.mark.parametrize("nothing", ["", " ", ".", "..", "\ud800", "x" * 2000])
def test_an_identifier_that_names_nobody_makes_no_call(sandbox: Sandbox, segmetrics: SegMetrics, nothing: str) -> None:
    with pytest.raises(InvalidIdentifier):
        segmetrics.contacts.search(external_id=nothing)
    with pytest.raises(InvalidIdentifier):
        segmetrics.contacts.search(email=nothing)
    assert sandbox.calls() == []


@pytest.mark.parametrize(
    "email",
    [
        "o'brien+news@example.com",
        "a/b@example.com",
        "50%off@example.com",
        "c#d?e=1&f@example.com",
        "ü@example.com",
    ],
)
def test_emails_that_need_encoding_are_found(sandbox: Sandbox, segmetrics: SegMetrics, email: str) -> None:
    sandbox.add_contact(contact_id="1", email=email)
    assert [found.email for found in segmetrics.contacts.search(email=email)] == [email]


def test_get_brings_all_that_was_asked_for(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    add_linda(sandbox)
    linda = segmetrics.contacts.get("1004", extend=Extend.ALL)
    assert (linda.first_name, linda.status, linda.custom_fields) == (
        "Linda",
        "active",
        {"City": "Mortimerville"},
    )
    assert linda.date_created == datetime(2018, 10, 2, 16, 15, tzinfo=UTC)
    assert [tag.name for tag in linda.tags] == ["VIP", "Platinum"]
    assert [(order.order_id, order.total, order.is_paid) for order in linda.orders] == [("234115", 4500, True)]
    assert [line.product_name for line in linda.orders[0].line_items] == ["Round Tuit"]
    assert [subscription.id for subscription in linda.subscriptions] == ["7712"]
    assert linda.lists == [{"list_id": "12", "anything": {"deep": [1, None]}}]
    assert linda.companies == [{"name": "Dare & Daughters"}]
    assert len(linda.events) == 3
    assert linda.last_activity == datetime(2021, 12, 31, tzinfo=UTC)


def test_get_asks_only_for_what_is_wanted(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    add_linda(sandbox)
    plain = segmetrics.contacts.get("1004")
    some = segmetrics.contacts.get("1004", extend=Extend.TAGS | Extend.EVENTS)
    assert (plain.tags, plain.events, plain.orders) == ([], [], [])
    assert (len(some.tags), len(some.events), some.orders) == (2, 3, [])
    assert [call.query for call in sandbox.calls()] == [{}, {"extend": "events,tags"}]


def test_get_of_somebody_unknown(segmetrics: SegMetrics) -> None:
    with pytest.raises(ContactNotFound) as caught:
        segmetrics.contacts.get("99")
    assert caught.value.status == 404
    assert caught.value.request_id


def test_the_raw_answer_is_whole(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    add_linda(sandbox)
    raw = segmetrics.contacts.get_raw("1004", extend=Extend.ALL)
    assert json.loads(raw.content)["data"] == raw.data == raw.contact().raw
    assert set(raw.data["events"][0]) >= {"fingerprint", "postal_code", "meta"}


def test_lead_source_is_the_earliest_event_with_one(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    add_linda(sandbox)
    source = segmetrics.contacts.lead_source("1004")
    assert source is not None
    assert (source.channel, source.label) == ("paid", "paid, Retargeting")
    sandbox.add_contact(contact_id="5")
    assert segmetrics.contacts.lead_source("5") is None
    with pytest.raises(ContactNotFound):
        segmetrics.contacts.lead_source("99")


def test_tags_of_a_contact(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    add_linda(sandbox)
    assert [(tag.tag_id, tag.name) for tag in segmetrics.contacts.tags("1004")] == [
        ("101", "VIP"),
        ("8", "Platinum"),
    ]


def test_upsert_adds_and_changes(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    when = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    segmetrics.contacts.upsert(
        ContactUpdate(contact_id="7", email="ada@example.com", date_created=when, custom_fields={"a": 1, "b": 2})
    )
    segmetrics.contacts.upsert(ContactUpdate(contact_id="7", first_name="Ada", custom_fields={"b": None}))
    ada = segmetrics.contacts.get("7")
    assert (ada.first_name, ada.email, ada.custom_fields) == ("Ada", "ada@example.com", {"a": 1})
    assert ada.date_created == when
    sent = [call.body for call in sandbox.calls() if call.method == "POST"]
    assert sent[0]["date_created"] == "2026-03-01 10:00:00"
    assert sent[1] == {"contact_id": "7", "first_name": "Ada", "custom_fields": {"b": None}}


def test_upsert_by_email_changes_its_bearer(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    add_linda(sandbox)
    segmetrics.contacts.upsert(ContactUpdate(email=LINDA, last_name="Care"))
    assert segmetrics.contacts.get("1004").last_name == "Care"


def test_upsert_never_rekeys_unasked(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    add_linda(sandbox)
    with pytest.raises(RekeyRefused):
        segmetrics.contacts.upsert(ContactUpdate(contact_id="5000", email=LINDA))
    assert sandbox.contact_exists("int9", "1004")
    assert [call.method for call in sandbox.calls()] == ["GET"]
    segmetrics.contacts.upsert(ContactUpdate(contact_id="5000", email=LINDA), rekey=True)
    assert not sandbox.contact_exists("int9", "1004")
    assert segmetrics.contacts.get("5000", extend=Extend.ORDERS).orders


def test_an_update_names_somebody_and_has_no_tags() -> None:
    with pytest.raises(ValueError, match="contact_id or an email"):
        ContactUpdate(first_name="Ada")
    with pytest.raises(ValueError, match="tags"):
        ContactUpdate(contact_id="7", tags=["VIP"])  # type: ignore[call-arg]


def test_delete_is_confirmed(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    add_linda(sandbox)
    deleted = segmetrics.contacts.delete("1004")
    assert (deleted.id, deleted.object) == ("1004", "contact")
    assert not sandbox.contact_exists("int9", "1004")
    with pytest.raises(ContactNotFound):
        segmetrics.contacts.delete("1004")


NO_IDS = ["", " ", "1004 ", "1004\n", "*", ".", "..", "1004/../2087", "1004,2087", "a" * 200]
EMAILS = [LINDA, "linda%40example.com", "linda＠example.com"]


@pytest.mark.parametrize("unsafe", [*EMAILS, *NO_IDS, None, 1004, True, ["1004"], b"1004"])
def test_only_a_plain_id_deletes(sandbox: Sandbox, segmetrics: SegMetrics, unsafe: object) -> None:
    for delete in (segmetrics.contacts.delete, segmetrics.invoices.delete, segmetrics.subscriptions.delete):
        with pytest.raises(UnsafeDelete):
            delete(unsafe)  # type: ignore[arg-type]
    assert sandbox.calls() == []


@pytest.mark.parametrize("plain", ["1004", "cus_N1a.b", "0f8fad5b-d9cb-469f-a165-70867728950e", "a:1", "_7"])
def test_plain_ids_of_other_systems_do(sandbox: Sandbox, segmetrics: SegMetrics, plain: str) -> None:
    sandbox.add_contact(contact_id=plain)
    assert segmetrics.contacts.delete(plain).id == plain


@pytest.mark.parametrize("kind", ["wrong_shape", "malformed_json", "html"])
def test_a_read_that_makes_no_sense(sandbox: Sandbox, segmetrics: SegMetrics, kind: str) -> None:
    add_linda(sandbox)
    sandbox.fault(kind)
    with pytest.raises(UnexpectedAnswer):
        segmetrics.contacts.get("1004")
