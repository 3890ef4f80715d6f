"""A second request with the same address in a real browser: said when it is filed, listed, and merged."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.test_main_path import PATIENCE, file_request

pytestmark = pytest.mark.browser

Photograph = Callable[[Page, str], None]
NAME, EMAIL = "Dora Double", "dora@example.com"


def test_a_second_request_is_said_listed_and_merged(sign_in: SignIn, photograph: Photograph) -> None:
    anna = sign_in("anna@example.com")
    first = file_request(anna, kind="Erasure", name=NAME, email=EMAIL)
    # Until then the page loads itself anew, which could overtake what is clicked next.
    expect(anna.get_by_text("No contact answers to these identifiers")).to_be_visible(timeout=PATIENCE)
    anna.get_by_role("link", name="Dashboard").click()
    file_request(anna, kind="Access", name=NAME, email=EMAIL)
    expect(anna.get_by_text("No contact answers to these identifiers")).to_be_visible(timeout=PATIENCE)

    anna.get_by_role("link", name="Dashboard").click()
    anna.get_by_role("link", name="File a request").first.click()
    anna.get_by_label("Erasure").check()
    anna.get_by_label("Name of the person").fill(NAME)
    anna.get_by_label("E-mail addresses").fill(f"{EMAIL}\ndora.double@example.com")
    anna.get_by_label("Received on").fill("2026-01-05")
    anna.get_by_label("How it came").select_option("email")
    anna.get_by_label("Note").fill("Wrote a second time.")
    anna.get_by_role("button", name="File and search").click()
    expect(anna.get_by_text("2 open requests have one of these addresses or ids already.")).to_be_visible()
    expect(anna.get_by_label("Note")).to_have_value("Wrote a second time.")
    photograph(anna, "new-already-open")
    with anna.expect_popup() as opened:
        anna.get_by_role("link", name="(in a new tab)").first.click()
    expect(opened.value).to_have_url(first)
    opened.value.close()
    anna.get_by_role("button", name="File it all the same").click()

    card = anna.locator("#related")
    expect(card.get_by_role("listitem")).to_have_count(2)
    expect(anna.get_by_text("No contact answers to these identifiers")).to_be_visible(timeout=PATIENCE)
    photograph(anna, "case-related")
    anna.get_by_text("Merge this request into another…").click()
    photograph(anna, "case-merge")
    anna.get_by_label("Into which request").select_option(first.rstrip("/").rpartition("/")[2])
    card.get_by_label("Reason").fill("The same signature on both.")
    anna.get_by_role("button", name="Merge and close this request").click()

    expect(anna.get_by_role("heading", name="Merged")).to_be_visible()
    photograph(anna, "case-merged")
    anna.get_by_role("main").get_by_role("link", name=first.rstrip("/").rpartition("/")[2]).first.click()
    expect(anna.get_by_text("merged here")).to_be_visible()
    expect(anna.get_by_text("dora.double@example.com")).to_be_visible()
    photograph(anna, "case-merged-here")
