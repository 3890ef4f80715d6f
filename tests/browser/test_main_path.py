"""The main path, as its people walk it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import FilePayload, Locator, Page, expect

from segmetrics_client.sandbox.testing import Sandbox
from tests.browser.conftest import PASSWORD, SCREENSHOTS, SignIn

pytestmark = pytest.mark.browser

Photograph = Callable[[Page, str], None]
PATIENCE = 120_000
"""Milliseconds in which the worker comes to what a test waits for."""
LETTER: FilePayload = {
    "name": "letter.txt",
    "mimeType": "text/plain",
    "buffer": b"Please delete my data.\nLinda Dare\n",
}


def file_request(page: Page, *, kind: str, name: str, email: str, days_ago: int = 2) -> str:
    """File a request by the form, also where an open one has this address; the address of its case."""
    page.get_by_role("link", name="File a request").first.click()
    page.get_by_label(kind).check()
    page.get_by_label("Name of the person").fill(name)
    page.get_by_label("E-mail addresses").fill(email)
    page.get_by_label("Received on").fill((timezone.localdate() - dt.timedelta(days=days_ago)).isoformat())
    page.get_by_label("How it came").select_option("letter")
    page.get_by_label("Original letter").set_input_files(LETTER)
    page.get_by_role("button", name="File and search").click()
    again = page.get_by_role("button", name="File it all the same")
    expect(again.or_(page.get_by_role("heading", level=1, name=name))).to_be_visible()
    if again.is_visible():
        page.get_by_label("Original letter").set_input_files(LETTER)
        again.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    return page.url


def load_until(page: Page, thing: Locator) -> None:
    """Load a page again that doesn't do so itself, until it shows what is made beside it."""
    for _ in range(PATIENCE // 500):
        if thing.is_visible():
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(thing).to_be_visible()


def wait_for_pages(page: Page) -> None:
    """Until every page of the document shown in place is really drawn."""
    pages = page.locator("main img")
    expect(pages.first).to_be_visible()
    for number in range(pages.count()):
        pages.nth(number).scroll_into_view_if_needed()
        page.wait_for_function("image => image.naturalWidth > 0", arg=pages.nth(number).element_handle())
    page.evaluate("scrollTo(0, 0)")


def settle(page: Page, *, same: str, others: tuple[str, ...] = ()) -> None:
    """Wait for the search, confirm the identity, decide on every contact, open the review."""
    expect(page.get_by_text(f"Save decision on {same}")).to_be_visible(timeout=PATIENCE)
    page.get_by_label("How it was confirmed").select_option("signed_letter")
    page.get_by_role("button", name="Confirm the identity").click()
    expect(page.get_by_text("Identity confirmed.")).to_be_visible()
    for contact_id in (same, *others):
        card = page.locator(".candidate", has=page.get_by_role("button", name=f"Save decision on {contact_id}"))
        assert card.locator("input:checked").count() == 0, "nothing is chosen for the officer"
        card.get_by_label("Same person" if contact_id == same else "Other person").check()
        card.get_by_label("Why").fill("order number fits" if contact_id == same else "shared family address")
        card.get_by_role("button", name=f"Save decision on {contact_id}").click()
        expect(page.get_by_text(f"Decision on contact {contact_id} saved.")).to_be_visible()
    page.get_by_role("button", name="Go on to the review").click()


def test_erasure_from_filing_to_certificate(sign_in: SignIn, photograph: Photograph, segmetrics: Sandbox) -> None:
    before = segmetrics.deletes()
    anna = sign_in("anna@example.com")
    photograph(anna, "dashboard-empty")
    anna.get_by_role("link", name="File a request").first.click()
    photograph(anna, "file-a-request")
    anna.go_back()
    case = file_request(anna, kind="Erasure", name="Linda Dare", email="linda.dare@example.com")
    expect(anna.get_by_text("Filed. One month from")).to_be_visible()

    expect(anna.get_by_text("Save decision on 1004")).to_be_visible(timeout=PATIENCE)
    photograph(anna, "case-matching")
    settle(anna, same="1004", others=("2087",))
    photograph(anna, "case-review")
    anna.get_by_label("Ground of the erasure").select_option("17(1)(a)")
    anna.get_by_role("button", name="Save and prepare").click()

    expect(anna.get_by_role("heading", name="Waiting for a second person")).to_be_visible(timeout=PATIENCE)
    expect(anna.get_by_role("button", name="Approve deletion")).to_have_count(0)
    photograph(anna, "case-waiting-officer")
    assert segmetrics.deletes() == before

    bea = sign_in("bea@example.com")
    photograph(bea, "dashboard-approver")
    bea.goto(case)
    photograph(bea, "case-approval")
    bea.get_by_role("link", name="Read the evidence and decide").click()
    wait_for_pages(bea)
    photograph(bea, "approval")
    bea.get_by_role("link", name="Open it on its own").click()
    wait_for_pages(bea)
    photograph(bea, "evidence")
    bea.goto(f"{case}approval/")
    bea.get_by_role("link", name="See what the export holds").click()
    photograph(bea, "export")
    bea.get_by_role("link", name="tables/orders.csv").click()
    expect(bea.get_by_text("234115").first).to_be_visible()
    photograph(bea, "export-table")
    bea.goto(f"{case}approval/")

    approve = bea.get_by_role("button", name="Approve deletion of contact 1004")
    bea.get_by_label("Type the contact id to approve").fill("linda.dare@example.com")
    bea.get_by_label("Your password").fill(PASSWORD)
    approve.click()
    expect(bea.get_by_text("Type the contact id, not the e-mail address")).to_be_visible()
    bea.get_by_label("Type the contact id to approve").fill("1004")
    bea.get_by_label("Your password").fill("wrong password")
    approve.click()
    expect(bea.locator(".errorlist").first).to_be_visible()
    wait_for_pages(bea)
    photograph(bea, "approval-error")
    bea.get_by_label("Type the contact id to approve").fill("1004")
    bea.get_by_label("Your password").fill(PASSWORD)
    approve.click()

    expect(bea.get_by_role("link", name="Download the certificate")).to_be_visible(timeout=PATIENCE)
    photograph(bea, "case-completed")
    with bea.expect_download() as download:
        bea.get_by_role("link", name="Download the certificate").click()
    download.value.save_as(SCREENSHOTS / "certificate.pdf")
    assert (SCREENSHOTS / "certificate.pdf").read_bytes().startswith(b"%PDF")
    bea.get_by_role("link", name="Read it here").click()
    wait_for_pages(bea)
    photograph(bea, "certificate")
    assert [(call.object, call.object_id) for call in segmetrics.deletes()][-1] == ("contact", "1004")
    assert segmetrics.contact_exists("int9", "2087")

    adi = sign_in("adi@example.com")
    adi.goto(case)
    expect(adi.get_by_role("heading", name="What happened")).to_be_visible()
    expect(adi.locator("main form")).to_have_count(0)
    photograph(adi, "case-auditor")
    adi.get_by_role("link", name="Requests", exact=True).click()
    photograph(adi, "requests")


def test_access_from_filing_to_hand_over(sign_in: SignIn, photograph: Photograph, segmetrics: Sandbox) -> None:
    before = len(segmetrics.deletes())
    anna = sign_in("anna@example.com")
    email = "formula@example.com"
    with segmetrics.client() as client:
        (contact,) = client.contacts.search(email=email)
    case = file_request(anna, kind="Access", name=contact.full_name, email=email)
    settle(anna, same=contact.contact_id)
    anna.get_by_role("button", name="Prepare the package").click()
    expect(anna.get_by_role("heading", name="Read the package")).to_be_visible(timeout=PATIENCE)
    photograph(anna, "case-ready")
    anna.get_by_role("link", name="Read the letter").click()
    wait_for_pages(anna)
    photograph(anna, "package-letter")
    anna.goto(case)
    anna.get_by_role("link", name="All files of the package").click()
    photograph(anna, "package")
    anna.get_by_role("link", name="report.html").click()
    expect(anna.frame_locator("iframe").get_by_text("=HYPERLINK").first).to_be_visible()
    photograph(anna, "package-report")
    anna.goto(case)
    with anna.expect_download() as download:
        anna.get_by_role("link", name="Download the package").click()
    assert Path(download.value.path()).read_bytes().startswith(b"PK")
    anna.get_by_label("How the package was handed over").fill("by courier, signed for")
    anna.get_by_role("button", name="Note that it was handed over").click()
    expect(anna.get_by_role("heading", name="Package handed over")).to_be_visible()
    certificate = anna.get_by_role("link", name="Download the certificate")
    load_until(anna, certificate)  # the worker draws it beside the page
    photograph(anna, "case-handed-over")
    with anna.expect_download() as download:
        certificate.click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    assert len(segmetrics.deletes()) == before


def test_an_administrator_sees_connections_and_users_but_no_case(sign_in: SignIn, photograph: Photograph) -> None:
    maxim = sign_in("max@example.com")
    maxim.get_by_role("link", name="Connections", exact=True).click()
    photograph(maxim, "connections")
    maxim.get_by_role("link", name="Acme Webshop (demo)").click()
    expect(maxim.get_by_role("button", name="Take the right to delete away")).to_be_visible()
    photograph(maxim, "connection")
    maxim.get_by_role("link", name="Write what is told").click()
    photograph(maxim, "connection-record")
    maxim.get_by_role("link", name="Deutsch").click()
    photograph(maxim, "connection-record-de")
    maxim.get_by_role("link", name="What is told", exact=True).click()
    maxim.get_by_role("link", name="Postkutsche GmbH").click()
    photograph(maxim, "connection-recipient")
    maxim.get_by_role("link", name="Acme Webshop (demo)").click()
    maxim.get_by_role("button", name="Test this connection").click()
    expect(maxim.get_by_text("SegMetrics answers and knows this account")).to_be_visible()
    maxim.get_by_role("link", name="Users", exact=True).click()
    photograph(maxim, "users")
    expect(maxim.get_by_role("link", name="Requests", exact=True)).to_have_count(0)


def approve_by_bea(sign_in: SignIn, case: str, contact_id: str) -> Page:
    bea = sign_in("bea@example.com")
    bea.goto(f"{case}approval/")
    bea.get_by_label("Type the contact id to approve").fill(contact_id)
    bea.get_by_label("Your password").fill(PASSWORD)
    bea.get_by_role("button", name=f"Approve deletion of contact {contact_id}").click()
    return bea


def test_a_deletion_is_stopped_in_its_cooling_off(sign_in: SignIn, photograph: Photograph, segmetrics: Sandbox) -> None:
    """Longer works at once; shorter again takes both administrators."""
    maxim, mia = sign_in("max@example.com"), sign_in("mia@example.com")
    maxim.get_by_role("link", name="Safeguards", exact=True).click()
    maxim.get_by_label("Minutes between approval and deletion").fill("60")
    maxim.get_by_role("button", name="Save").click()
    expect(maxim.get_by_text("Saved.")).to_be_visible()

    anna = sign_in("anna@example.com")
    email = "formula@example.com"
    with segmetrics.client() as client:
        (contact,) = client.contacts.search(email=email)
    before = len(segmetrics.deletes())
    case = file_request(anna, kind="Erasure", name=contact.full_name, email=email)
    settle(anna, same=contact.contact_id)
    anna.get_by_label("Ground of the erasure").select_option("17(1)(a)")
    anna.get_by_role("button", name="Save and prepare").click()
    expect(anna.get_by_role("heading", name="Waiting for a second person")).to_be_visible(timeout=PATIENCE)
    bea = approve_by_bea(sign_in, case, contact.contact_id)
    expect(bea.get_by_role("heading", name="Until then you can stop it.")).to_be_visible()
    photograph(bea, "case-cooling-off")
    anna.reload()
    anna.get_by_label("Reason").first.fill("an order of last week was overlooked")
    anna.get_by_role("button", name="Stop the deletion").click()
    expect(anna.get_by_text("The deletion was stopped by Anna Officer:")).to_be_visible()
    photograph(anna, "case-stopped")
    assert len(segmetrics.deletes()) == before

    maxim.get_by_label("Minutes between approval and deletion").fill("0")
    maxim.get_by_role("button", name="Save").click()
    expect(maxim.get_by_text("Say why")).to_be_visible()
    maxim.get_by_label("Reason").fill("this is the demo")
    maxim.get_by_role("button", name="Save").click()
    expect(maxim.get_by_text("You asked for this, so another administrator decides")).to_be_visible()
    expect(maxim.get_by_role("button", name="Grant")).to_have_count(0)
    photograph(maxim, "safeguards-asked")
    mia.goto(maxim.url)
    photograph(mia, "safeguards-to-grant")
    mia.get_by_role("button", name="Grant").click()
    expect(mia.get_by_text("Granted. It holds now.")).to_be_visible()
    photograph(mia, "safeguards-granted")
    anna.get_by_role("link", name="Dashboard", exact=True).click()
    granted = "Mia Admin granted what Max Admin asked for. Shorten the time between approval"
    expect(anna.get_by_text(granted)).to_be_visible()
    photograph(anna, "dashboard-notice")


def test_a_new_colleague_is_invited_by_one_and_gets_a_role_by_another(sign_in: SignIn, photograph: Photograph) -> None:
    maxim = sign_in("max@example.com")
    maxim.get_by_role("link", name="Users", exact=True).click()
    maxim.get_by_role("link", name="Invite a user").click()
    photograph(maxim, "invite")
    maxim.get_by_label("Name").fill("Nora New")
    maxim.get_by_label("E-mail").fill("nora@example.com")
    maxim.get_by_label("Auditor").check()
    maxim.get_by_label("Reason").fill("audits us from now on")
    maxim.get_by_role("button", name="Invite").click()
    expect(maxim.get_by_text("Waiting for another administrator: Give roles: Nora New, Auditor.")).to_be_visible()
    photograph(maxim, "user-waiting")
    mia = sign_in("mia@example.com")
    mia.get_by_role("link", name="Safeguards").first.click()
    mia.locator(".candidate", has_text="Nora New").get_by_role("button", name="Grant").click()
    expect(mia.get_by_text("Granted. It holds now.")).to_be_visible()
    maxim.reload()
    expect(maxim.get_by_label("Auditor")).to_be_checked()
