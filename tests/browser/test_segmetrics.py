"""SegMetrics outside of a request, in a real browser: switch on, search, change, tag, a price, the report."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from segmetrics_client.sandbox.testing import Sandbox
from tests.browser.conftest import SignIn

pytestmark = pytest.mark.browser


def _switch_on(page: Page) -> None:
    page.get_by_role("link", name="Connections", exact=True).click()
    # By its whole name: other tests add connections, and none but this one is in use.
    page.get_by_role("link", name="Acme Webshop (demo)", exact=True).click()
    expect(page.get_by_role("heading", name="What else may it do?")).to_be_visible()
    for name in ("Add or change a contact", "Give a contact tags", "Take tags from a contact"):
        page.get_by_label(name).check()
    for name in ("Create or rename a product", "Send a product's price"):
        page.get_by_label(name).check()
    page.get_by_role("button", name="Save what it may do").click()
    expect(page.get_by_text("it may do what is ticked")).to_be_visible()  # before a link leads away from it


def test_search_change_and_tag_a_contact(
    sign_in: SignIn, segmetrics: Sandbox, photograph: Callable[[Page, str], None]
) -> None:
    segmetrics.add_contact(
        contact_id="77001",
        email="nele.browser@example.com",
        first_name="Nele",
        last_name="Browser",
        date_created="2024-03-04 10:00:00",
        custom_fields={"City": "Ghent"},
        tags=["Newsletter"],
        events=[{"type": "visit", "date_created": "2024-03-04 10:00:00", "channel": "organic", "utm_source": "search"}],
    )
    segmetrics.add_invoice(invoice_id="77001-1", contact_id="77001", amount=4500)
    admin = sign_in("max@example.com")
    _switch_on(admin)

    page = sign_in("anna@example.com")
    page.get_by_role("link", name="SegMetrics", exact=True).click()
    expect(page.get_by_role("heading", name="Search for a contact")).to_be_visible()
    photograph(page, "segmetrics-search")
    page.get_by_label("E-mail or id").fill("nele.browser@example.com")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="Nele Browser")).to_be_visible()
    assert "nele" not in page.url
    photograph(page, "segmetrics-contact")

    change = page.locator("section", has=page.get_by_role("heading", name="Change this contact"))
    change.get_by_label("First name").fill("Neele")
    change.get_by_label("Further fields").fill("City=Bruges")
    change.get_by_role("button", name="See what it would do").click()
    expect(page.get_by_role("heading", name="This changes contact 77001 in int9")).to_be_visible()
    photograph(page, "segmetrics-change")
    page.get_by_role("button", name="Send this to SegMetrics").click()
    expect(page.get_by_text("Sent, and SegMetrics shows it.")).to_be_visible()
    expect(page.get_by_role("heading", name="Neele Browser")).to_be_visible()

    tags = page.locator("section", has=page.get_by_role("heading", name="Tags", exact=True))
    tags.get_by_label("Newsletter").check()
    tags.get_by_label("Tags to give").fill("Gold")
    tags.get_by_role("button", name="See what it would do").click()
    photograph(page, "segmetrics-tags")
    page.get_by_role("button", name="Send this to SegMetrics").click()
    expect(page.get_by_label("Gold")).to_be_visible()

    page.get_by_role("button", name="File a request").click()
    expect(page.get_by_label("Name of the person")).to_have_value("Neele Browser")
    assert page.url.endswith("/cases/new/")


def test_products_and_the_report(sign_in: SignIn, segmetrics: Sandbox, photograph: Callable[[Page, str], None]) -> None:
    page = sign_in("max@example.com")
    _switch_on(page)
    page.get_by_role("link", name="SegMetrics", exact=True).click()
    expect(page.get_by_role("cell", name="Round Tuit")).to_be_visible()
    page.get_by_label("Id", exact=True).fill("108")
    page.get_by_label("Name", exact=True).fill("Round Tuit")
    page.get_by_label("Price").fill("49.00")
    page.get_by_role("button", name="See what it would do").click()
    expect(page.get_by_role("heading", name="This changes product 108")).to_be_visible()
    photograph(page, "segmetrics-product")
    page.get_by_role("button", name="Send this to SegMetrics").click()
    expect(page.get_by_text("The price is sent, not proven")).to_be_visible()
    photograph(page, "segmetrics-products")

    page.get_by_role("link", name="Attribution report").click()
    page.get_by_label("First day").fill("2021-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("img", name="Revenue")).to_be_visible()
    photograph(page, "segmetrics-report")
