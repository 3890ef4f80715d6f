"""The catalogue and the reports over real HTTP."""

from datetime import date
from typing import Any

import httpx
import pytest

from segmetrics_client import BadRequest, Extend, NotFound, SegMetrics, UnexpectedAnswer, UsageError
from segmetrics_client.sandbox.testing import Sandbox

from .wire import played

START, END = date(2018, 1, 1), date(2026, 12, 31)


def crowd(sandbox: Sandbox, count: int) -> None:
    sandbox.seed_raw(
        contacts=[
            {"contact_id": str(number), "email": f"p{number}@example.com", "date_created": "2024-05-01"}
            for number in range(count)
        ]
    )


def test_products_are_created_renamed_and_listed(segmetrics: SegMetrics) -> None:
    segmetrics.products.create("108", name="Round Tuit")
    segmetrics.products.create("108", name="Rounder Tuit")
    assert [(product.id, product.name, product.price) for product in segmetrics.products.list()] == [
        ("108", "Rounder Tuit", None)
    ]


def test_a_price_is_sent_with_the_name_that_stands(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    segmetrics.products.create("108", name="Round Tuit")
    sent = segmetrics.products.set_price("108", cents=4900)
    assert (sent.product_id, sent.cents) == ("108", 4900)
    assert [(product.name, product.price) for product in segmetrics.products.list()] == [("Round Tuit", 4900)]
    assert sandbox.calls()[-2].body == {"id": "108", "name": "Round Tuit", "price": 4900}


def test_a_service_that_ignores_prices_shows_in_the_list(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    sandbox.settings(apply_price=False)
    segmetrics.products.set_price("108", cents=4900, name="Round Tuit")
    assert segmetrics.products.list()[0].price is None


@pytest.mark.parametrize("cents", [-1, 49.0, True, "4900"])
def test_a_price_is_whole_cents(sandbox: Sandbox, segmetrics: SegMetrics, cents: int) -> None:
    with pytest.raises(UsageError):
        segmetrics.products.set_price("108", cents=cents)
    assert sandbox.calls() == []


def test_a_price_needs_a_known_product_or_a_name(segmetrics: SegMetrics) -> None:
    with pytest.raises(UsageError, match="Give its name"):
        segmetrics.products.set_price("108", cents=4900)
    with pytest.raises(UsageError, match="id and a name"):
        segmetrics.products.create("", name="Round Tuit")


def test_without_a_catalogue_products_are_gathered_from_orders(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    sandbox.settings(list_products=False)
    sandbox.add_contact(contact_id="1")
    items: list[dict[str, Any]] = [
        {"name": "Trinket", "product_id": "9", "amount": 5},
        {"name": "Gift", "product_id": None, "amount": 0},
    ]
    sandbox.add_invoice(invoice_id="1", contact_id="1", items=items)
    sandbox.add_invoice(invoice_id="2", contact_id="1")
    found = [(product.id, product.name, product.origin) for product in segmetrics.products.list()]
    assert found == [("108", "Round Tuit", "orders"), ("9", "Trinket", "orders")]


def test_a_wrong_account_has_no_products_and_says_so(sandbox: Sandbox) -> None:
    with sandbox.client(account_id="acme9") as segmetrics, pytest.raises(NotFound):
        segmetrics.products.list()


def test_people_of_a_report_are_paged_and_counted(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    crowd(sandbox, 25)
    people = segmetrics.reports.contacts(start=START, end=END, limit=10)
    assert [person.contact_id for person in people] == [str(number) for number in range(25)]
    assert (people.looked_at, people.total, people.pages_read, people.complete) == (25, 25, 3, True)
    assert [call.query["page"] for call in sandbox.calls()] == ["1", "2", "3"]


def test_a_bound_on_pages_is_told(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    crowd(sandbox, 25)
    people = segmetrics.reports.contacts(start=START, end=END, limit=10, max_pages=2)
    assert len(list(people)) == 20
    assert (people.looked_at, people.total, people.complete) == (20, 25, False)
    assert (people.start, people.end) == (START, END)


def test_people_are_read_only_as_far_as_needed(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    crowd(sandbox, 25)
    people = segmetrics.reports.contacts(start=START, end=END, limit=10)
    assert sandbox.calls() == []
    next(iter(people))
    assert (people.looked_at, people.pages_read, people.complete) == (1, 1, False)
    assert len(list(people)) == 25  # from the start again


def test_an_empty_report_was_looked_through(segmetrics: SegMetrics) -> None:
    people = segmetrics.reports.contacts(start=START, end=END)
    assert list(people) == []
    assert (people.looked_at, people.total, people.complete) == (0, 0, True)


def test_dates_of_a_report_count_both_days(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    for contact_id, created in (
        ("1", "2024-05-01 00:00:00"),
        ("2", "2024-05-02 23:59:59"),
        ("3", "2024-05-03"),
    ):
        sandbox.add_contact(contact_id=contact_id, date_created=created)
    people = segmetrics.reports.contacts(start=date(2024, 5, 1), end=date(2024, 5, 2))
    assert [person.contact_id for person in people] == ["1", "2"]


@pytest.mark.parametrize("report", ["revenue", "subscriptions", "ads"])
def test_each_type_of_report_has_its_people(sandbox: Sandbox, segmetrics: SegMetrics, report: str) -> None:
    sandbox.add_contact(contact_id="1", events=[{"date_created": "2024-05-01", "channel": "paid"}])
    sandbox.add_contact(contact_id="2", integration="int12")
    sandbox.add_invoice(invoice_id="1", contact_id="1")
    sandbox.add_subscription(subscription_id="1", contact_id="1")
    people = segmetrics.reports.contacts(report, start=START, end=END, extend=Extend.ORDERS)  # type: ignore[arg-type]
    assert [len(person.orders) for person in people] == [1]


@pytest.mark.parametrize("limit", [0, 101])
def test_a_page_holds_1_to_100(segmetrics: SegMetrics, limit: int) -> None:
    with pytest.raises(UsageError):
        segmetrics.reports.contacts(start=START, end=END, limit=limit)


def test_a_range_that_ends_before_it_begins(segmetrics: SegMetrics) -> None:
    with pytest.raises(UsageError):
        segmetrics.reports.contacts(start=END, end=START)


def test_a_service_that_gives_the_same_page_again_is_not_followed() -> None:
    page = {"data": [{"contact_id": "1"}], "meta": {"current_page": 1, "last_page": 9, "total": 9}}
    with played(lambda _: httpx.Response(200, json=page)) as segmetrics, pytest.raises(UnexpectedAnswer):
        list(segmetrics.reports.contacts(start=START, end=END))


def test_an_empty_page_amid_the_others_is_not_the_end_and_what_it_lacks_is_not_called_seen() -> None:
    def page(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["page"])
        people = [] if number == 2 else [{"contact_id": str(number)}]
        return httpx.Response(200, json={"data": people, "meta": {"current_page": number, "last_page": 3, "total": 3}})

    with played(page) as segmetrics:
        people = segmetrics.reports.contacts(start=START, end=END, limit=1)
        assert [person.contact_id for person in people] == ["1", "3"]
        assert (people.looked_at, people.total, people.complete) == (2, 3, False)
        from_there = segmetrics.reports.contacts(start=START, end=END, limit=1, first_page=2, max_pages=1)
        assert (list(from_there), from_there.complete) == ([], False)


@pytest.mark.parametrize("answer", [{}, {"data": {}}, {"data": [], "meta": 5}, {"data": [{"email": "no id"}]}])
def test_pages_of_another_shape(answer: dict[str, object]) -> None:
    with played(lambda _: httpx.Response(200, json=answer)) as segmetrics, pytest.raises(UnexpectedAnswer):
        list(segmetrics.reports.contacts(start=START, end=END))


def test_attribution_adds_up_by_channel(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    for contact_id, channel in (("1", "paid"), ("2", "paid"), ("3", "email")):
        touch = {"date_created": "2024-05-01 10:00:00", "channel": channel}
        sandbox.add_contact(contact_id=contact_id, date_created="2024-05-01", events=[touch])
        sandbox.add_invoice(invoice_id=contact_id, contact_id=contact_id, amount=1000)
    report = segmetrics.reports.attribution(start=START, end=END)
    assert report.records() == [
        {"channel": "email", "leads": 1, "revenue": 1000},
        {"channel": "paid", "leads": 2, "revenue": 2000},
    ]
    assert report.totals == [3, 3000]
    assert sandbox.calls()[-1].body["options"] == {"attribution_model": "last_touch", "include_source": False}


def test_attribution_by_first_touch(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    touches = [
        {"date_created": "2024-05-02", "channel": "email"},
        {"date_created": "2024-05-01", "channel": "paid"},
    ]
    sandbox.add_contact(contact_id="1", date_created="2024-05-01", events=touches)
    by_model = {
        model: segmetrics.reports.attribution(start=START, end=END, model=model, metrics=["leads"]).rows
        for model in ("first_touch", "last_touch")
    }
    assert by_model == {"first_touch": [["paid", 1]], "last_touch": [["email", 1]]}


def test_attribution_that_the_service_does_not_know(segmetrics: SegMetrics) -> None:
    with pytest.raises(BadRequest):
        segmetrics.reports.attribution(start=START, end=END, by="moon.phase")


def test_attribution_works_on_a_session_that_may_only_read(sandbox: Sandbox) -> None:
    with sandbox.client(integration_id=None, read_only=True) as segmetrics:
        compared = segmetrics.reports.attribution(start=START, end=END, compare=(START, END))
    assert compared.rows == []
    assert sandbox.calls()[-1].body["compare"] == {"start": "2018-01-01", "end": "2026-12-31", "scale": "day"}


def test_a_saved_report(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    crowd(sandbox, 3)
    report = segmetrics.reports.saved("leads", start=START, end=END, report_id="r1", scale="month")
    assert report.report["id"] == "r1"
    assert report.graph["labels"] == ["2024-05-01"]
    assert len(report.table["rows"]) == 3
    assert sandbox.calls()[-1].query == {"start": "2018-01-01", "end": "2026-12-31", "scale": "month"}
