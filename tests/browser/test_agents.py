"""A token for an AI client, and what an erasure takes out of the figures, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from segmetrics_client.sandbox.testing import Sandbox
from tests.browser.conftest import PASSWORD, SignIn
from tests.browser.test_main_path import PATIENCE, file_request, load_until, settle
from tests.smoke.demo_process import Demo

pytestmark = pytest.mark.browser

Photograph = Callable[[Page, str], None]


def test_a_token_is_made_after_signing_in_again_and_ended(demo: Demo, sign_in: SignIn, photograph: Photograph) -> None:
    page = sign_in("anna@example.com")
    page.locator(".who a").first.click()
    expect(page.get_by_text("An AI client can read and file requests")).to_be_visible()
    photograph(page, "preferences-ai-clients")
    page.get_by_role("link", name="Token for an AI client").click()
    photograph(page, "token-none")
    page.get_by_label("How long it lasts").select_option("7")
    page.get_by_role("button", name="Make a token").click()
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page.locator("#token")).to_have_text(re.compile(r"^dsr_[\w-]{43}$"))
    photograph(page, "token-shown-once")
    page.goto(f"http://127.0.0.1:{demo.web}/agents/")
    expect(page.locator("#token")).to_have_count(0)
    expect(page.get_by_text("A token is in use")).to_be_visible()
    page.get_by_role("button", name="End the token").click()
    expect(page.get_by_text("The token has ended")).to_be_visible()


def test_the_approver_sees_the_impact_and_has_the_totals_read(
    sign_in: SignIn, photograph: Photograph, segmetrics: Sandbox
) -> None:
    segmetrics.add_contact(
        contact_id="5151",
        email="ina.channel@example.com",
        first_name="Ina",
        last_name="Channel",
        events=[
            {"type": "visit", "date_created": "2024-01-01 10:00:00", "channel": "paid search"},
            {"type": "visit", "date_created": "2024-03-01 10:00:00", "channel": "email"},
        ],
    )
    for invoice_id, amount, day in (("51511", 12900, "2024-02-01"), ("51512", 4900, "2024-03-02")):
        segmetrics.add_invoice(invoice_id=invoice_id, contact_id="5151", amount=amount, date_created=f"{day} 12:00:00")
    anna = sign_in("anna@example.com")
    case = file_request(anna, kind="Erasure", name="Ina Channel", email="ina.channel@example.com")
    settle(anna, same="5151")
    anna.get_by_label("Ground of the erasure").select_option("17(1)(a)")
    anna.get_by_role("button", name="Save and prepare").click()
    expect(anna.get_by_role("heading", name="Waiting for a second person")).to_be_visible(timeout=PATIENCE)

    page = sign_in("bea@example.com")
    page.goto(f"{case}approval/")
    card = page.locator("#impact")
    expect(card).to_be_visible()
    photograph(page, "approval-impact")
    card.get_by_role("button", name="Read the totals of all contacts").click()
    expect(page.get_by_text("The totals are being read")).to_be_visible()
    load_until(page, page.locator("#impact").get_by_text("All contacts, before").first)
    photograph(page, "case-impact-totals")
