"""Deletions paused and resumed, and a dry run, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.test_main_path import PATIENCE

pytestmark = pytest.mark.browser

Photograph = Callable[[Page, str], None]


def test_deletions_are_paused_looked_ahead_at_and_resumed(sign_in: SignIn, photograph: Photograph) -> None:
    page = sign_in("anna@example.com")
    page.get_by_role("link", name="Deletions", exact=True).click()
    page.get_by_role("button", name="Pause", exact=True).first.click()
    expect(page.get_by_text("are paused since")).to_be_visible()
    photograph(page, "deletions-paused")

    page.get_by_role("link", name="Dry run").click()
    page.get_by_role("button", name="Begin the dry run").click()
    expect(page.get_by_role("button", name="Look again")).to_be_visible(timeout=PATIENCE)
    photograph(page, "dry-run")

    page.get_by_role("link", name="Deletions under way").click()
    page.get_by_role("button", name="Resume deletions").click()
    expect(page.get_by_text("Nothing is stopped.").first).to_be_visible()
