"""A package goes to its person by a link: the officer in one browser, the person in another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from segmetrics_client.sandbox.testing import Sandbox
from tests.browser.conftest import SignIn
from tests.browser.test_letters import mails
from tests.browser.test_main_path import PATIENCE, file_request, load_until, settle
from tests.smoke.demo_process import Demo

pytestmark = pytest.mark.browser

Photograph = Callable[[Page, str], None]
EMAIL = "li.xiaolong@example.com"


def ready_case(anna: Page, segmetrics: Sandbox) -> str:
    with segmetrics.client() as client:
        (contact,) = client.contacts.search(email=EMAIL)
    case = file_request(anna, kind="Access", name=contact.full_name, email=EMAIL)
    settle(anna, same=contact.contact_id)
    anna.get_by_role("button", name="Prepare the package").click()
    expect(anna.get_by_role("heading", name="Read the package")).to_be_visible(timeout=PATIENCE)
    return case


def enter(visitor: Page, code: str) -> None:
    visitor.get_by_label("Code").fill(code)
    visitor.get_by_role("button", name="Download").click()


def test_a_package_is_handed_over_by_a_link(
    demo: Demo, sign_in: SignIn, visitor: Page, photograph: Photograph, segmetrics: Sandbox
) -> None:
    anna = sign_in("anna@example.com")
    case = ready_case(anna, segmetrics)
    anna.get_by_role("button", name="Make the link").click()
    photograph(anna, "hand-over-link")
    link, code = anna.locator("#link").inner_text(), anna.locator("#secret-code").inner_text()

    with anna.expect_popup() as opened:
        anna.get_by_role("button", name="Write the letter with this link").click()
    letter = opened.value
    expect(letter.get_by_label("Address of the package")).to_have_value(link)
    photograph(letter, "hand-over-letter")
    letter.get_by_label(f"E-mail to {EMAIL}").check()
    letter.get_by_role("button", name="Send it, or draw it for the post").click()
    expect(letter.locator("#letters").get_by_text("Sent", exact=True)).to_be_visible(timeout=PATIENCE)
    expect(anna.locator("#secret-code")).to_have_text(code)
    [mail] = mails(demo, EMAIL)
    assert code not in mail

    visitor.goto(link)
    photograph(visitor, "package-asked-for")
    enter(visitor, "2222-2222")
    expect(visitor.get_by_text("This doesn't open a package.")).to_be_visible()
    photograph(visitor, "package-wrong-code")
    with visitor.expect_download() as taken:
        enter(visitor, code)
    assert Path(taken.value.path()).read_bytes().startswith(b"PK")

    anna.goto(case)
    # It is noted once the last byte is sent, so whoever has them may be here first.
    load_until(anna, anna.locator("#hand-over", has_text="sent in full on"))
    assert "Sent in full on" in anna.get_by_label("How the package was handed over").input_value()
    photograph(anna, "case-downloaded")
    anna.get_by_role("button", name="Revoke the link").click()
    expect(anna.locator("#hand-over")).to_contain_text("Revoked")
    visitor.goto(link)
    enter(visitor, code)
    expect(visitor.get_by_text("This doesn't open a package.")).to_be_visible()
    expect(visitor.get_by_text("ask us for a new link")).to_be_visible()

    token = link.rstrip("/").rpartition("/")[2]
    for log in (demo.output, *(demo.data_dir / "logs").glob("*.log")):
        assert token not in log.read_text(errors="replace"), log.name


def test_whether_a_document_is_genuine(demo: Demo, visitor: Page, photograph: Photograph) -> None:
    visitor.goto(f"http://127.0.0.1:{demo.web}/verify/")
    photograph(visitor, "verify")
    visitor.get_by_label("Code").fill("mistyped")
    visitor.get_by_role("button", name="Look it up").click()
    expect(visitor.get_by_text("This code is mistyped")).to_be_visible()
    photograph(visitor, "verify-mistyped")
