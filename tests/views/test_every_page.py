"""What holds on each page: the policy, no inline code, no personal data in an address, few queries."""

from __future__ import annotations

import re
from urllib.parse import unquote

from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dsr.models import Case, Connection, User
from dsr.services import safeguards
from tests.builders import file_case
from tests.views.conftest import SignIn

PERSONAL = re.compile(r"linda|dare|\btom\b|@|example\.com", re.IGNORECASE)


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere(
    officer: User, pages: list[str], sign_in: SignIn
) -> None:
    browser = sign_in(officer)
    for page in [*pages, "/accounts/sign-in/", "/nothing/here/"]:
        answer = browser.get(page)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer["X-Frame-Options"] == "DENY"
        assert "no-store" in answer["Cache-Control"]


def test_the_page_of_the_safeguards_holds_it_too(
    administrator: User, second_administrator: User, sign_in: SignIn
) -> None:
    safeguards.ask(
        actor=second_administrator, kind="daily_limit", payload={"approvals": 1001}, reason="a <b>busy</b> month"
    )
    for page in ("/letters/", "/letters/refusal/es/"):
        answer = sign_in(administrator).get(page)
        assert "unsafe" not in answer["Content-Security-Policy"]
        html = answer.content.decode()
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", html), page
    for page in ("/safeguards/", "/"):
        answer = sign_in(administrator).get(page)
        assert "unsafe" not in answer["Content-Security-Policy"]
        html = answer.content.decode()
        assert "a &lt;b&gt;busy" in html
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", html), page


def test_no_page_holds_inline_code(officer: User, pages: list[str], sign_in: SignIn) -> None:
    browser = sign_in(officer)
    for page in pages:
        html = browser.get(page).content.decode()
        assert not re.search(r"<script(?![^>]*\ssrc=)", html), page
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html), page


def test_no_address_holds_personal_data(officer: User, pages: list[str], sign_in: SignIn) -> None:
    browser = sign_in(officer)
    for page in pages:
        html = browser.get(page).content.decode()
        for found in re.findall(r'(?:href|src|action|hx-get)="([^"]*)"', html):
            assert not PERSONAL.search(unquote(found)), found


def test_the_list_takes_the_same_queries_for_many_cases(officer: User, connection: Connection, sign_in: SignIn) -> None:
    browser = sign_in(officer)

    def queries() -> int:
        with CaptureQueriesContext(
            database,
        ) as captured:
            page = browser.get("/admin/dsr/case/").content.decode()
        assert "Linda Dare" in page
        return len(captured)

    file_case(officer, connection)
    queries()  # a browser's first request looks at the ledger too
    browser.get("/")  # the first page of a session also notes its beginning
    one = queries()
    for _ in range(8):
        file_case(officer, connection)

    assert queries() <= 13, "one more: what stands there now is kept for the case page"
    assert queries() == one


def test_the_list_filters_by_state_and_due_date(officer: User, matching_case: Case, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    for query, is_there in (
        ("", True),
        ("state=waiting", True),
        ("state=matching", True),
        ("state=completed", False),
        ("state=recent", False),
        ("state=any&kind__exact=access", False),
        ("due=overdue", False),
        ("due=nonsense", True),
        ("state=nonsense", False),
    ):
        page = browser.get(f"/admin/dsr/case/?{query}").content.decode()
        assert (matching_case.reference in page) == is_there, query


def test_a_search_word_in_the_address_is_ignored(officer: User, matching_case: Case, sign_in: SignIn) -> None:
    page = sign_in(officer).get("/admin/dsr/case/?q=linda").content.decode()

    assert 'type="search"' not in page
    assert 'name="q"' not in page


def test_the_dashboard_counts_what_waits_and_links_there(
    officer: User, approver: User, waiting_case: Case, sign_in: SignIn
) -> None:
    mine = sign_in(approver).get("/").content.decode()
    theirs = sign_in(officer).get("/").content.decode()

    assert waiting_case.reference in mine
    assert "/admin/dsr/case/?state=waiting" in mine
    assert waiting_case.reference not in theirs
    assert "Nothing waits for you" in theirs


def test_a_form_without_its_token_is_refused_in_our_look(officer: User, matching_case: Case) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(officer)

    answer = browser.post(f"/cases/{matching_case.reference}/withdraw/", {"reason": "x"})

    assert answer.status_code == 403
    assert "nothing was done" in answer.content.decode()
    matching_case.refresh_from_db()
    assert matching_case.state == "matching"


def test_a_missing_page_is_told_in_our_look(client: Client, db: None) -> None:
    answer = client.get("/cases/DSR-2026-999999/nothing")

    assert answer.status_code == 404
    assert "desk.css" in answer.content.decode()
