"""The impact of an erasure on the figures, before the eyes of whoever approves."""

from __future__ import annotations

import pytest

from dsr.models import Case, Impact, User
from tests.builders import work
from tests.views.conftest import SignIn

pytestmark = pytest.mark.django_db
HEADING = "Impact on the figures, an estimate"
BUTTON = "Read the totals of all contacts"


def test_it_stands_on_the_approvers_page_and_on_the_case_page(
    approver: User, officer: User, auditor: User, waiting_case: Case, sign_in: SignIn
) -> None:
    case_page = f"/cases/{waiting_case.reference}/"
    for page, reader in ((f"{case_page}approval/", approver), (case_page, officer), (case_page, auditor)):
        html = sign_in(reader).get(page).content.decode()
        assert HEADING in html
        assert "1 order worth 45.00 goes out" in " ".join(html.split())
        assert (BUTTON in html) is (reader != auditor)


def test_the_button_has_the_totals_read(approver: User, waiting_case: Case, sign_in: SignIn) -> None:
    browser, page = sign_in(approver), f"/cases/{waiting_case.reference}/"
    assert "The totals are being read" in browser.post(f"{page}impact/totals/", follow=True).content.decode()
    assert "The totals of all contacts are being read." in browser.get(f"{page}approval/").content.decode()
    work()
    html = browser.get(f"{page}approval/").content.decode()
    assert "All contacts, before" in html
    assert BUTTON not in html


def test_a_channel_with_markup_in_its_name_stays_text(approver: User, waiting_case: Case, sign_in: SignIn) -> None:
    row = Impact.objects.get()
    row.figures = {**row.figures, "by_last": {"<script>alert(1)</script>": 4500}}
    row.save()
    html = sign_in(approver).get(f"/cases/{waiting_case.reference}/approval/").content.decode()
    assert "&lt;script&gt;alert(1)" in html
    assert "<script>alert" not in html
