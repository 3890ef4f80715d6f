"""The main path with JavaScript switched off: the job is followed by loading the page again."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from segmetrics_client.sandbox.testing import Sandbox
from tests.browser.conftest import PASSWORD, SignIn
from tests.browser.test_main_path import PATIENCE, file_request
from tests.ops.waiting import eventually

pytestmark = pytest.mark.browser
EMAIL = "c#dur@example.com"


def load_until(page: Page, thing: Locator) -> None:
    """Press the link that loads the page again, as somebody does whose page doesn't follow by itself."""

    def is_there() -> bool:
        if thing.is_visible():
            return True
        again = page.get_by_role("link", name="Load it again")
        expect(again.or_(thing).first).to_be_visible()
        if again.is_visible():
            again.click()
        return thing.is_visible()

    assert eventually(is_there, within=PATIENCE / 1000), f"never came: {thing}"


def test_a_deletion_from_filing_to_certificate_without_javascript(sign_in: SignIn, segmetrics: Sandbox) -> None:
    with segmetrics.client() as client:
        (contact,) = client.contacts.search(email=EMAIL)
    contact_id = contact.contact_id
    anna = sign_in("anna@example.com", java_script_enabled=False)
    case = file_request(anna, kind="Erasure", name=contact.full_name, email=EMAIL)
    decide = anna.get_by_role("button", name=f"Save decision on {contact_id}")
    load_until(anna, decide)
    anna.get_by_label("Same person").check()
    anna.get_by_label("Why").fill("order number fits")
    decide.click()
    expect(anna.get_by_text(f"Decision on contact {contact_id} saved.")).to_be_visible()
    anna.get_by_label("How it was confirmed").select_option("signed_letter")
    anna.get_by_role("button", name="Confirm the identity").click()
    expect(anna.get_by_text("Identity confirmed.")).to_be_visible()
    anna.get_by_role("button", name="Go on to the review").click()
    anna.get_by_label("Ground of the erasure").select_option("17(1)(a)")
    anna.get_by_text("What each ground of erasure means").click()
    expect(anna.get_by_role("link", name="Art. 17(1)(a) on EUR-Lex")).to_be_visible()
    anna.get_by_role("button", name="Save and prepare").click()
    load_until(anna, anna.get_by_role("heading", name="Waiting for a second person"))

    bea = sign_in("bea@example.com", java_script_enabled=False)
    bea.goto(case)
    bea.get_by_role("link", name="Read the evidence and decide").click()
    expect(bea.locator("main img").first).to_be_visible()
    bea.get_by_label("Type the contact id to approve").fill(contact_id)
    bea.get_by_label("Your password").fill(PASSWORD)
    bea.get_by_role("button", name=f"Approve deletion of contact {contact_id}").click()
    certificate = bea.get_by_role("link", name="Download the certificate")
    load_until(bea, certificate)
    with bea.expect_download() as download:
        certificate.click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    assert [(call.object, call.object_id) for call in segmetrics.deletes()][-1] == ("contact", contact_id)
