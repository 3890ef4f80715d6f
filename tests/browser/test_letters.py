"""Letters in a real browser: written, looked at, sent by the worker, and listed with what became of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.test_main_path import PATIENCE, file_request
from tests.smoke.demo_process import Demo

pytestmark = pytest.mark.browser

Photograph = Callable[[Page, str], None]


def mails(demo: Demo, address: str) -> list[str]:
    """What was sent to this address."""
    written = [file.read_text() for file in (demo.data_dir / "mail").iterdir()]
    return [mail for mail in written if f"To: {address}" in mail]


def test_an_acknowledgement_is_looked_at_and_sent(demo: Demo, sign_in: SignIn, photograph: Photograph) -> None:
    anna = sign_in("anna@example.com")
    case = file_request(anna, kind="Access", name="Lena Letter", email="lena@example.com")
    # Until then the page loads itself anew, which could overtake what is clicked next.
    expect(anna.get_by_text("No contact answers to these identifiers")).to_be_visible(timeout=PATIENCE)
    anna.get_by_role("link", name="Acknowledgement…").click()
    photograph(anna, "letter")

    anna.get_by_label("Heading").press("Enter")
    expect(anna.get_by_role("heading", name="How it reads")).to_be_visible()
    expect(anna.get_by_text("Dear Lena Letter,").first).to_be_visible()
    photograph(anna, "letter-reads")
    assert mails(demo, "lena@example.com") == [], "Enter shows it; only the button sends it"

    anna.get_by_label("E-mail to lena@example.com").check()
    anna.get_by_role("button", name="Send it, or draw it for the post").click()
    # Nobody loads the page: the list does so itself once the worker is through.
    expect(anna.locator("#letters").get_by_text("Sent", exact=True)).to_be_visible(timeout=PATIENCE)
    [mail] = mails(demo, "lena@example.com")
    assert "Dear Lena Letter," in mail

    anna.goto(case)
    paper = anna.get_by_role("complementary").get_by_role("listitem").filter(has_text="Letter: Acknowledgement")
    expect(paper).to_contain_text("Sent on")
    photograph(anna, "case-letter-sent")


def test_a_refusal_is_not_sent_without_its_reasons(demo: Demo, sign_in: SignIn, photograph: Photograph) -> None:
    anna = sign_in("anna@example.com")
    file_request(anna, kind="Erasure", name="Rolf Refused", email="rolf@example.com")
    expect(anna.get_by_text("No contact answers to these identifiers")).to_be_visible(timeout=PATIENCE)
    anna.get_by_text("Refuse the request…").click()
    form = anna.locator("form", has=anna.get_by_role("button", name="Refuse and close"))
    form.get_by_label("Ground").select_option("excessive")
    form.get_by_label("Reason").fill("This is the tenth request within a month.")
    form.get_by_role("button", name="Refuse and close").click()

    anna.get_by_role("link", name="Refusal…").click()
    reasons, send = anna.get_by_label("Reasons"), anna.get_by_role("button", name="Send it, or draw it for the post")
    expect(reasons).to_have_value("This is the tenth request within a month.")
    anna.get_by_label("E-mail to rolf@example.com").check()
    reasons.fill("")
    send.click()
    expect(anna.get_by_text("Give the reasons, in the language of the letter.")).to_be_visible()
    photograph(anna, "letter-without-reasons")

    reasons.fill("We answered this very question nine times.")
    text = anna.get_by_label("Text")
    whole = text.input_value()
    text.fill(whole.replace("{{ remedy }}", ""))
    send.click()
    expect(anna.get_by_text("The text lacks {{ remedy }}")).to_be_visible()
    assert mails(demo, "rolf@example.com") == []

    text.fill(whole)
    send.click()
    expect(anna.locator("#letters").get_by_text("Sent", exact=True)).to_be_visible(timeout=PATIENCE)
    [mail] = mails(demo, "rolf@example.com")
    for told in ("nine times", "lodge a complaint", "judicial remedy"):
        assert told in mail
    photograph(anna, "case-refused")
