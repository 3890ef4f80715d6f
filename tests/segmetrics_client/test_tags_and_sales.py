"""Tags, invoices and subscriptions over real HTTP."""

from datetime import datetime

import pytest

from segmetrics_client import (
    BadRequest,
    Extend,
    NewInvoice,
    NewItem,
    NewSubscription,
    NotFound,
    SegMetrics,
    TagRef,
    UsageError,
)
from segmetrics_client.sandbox.testing import Sandbox

WHEN = datetime(2026, 3, 1, 12)  # noqa: DTZ001 - the API takes dates without a zone


def names(segmetrics: SegMetrics, contact_id: str) -> list[str | None]:
    return [tag.name for tag in segmetrics.contacts.tags(contact_id)]


def test_tags_are_added_and_removed_one_by_one(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    sandbox.add_contact(contact_id="1", tags=["Old"])
    segmetrics.tags.add("1", ["VIP", 45, TagRef(id=3, name="New Lead", date=WHEN)])
    assert names(segmetrics, "1") == ["Old", "VIP", "Tag 45", "New Lead"]
    segmetrics.tags.add("1", ["VIP"])
    segmetrics.tags.remove("1", ["VIP", 3, "Never had"])
    assert names(segmetrics, "1") == ["Old", "Tag 45"]


def test_tags_of_nobody(segmetrics: SegMetrics) -> None:
    with pytest.raises(NotFound):
        segmetrics.tags.add("99", ["VIP"])


@pytest.mark.parametrize(("contact_id", "tags"), [("1", "VIP"), ("1", []), ("", ["VIP"])])
def test_tags_that_say_nothing_make_no_call(
    sandbox: Sandbox, segmetrics: SegMetrics, contact_id: str, tags: list[str]
) -> None:
    with pytest.raises(UsageError):
        segmetrics.tags.add(contact_id, tags)
    assert sandbox.calls() == []


def test_an_invoice_comes_back_as_an_order(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    sandbox.add_contact(contact_id="1")
    items = (
        NewItem(name="Round Tuit", product_id=108, amount=4000),
        NewItem(name="Trinket", product_id=2, amount=500),
    )
    segmetrics.invoices.add(
        NewInvoice(id=26, contact_id="1", amount=4500, paid=4500, date_created=WHEN, items=items, is_refunded=True)
    )
    (order,) = segmetrics.contacts.get("1", extend=Extend.ORDERS).orders
    assert (order.order_id, order.total, order.is_refunded) == ("26", 4500, True)
    assert [(line.product_id, line.amount) for line in order.line_items] == [("108", 4000), ("2", 500)]


def test_a_subscription_comes_back(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    sandbox.add_contact(contact_id="1", email="ada@example.com")
    segmetrics.subscriptions.add(
        NewSubscription(
            id="7",
            email="ada@example.com",
            amount=1900,
            product_id=108,
            start_date=WHEN,
            last_bill_date=WHEN,
            billing_cycle="month",
        )
    )
    (subscription,) = segmetrics.contacts.get("1", extend=Extend.SUBSCRIPTIONS).subscriptions
    assert subscription.id == "7"
    assert subscription.model_extra is not None
    assert subscription.model_extra["billing_cycle"] == "month"


def test_an_invoice_for_nobody_is_refused_with_the_services_words(segmetrics: SegMetrics) -> None:
    with pytest.raises(BadRequest) as caught:
        segmetrics.invoices.add(NewInvoice(id=1, contact_id="99", amount=1, paid=1, date_created=WHEN))
    assert caught.value.details == ("contact does not exist",)
    assert "contact does not exist" not in str(caught.value)


def test_invoices_and_subscriptions_are_deleted_by_id(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    sandbox.add_contact(contact_id="1")
    sandbox.add_invoice(invoice_id="26", contact_id="1")
    sandbox.add_subscription(subscription_id="7", contact_id="1")
    assert segmetrics.invoices.delete("26").object == "invoice"
    assert segmetrics.subscriptions.delete("7").object == "subscription"
    assert not sandbox.invoice_exists("int9", "26")
    assert not sandbox.subscription_exists("int9", "7")
    with pytest.raises(NotFound):
        segmetrics.invoices.delete("26")
    with pytest.raises(NotFound):
        segmetrics.subscriptions.delete("7")
