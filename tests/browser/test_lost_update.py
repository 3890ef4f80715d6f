"""Two officers at one decision, in two browsers: both versions side by side, and nothing lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from segmetrics_client.sandbox.testing import Sandbox
from tests.browser.conftest import SignIn
from tests.browser.test_main_path import PATIENCE, file_request

pytestmark = pytest.mark.browser

Photograph = Callable[[Page, str], None]


def decide(page: Page, decision: str, why: str) -> Locator:
    card = page.locator(".candidate", has=page.get_by_role("button", name="Save decision on 3003"))
    card.get_by_label(decision).check()
    card.get_by_label("Why").fill(why)
    card.get_by_role("button", name="Save decision on 3003").click()
    return card


def test_the_second_sees_both_and_saves_theirs_knowingly(
    sign_in: SignIn, photograph: Photograph, segmetrics: Sandbox
) -> None:
    segmetrics.add_contact(contact_id="3003", email="ute@example.com", first_name="Ute", last_name="Twice")
    anna = sign_in("anna@example.com")
    case = file_request(anna, kind="Erasure", name="Ute Twice", email="ute@example.com")
    expect(anna.get_by_text("Save decision on 3003")).to_be_visible(timeout=PATIENCE)
    otto = sign_in("otto@example.com")
    otto.goto(case)
    decide(anna, "Same person", "The order number fits.")
    expect(anna.get_by_text("Decision on contact 3003 saved.")).to_be_visible()

    card = decide(otto, "Other person", "Her sister, who has the same mailbox.")

    both = card.get_by_role("group", name="Both versions")
    expect(both.get_by_text("Anna Officer changed this at")).to_be_visible()
    expect(both).to_be_focused()
    expect(both.get_by_text("The order number fits.")).to_be_visible()
    expect(card.get_by_label("Why")).to_have_value("Her sister, who has the same mailbox.")
    photograph(otto, "lost-update")
    both.get_by_role("button", name="Save mine over it").click()
    expect(otto.get_by_text("Decision on contact 3003 saved.")).to_be_visible()
    expect(otto.get_by_text("Her sister, who has the same mailbox.").first).to_be_visible()

    decide_again = anna.locator(".candidate details").first
    anna.reload()
    decide_again.locator("summary").click()
    expect(anna.get_by_label("Why")).to_have_value("Her sister, who has the same mailbox.")
