"""The approver's page in a real browser: what changed since a send-back, and several requests one after the other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from segmetrics_client.sandbox.testing import Sandbox
from tests.browser.conftest import PASSWORD, SignIn
from tests.browser.test_main_path import PATIENCE, file_request, settle, wait_for_pages

pytestmark = pytest.mark.browser

Photograph = Callable[[Page, str], None]
PEOPLE = {"3001": "Rowena First", "3002": "Rowan Second"}


def add(segmetrics: Sandbox, contact_id: str) -> str:
    """Somebody with an order in the sandbox; their address."""
    first, last = PEOPLE[contact_id].split()
    email = f"{first.lower()}@example.com"
    segmetrics.add_contact(contact_id=contact_id, email=email, first_name=first, last_name=last)
    segmetrics.add_invoice(invoice_id=f"9{contact_id}", contact_id=contact_id, amount=4500)
    return email


def prepared(anna: Page, contact_id: str, email: str) -> str:
    anna.get_by_role("link", name="Dashboard").click()
    address = file_request(anna, kind="Erasure", name=PEOPLE[contact_id], email=email)
    settle(anna, same=contact_id)
    anna.get_by_label("Ground of the erasure").select_option("17(1)(a)")
    anna.get_by_role("button", name="Save and prepare").click()
    expect(anna.get_by_role("heading", name="Waiting for a second person")).to_be_visible(timeout=PATIENCE)
    return address


def send_all_back(bea: Page) -> None:
    """What other tests left waiting is none of this one."""
    for _ in range(20):
        bea.goto(f"{bea.url.split('/cases/')[0].rstrip('/')}/cases/approvals/")
        if bea.get_by_role("heading", name="Nothing waits for your approval").is_visible():
            return
        bea.locator("summary").filter(has_text="Send back to").click()
        bea.get_by_label("Reason").fill("Not now.")
        bea.get_by_role("button", name="Send back to review").click()
        expect(bea.get_by_text("is sent back to review")).to_be_visible()
    raise AssertionError("there is always another one")


def approve(page: Page, contact_id: str) -> None:
    page.get_by_label("Type the contact id to approve").fill(contact_id)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name=f"Approve deletion of contact {contact_id}").click()


def test_what_came_back_is_compared_and_several_are_reviewed_in_a_row(
    sign_in: SignIn, photograph: Photograph, segmetrics: Sandbox
) -> None:
    send_all_back(sign_in("bea@example.com"))
    anna = sign_in("anna@example.com")
    first, second = (prepared(anna, contact_id, add(segmetrics, contact_id)) for contact_id in PEOPLE)
    bea = sign_in("bea@example.com")
    bea.goto(f"{first}approval/")
    bea.get_by_text("Send back to Anna Officer…").click()
    bea.get_by_label("Reason").fill("Does the invoice have to stay?")
    bea.get_by_role("button", name="Send back to review").click()
    expect(bea.get_by_text("is sent back to review")).to_be_visible()

    anna.goto(first)
    anna.get_by_label("Decision on Invoice 93001").select_option("keep")
    anna.get_by_label("Exemption for Invoice 93001").select_option("17(3)(b)")
    anna.get_by_label("Reason for Invoice 93001").fill("The tax office asks for it.")
    anna.get_by_role("button", name="Save and prepare").click()
    expect(anna.get_by_role("heading", name="Waiting for a second person")).to_be_visible(timeout=PATIENCE)

    bea.get_by_role("link", name="Dashboard").click()
    photograph(bea, "dashboard-in-a-row")
    bea.get_by_role("link", name="Review in a row").click()
    expect(bea.get_by_role("heading", name="What changed since it was sent back")).to_be_visible()
    wait_for_pages(bea)
    photograph(bea, "approval-sent-back")
    bea.get_by_role("link", name=second.rstrip("/").rpartition("/")[2]).first.click()
    expect(bea.get_by_text("2 of 2 that wait for you")).to_be_visible()
    approve(bea, "3002")
    expect(bea.get_by_role("heading", name="You are through")).to_be_visible()
    photograph(bea, "approval-through")

    plain = sign_in("bea@example.com", java_script_enabled=False)
    plain.goto(plain.url.rstrip("/") + "/cases/approvals/")
    expect(plain.get_by_text("1 of 1 that wait for you")).to_be_visible()
    approve(plain, "3001")
    expect(plain.get_by_role("heading", name="Nothing waits for your approval")).to_be_visible()
    for case in (first, second):
        bea.goto(case)
        expect(bea.get_by_role("link", name="Download the certificate")).to_be_visible(timeout=PATIENCE)
    assert {call.object_id for call in segmetrics.deletes()} >= {"3001", "3002", "93002"}
    assert "93001" not in {call.object_id for call in segmetrics.deletes()}, "it stays"
