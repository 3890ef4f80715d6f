"""The approval: a second person, who signs in again, types the id, and approves what the page showed."""

from __future__ import annotations

import pytest
from django.test import Client

from dsr.models import Approval, Case, User
from tests.builders import PASSWORD
from tests.views.conftest import SignIn


@pytest.fixture
def browser(approver: User, sign_in: SignIn) -> Client:
    return sign_in(approver)


def approve(browser: Client, case: Case, **changes: str) -> tuple[int, str]:
    plan = case.plans.get()
    typed = {"typed_ids": "1004", "password": PASSWORD, "fingerprint": plan.fingerprint, **changes}
    answer = browser.post(f"/cases/{case.reference}/approve/", typed)
    return answer.status_code, answer.content.decode()


def test_the_page_shows_exactly_what_is_deleted_and_what_is_not(browser: Client, waiting_case: Case) -> None:
    case_page = browser.get(f"/cases/{waiting_case.reference}/").content.decode()
    assert "not opened by you yet" in case_page
    assert f'href="/cases/{waiting_case.reference}/approval/"' in case_page

    page = browser.get(f"/cases/{waiting_case.reference}/approval/").content.decode()

    for words in (
        "Approve the deletion of contact 1004?",
        "nobody can bring it back",
        "234115",
        "7712",
        "2087",
        "different person, shared family address",
        "not opened by you yet",
        "Approve deletion of contact 1004",
    ):
        assert words in page


def test_reading_the_evidence_is_shown_to_the_reader(browser: Client, waiting_case: Case) -> None:
    plan = waiting_case.plans.get()
    browser.get(f"/cases/{waiting_case.reference}/documents/{plan.evidence_id}/")

    assert "opened by you just now" in browser.get(f"/cases/{waiting_case.reference}/").content.decode()


def test_the_second_person_approves(browser: Client, approver: User, waiting_case: Case) -> None:
    status, _ = approve(browser, waiting_case)

    assert status == 302
    assert Approval.objects.get().approver == approver
    waiting_case.refresh_from_db()
    assert waiting_case.state == "erasing"


@pytest.mark.parametrize(
    ("changes", "beside"),
    [
        ({"password": "wrong"}, "approve_password_error"),
        ({"password": ""}, "approve_password_error"),
        ({"typed_ids": "2087"}, "approve_typed_ids_error"),
        ({"typed_ids": "linda.dare@example.com"}, "approve_typed_ids_error"),
        ({"typed_ids": ""}, "approve_typed_ids_error"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    browser: Client, waiting_case: Case, changes: dict[str, str], beside: str
) -> None:
    status, page = approve(browser, waiting_case, **changes)

    assert status == 422
    assert f'id="{beside}"' in page
    assert PASSWORD not in page
    assert not Approval.objects.exists()


@pytest.mark.parametrize("fingerprint", ["0" * 64, ""])
def test_a_page_that_has_become_old_approves_nothing_and_shows_what_is_there_now(
    fingerprint: str, browser: Client, waiting_case: Case
) -> None:
    status, page = approve(browser, waiting_case, fingerprint=fingerprint)

    assert status == 409
    assert "changed since this page was shown" in page
    assert f'name="fingerprint" value="{waiting_case.plans.get().fingerprint}"' in page
    assert not Approval.objects.exists()


def test_the_officer_who_is_also_an_approver_is_refused_by_the_service(
    officer: User, approver: User, waiting_case: Case, sign_in: SignIn
) -> None:
    officer.groups.set([*officer.groups.all(), *approver.groups.all()])

    status, page = approve(sign_in(officer), waiting_case)

    assert status == 409
    assert "A second person has to" in page
    assert not Approval.objects.exists()


def test_guessing_the_password_is_stopped(browser: Client, waiting_case: Case) -> None:
    for _ in range(12):
        status, page = approve(browser, waiting_case, password="guess")

    assert status == 429
    assert "Too many tries" in page


def test_wrong_passwords_of_an_approval_count_with_those_of_signing_in(
    browser: Client, approver: User, waiting_case: Case
) -> None:
    """Whoever sits at somebody else's open session learns no password there; the owner goes on at another address."""
    for _ in range(5):
        assert "Incorrect password" in approve(browser, waiting_case, password="guess")[1]

    status, page = approve(browser, waiting_case)
    assert (status, "Too many failed login attempts" in page) == (422, True)
    signing_in = Client().post("/accounts/sign-in/", {"login": approver.email, "password": PASSWORD})
    assert "Too many failed login attempts" in signing_in.content.decode()
    assert browser.get("/").status_code == 200, "nobody is thrown out of their work"
    assert not Approval.objects.exists()

    browser.defaults["REMOTE_ADDR"] = "198.51.100.1"
    assert approve(browser, waiting_case)[0] == 302


def test_sending_back_needs_its_reason_and_shows_it_to_the_officer(
    browser: Client, officer: User, waiting_case: Case, sign_in: SignIn
) -> None:
    target = f"/cases/{waiting_case.reference}/send-back/"
    assert 'id="send_back_reason_error"' in browser.post(target, {"reason": " "}).content.decode()

    browser.post(target, {"reason": "Is invoice 234115 theirs?"})

    page = sign_in(officer).get(f"/cases/{waiting_case.reference}/").content.decode()
    assert "Sent back by Bea Approver" in page
    assert "Is invoice 234115 theirs?" in page


def test_signing_in_again_needs_a_session(waiting_case: Case, client: Client) -> None:
    status, _ = approve(client, waiting_case)

    assert status == 302
    assert not Approval.objects.exists()
