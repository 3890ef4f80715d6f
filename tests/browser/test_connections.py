"""A connection's page, and the way to SegMetrics and back, in a real browser under the real policy."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from segmetrics_client.sandbox.testing import Sandbox
from tests.browser.conftest import SignIn
from tests.smoke.demo_process import Demo

pytestmark = pytest.mark.browser


def test_a_second_connection_is_added_signed_in_tested_and_revoked(
    sign_in: SignIn, demo: Demo, segmetrics: Sandbox, photograph: Callable[[Page, str], None]
) -> None:
    page = sign_in("max@example.com")
    page.goto(f"http://127.0.0.1:{demo.web}/admin/dsr/connection/add/")
    page.get_by_label("Name").fill("Acme Courses")
    page.get_by_label("Environment").select_option("staging")
    page.get_by_label("Contact for questions").fill("Ada, web team")
    page.get_by_label("Account id").fill("acme2")
    page.get_by_label("Reporting address").fill(segmetrics.read_url)
    page.get_by_label("Import address").fill(segmetrics.import_url)
    page.get_by_label("Integration id").first.fill("int12")
    page.get_by_label("What it is").first.fill("Courses")
    # Not in use, so that other tests go on to have one connection to choose.
    page.get_by_label("In use").uncheck()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Acme Courses (staging)")).to_be_visible()
    expect(page.get_by_text("no call can be made")).to_be_visible()

    page.get_by_role("button", name="Sign in to SegMetrics").click()
    expect(page.get_by_role("link", name="Go on to SegMetrics")).to_be_visible()
    photograph(page, "sign-in-leave")
    page.get_by_role("link", name="Go on to SegMetrics").click()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("Signed in. It is tried at the next call")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/change/$"))

    page.get_by_role("button", name="Test this connection").click()
    expect(page.get_by_text("Reading works.")).to_be_visible()
    expect(page.get_by_text("Writing was not tried")).to_be_visible()
    photograph(page, "connection")

    page.get_by_text("Revoke…").click()
    page.get_by_role("button", name="Revoke everything").click()
    expect(page.get_by_text("SegMetrics ended 1 sign-in too.")).to_be_visible()
    expect(page.get_by_text("no call can be made")).to_be_visible()

    page.get_by_role("button", name="Sign in to SegMetrics").click()
    page.get_by_role("link", name="Go on to SegMetrics").click()
    page.get_by_role("button", name="Refuse").click()
    expect(page.get_by_text("The sign-in was refused at SegMetrics.")).to_be_visible()

    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("Add or change a contact").check()
    other.get_by_role("button", name="Save what it may do").click()
    expect(other.get_by_text("Saved: it may do what is ticked.")).to_be_visible()
    page.get_by_label("Give a contact tags").check()
    page.get_by_role("button", name="Save what it may do").click()
    expect(page.get_by_text("Nothing was saved, and nothing is lost")).to_be_visible()
    photograph(page, "connection-both")
    page.get_by_role("link", name="Keep what stands").click()
    expect(page.get_by_label("Add or change a contact")).to_be_checked()
    expect(page.get_by_label("Give a contact tags")).not_to_be_checked()
