"""The main path by keyboard alone: Tab, Enter, Space, arrows and typing, no mouse."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from segmetrics_client.sandbox.testing import Sandbox
from tests.browser.conftest import PASSWORD, SCREENSHOTS, OpenSite
from tests.browser.keyboard import Keyboard
from tests.browser.test_main_path import LETTER, PATIENCE

pytestmark = pytest.mark.browser
EMAIL = "a/b@example.com"


def sign_in(page: Page, email: str) -> Keyboard:
    keys = Keyboard(page)
    keys.write(page.get_by_label("E-mail"), email)
    keys.write(page.get_by_label("Password"), PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    return keys


def file(keys: Keyboard, *, name: str) -> None:
    page = keys.page
    keys.skip_to_content()
    keys.press(page.get_by_role("main").get_by_role("link", name="File a request").first)
    expect(page.get_by_role("heading", name="File a request")).to_be_visible()
    keys.skip_to_content()
    keys.tick(page.get_by_label("Erasure"))
    keys.write(page.get_by_label("Name of the person"), name)
    keys.write(page.get_by_label("E-mail addresses"), EMAIL)
    keys.write_day(page.get_by_label("Received on"), (timezone.localdate() - dt.timedelta(days=2)).isoformat())
    keys.choose(page.get_by_label("How it came"), "Letter")
    keys.attach(page.get_by_label("Original letter"), LETTER)
    keys.press(page.get_by_role("button", name="File and search"))
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def settle(keys: Keyboard, contact_id: str) -> None:
    """Identity and match, each with the button below its own fields."""
    page = keys.page
    decide = page.get_by_role("button", name=f"Save decision on {contact_id}")
    expect(decide).to_be_visible(timeout=PATIENCE)
    keys.skip_to_content()
    card = page.locator(".candidate", has=decide)
    keys.tick(card.get_by_label("Same person"))
    keys.write(card.get_by_label("Why"), "order number fits")
    keys.press(decide, by="Space")
    expect(page.get_by_text("Every contact is decided on")).to_be_visible()
    keys.skip_to_content()
    keys.choose(page.get_by_label("How it was confirmed"), "Signed letter that fits our records")
    keys.press(page.get_by_role("button", name="Confirm the identity"))
    expect(page.get_by_role("button", name="Go on to the review")).to_be_enabled()
    keys.skip_to_content()
    keys.press(page.get_by_role("button", name="Go on to the review"))


def test_a_deletion_from_filing_to_certificate_by_keyboard(open_site: OpenSite, segmetrics: Sandbox) -> None:
    with segmetrics.client() as client:
        (contact,) = client.contacts.search(email=EMAIL)
    contact_id = contact.contact_id
    anna = open_site()
    keys = sign_in(anna, "anna@example.com")
    file(keys, name=contact.full_name)
    settle(keys, contact_id)

    expect(anna.get_by_role("heading", name="What is deleted, on which ground")).to_be_visible()
    keys.skip_to_content()
    keys.choose(anna.get_by_label("Ground of the erasure"), "(a) The data is no longer needed for its purpose")
    meaning = anna.get_by_text("What each ground of erasure means")
    keys.press(meaning)
    expect(anna.get_by_role("link", name="Art. 17(1)(a) on EUR-Lex")).to_be_visible()
    keys.press(anna.get_by_role("button", name="Save and prepare"))
    expect(anna.get_by_role("heading", name="Waiting for a second person")).to_be_visible(timeout=PATIENCE)

    bea = open_site()
    keys = sign_in(bea, "bea@example.com")
    keys.skip_to_content()
    keys.press(bea.get_by_role("main").get_by_role("link", name=anna.url.rstrip("/").rsplit("/", 1)[-1]).first)
    expect(bea.get_by_role("heading", level=1, name=contact.full_name)).to_be_visible()
    keys.skip_to_content()
    keys.press(bea.get_by_role("link", name="Read the evidence and decide"))
    expect(bea.locator("main img").first).to_be_visible()
    keys.skip_to_content()
    keys.write(bea.get_by_label("Type the contact id to approve"), contact_id)
    keys.write(bea.get_by_label("Your password"), PASSWORD)
    keys.press(bea.get_by_role("button", name=f"Approve deletion of contact {contact_id}"))

    certificate = bea.get_by_role("link", name="Download the certificate")
    expect(certificate).to_be_visible(timeout=PATIENCE)
    keys.skip_to_content()
    with bea.expect_download() as download:
        keys.press(certificate)
    download.value.save_as(SCREENSHOTS / "certificate-keyboard.pdf")
    assert (SCREENSHOTS / "certificate-keyboard.pdf").read_bytes().startswith(b"%PDF")
    assert [(call.object, call.object_id) for call in segmetrics.deletes()][-1] == ("contact", contact_id)
