"""The card of other requests with the same address or id, and merging from it."""

from __future__ import annotations

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dsr.models import Case, Connection, User
from dsr.services import assignment, closing
from dsr.states import Kind
from tests.builders import file_case, work
from tests.views.conftest import SignIn

pytestmark = pytest.mark.django_db

CARD = "Other requests with the same address or id"
FORM = "Merge and close this request"


@pytest.fixture
def browser(officer: User, sign_in: SignIn) -> Client:
    return sign_in(officer)


def page_of(browser: Client, case: Case) -> str:
    return browser.get(f"/cases/{case.reference}/").content.decode()


def test_there_is_no_card_where_there_is_no_other(browser: Client, matching_case: Case) -> None:
    assert CARD not in page_of(browser, matching_case)


def test_the_others_are_listed_with_who_looks_after_them_and_no_more_is_claimed(
    browser: Client, matching_case: Case, officer: User, connection: Connection
) -> None:
    closed = file_case(officer, connection)
    closing.withdraw(case=closed, actor=officer, reason="by phone")
    access = file_case(officer, connection, kind=Kind.ACCESS)
    assignment.assign(case=access, actor=officer, to=officer)

    page = page_of(browser, matching_case)
    card = page[page.index(CARD) : page.index("</section>", page.index(CARD))]
    assert "Whether it is the same person is for you to judge." in card
    assert card.index(access.reference) < card.index(closed.reference), "open ones first"
    for said in ("Access, Art. 15", officer.full_name, "Withdrawn", "given to nobody"):
        assert said in card
    assert FORM not in page, "neither can be merged into"


def test_it_is_merged_at_one_press_and_both_pages_say_so(
    browser: Client, matching_case: Case, officer: User, connection: Connection
) -> None:
    other = file_case(officer, connection)
    assert FORM in page_of(browser, other)
    answer = browser.post(
        f"/cases/{other.reference}/merge/", {"into": matching_case.reference, "reason": "wrote twice"}, follow=True
    )
    page = answer.content.decode()
    assert answer.redirect_chain == [(f"/cases/{other.reference}/", 302)]
    assert "This request goes on in another one:" in page
    assert f'<a href="/cases/{matching_case.reference}/">' in page
    assert "<q>wrote twice</q>" in page
    assert "Closed in time" not in page, "it isn't answered yet"
    assert "this one was merged into it" in page
    assert FORM not in page

    page = page_of(browser, matching_case)
    assert "merged here" in page
    assert f"{other.reference} merged into this request" in page


def test_what_is_missing_is_said_beside_the_field_and_what_was_typed_stays(
    browser: Client, matching_case: Case, officer: User, connection: Connection
) -> None:
    other = file_case(officer, connection)
    answer = browser.post(f"/cases/{other.reference}/merge/", {"into": "", "reason": "wrote twice"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="merge_into_error"' in page
    assert "wrote twice" in page


def test_a_request_that_the_page_does_not_list_is_no_choice(
    browser: Client, matching_case: Case, officer: User, connection: Connection
) -> None:
    file_case(officer, connection)
    stranger = file_case(officer, connection, emails=["nobody@example.com"])
    answer = browser.post(f"/cases/{matching_case.reference}/merge/", {"into": stranger.reference, "reason": "x"})
    assert "Choose one of the list." in answer.content.decode()
    stranger.refresh_from_db()
    matching_case.refresh_from_db()
    assert (matching_case.state, stranger.state) == ("matching", "received")


def test_one_that_was_closed_meanwhile_is_refused_with_a_sentence(
    browser: Client, matching_case: Case, officer: User, connection: Connection
) -> None:
    other = file_case(officer, connection)
    closing.withdraw(case=matching_case, actor=officer, reason="by phone")
    answer = browser.post(
        f"/cases/{other.reference}/merge/", {"into": matching_case.reference, "reason": "wrote twice"}
    )
    assert answer.status_code == 409
    assert f"{matching_case.reference} is closed, so nothing is merged with it." in answer.content.decode()


def test_who_only_reads_sees_the_card_without_the_form(
    matching_case: Case, officer: User, auditor: User, connection: Connection, sign_in: SignIn
) -> None:
    file_case(officer, connection)
    page = page_of(sign_in(auditor), matching_case)
    assert CARD in page
    assert FORM not in page


def test_many_others_take_no_more_queries(
    browser: Client, matching_case: Case, officer: User, connection: Connection
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            database,
        ) as seen:
            page_of(browser, matching_case)
        return len(seen)

    file_case(officer, connection)
    work()
    queries()
    one = queries()
    for _ in range(5):
        file_case(officer, connection)
    work()
    assert queries() == one
