"""A rectification and an objection, as their people walk them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from segmetrics_client.sandbox.testing import Sandbox
from tests.browser.conftest import PASSWORD, SignIn
from tests.browser.test_main_path import PATIENCE, Photograph, file_request, settle, wait_for_pages

pytestmark = pytest.mark.browser


def approve(bea: Page, case: str, contact_id: str, photograph: Photograph) -> None:
    bea.goto(case)
    bea.get_by_role("link", name="Read the evidence and decide").click()
    photograph(bea, "change-decide")
    bea.get_by_label("Type the contact id to approve").fill(contact_id)
    bea.get_by_label("Your password").fill(PASSWORD)
    bea.get_by_role("button", name=f"Approve these changes to contact {contact_id}").click()
    expect(bea.get_by_role("link", name="Download the certificate")).to_be_visible(timeout=PATIENCE)


def test_a_rectification_with_before_and_after(sign_in: SignIn, photograph: Photograph, segmetrics: Sandbox) -> None:
    segmetrics.add_contact(
        contact_id="6101",
        email="mara.feld@example.com",
        first_name="Marra",
        last_name="Feld",
        custom_fields={"City": "Bon", "Size": "M"},
    )
    anna, bea = sign_in("anna@example.com"), sign_in("bea@example.com")
    case = file_request(anna, kind="Rectification", name="Mara Feld", email="mara.feld@example.com")
    settle(anna, same="6101")
    first, city = anna.get_by_label("New value of First name"), anna.get_by_label("New value of City")
    expect(first).to_have_value("Marra")
    first.fill("Mara")
    city.fill("Bonn")
    anna.get_by_label("A field that is missing").fill("bad@name")
    anna.get_by_role("button", name="Save and prepare").click()
    expect(anna.get_by_text("This can't be the name of a field.")).to_be_visible()
    expect(first).to_have_value("Mara")
    photograph(anna, "change-review-error")
    anna.get_by_label("A field that is missing").fill("")
    anna.get_by_role("button", name="Save", exact=True).last.click()
    expect(anna.get_by_text("Review saved.")).to_be_visible()
    photograph(anna, "change-review")
    anna.get_by_role("button", name="Save and prepare").click()
    expect(anna.get_by_role("heading", name="Waiting for a second person")).to_be_visible(timeout=PATIENCE)

    bea.goto(case)
    photograph(bea, "change-approval")
    approve(bea, case, "6101", photograph)
    photograph(bea, "change-completed")
    bea.get_by_role("link", name="Read it here").click()
    wait_for_pages(bea)
    photograph(bea, "change-certificate")
    with segmetrics.client() as client:
        contact = client.contacts.get("6101")
    assert (contact.full_name, dict(contact.custom_fields)) == ("Mara Feld", {"City": "Bonn", "Size": "M"})


def test_an_objection_to_direct_marketing(sign_in: SignIn, photograph: Photograph, segmetrics: Sandbox) -> None:
    segmetrics.add_contact(
        contact_id="6102", email="ida.wald@example.com", first_name="Ida", last_name="Wald", tags=["Newsletter", "Tea"]
    )
    anna, bea = sign_in("anna@example.com"), sign_in("bea@example.com")
    case = file_request(anna, kind="Objection", name="Ida Wald", email="ida.wald@example.com")
    settle(anna, same="6102")
    assert anna.locator("main form[action*=changes] input:checked").count() == 0, "nothing is chosen for the officer"
    anna.get_by_label("To direct marketing").check()
    anna.get_by_label("Newsletter").check()
    anna.get_by_label("Put these tags on").fill("no marketing")
    photograph(anna, "objection-review")
    anna.get_by_role("button", name="Save and prepare").click()
    expect(anna.get_by_role("heading", name="Waiting for a second person")).to_be_visible(timeout=PATIENCE)
    approve(bea, case, "6102", photograph)
    with segmetrics.client() as client:
        assert sorted(str(tag.name) for tag in client.contacts.tags("6102")) == ["Tea", "no marketing"]
