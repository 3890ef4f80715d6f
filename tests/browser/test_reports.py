"""Reports in a real browser: empty at first, then with charts, then a PDF that the worker draws meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.test_main_path import PATIENCE, file_request

pytestmark = pytest.mark.browser


def test_figures_register_and_a_signed_pdf(sign_in: SignIn, photograph: Callable[[Page, str], None]) -> None:
    anna = sign_in("anna@example.com")
    # Of today: the page begins with this year, also on its first days.
    file_request(anna, kind="Access", name="Rita Report", email="rita@example.com", days_ago=0)
    page = sign_in("adi@example.com")
    page.get_by_role("link", name="Reports").click()
    expect(page.get_by_role("img", name="Requests by month")).to_be_visible()
    photograph(page, "reports")

    page.get_by_role("button", name="Make the signed PDF").click()
    # Nobody loads the page: it does so itself once the worker is through.
    expect(page.get_by_role("link", name="Download REP-")).to_be_visible(timeout=PATIENCE)
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download REP-").click()
    pdf = taken.value.path().read_bytes()
    assert pdf.startswith(b"%PDF")

    page.get_by_role("link", name="Processing activities").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Art. 30(1)")
    photograph(page, "register")
