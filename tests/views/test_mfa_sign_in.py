"""Signing in with a second factor."""

from __future__ import annotations

import re

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils.http import int_to_base36
from pytest_django import DjangoCaptureOnCommitCallbacks

from dsr.models import AuditEntry, User
from tests.builders import PASSWORD
from tests.factors import code_of, give_app, give_recovery_codes

CODE_PAGE = "/accounts/2fa/authenticate/"


@pytest.fixture(autouse=True)
def _clock(clock: time_machine.Traveller) -> None:
    """Every code here is of this clock."""


@pytest.fixture
def secret(officer: User) -> str:
    return give_app(officer)


def password_given(user: User, *, password: str = PASSWORD) -> Client:
    browser = Client()
    browser.post("/accounts/sign-in/", {"login": user.email, "password": password})
    return browser


def is_in(browser: Client) -> bool:
    return browser.get("/").status_code == 200


def test_the_password_alone_opens_nothing(officer: User, secret: str) -> None:
    browser = password_given(officer)

    assert not is_in(browser)
    assert "Your second factor" in browser.get(CODE_PAGE).content.decode()


def test_a_code_lets_in(officer: User, secret: str) -> None:
    browser = password_given(officer)

    browser.post(CODE_PAGE, {"code": code_of(secret)})

    assert is_in(browser)


def test_a_code_works_once_and_in_its_own_half_minute(
    officer: User, secret: str, clock: time_machine.Traveller
) -> None:
    code = code_of(secret)
    password_given(officer).post(CODE_PAGE, {"code": code})
    replay = password_given(officer)
    replay.post(CODE_PAGE, {"code": f"{code[:3]} {code[3:]}"})
    assert not is_in(replay)

    old = code_of(secret)
    clock.shift(30)
    late = password_given(officer)
    late.post(CODE_PAGE, {"code": old})

    assert not is_in(late)
    late.post(CODE_PAGE, {"code": code_of(secret)})
    assert is_in(late)


def test_a_recovery_code_works_once(officer: User, secret: str) -> None:
    code = give_recovery_codes(officer)[0]
    first, second = password_given(officer), password_given(officer)

    first.post(CODE_PAGE, {"code": code})
    second.post(CODE_PAGE, {"code": code})

    assert is_in(first)
    assert not is_in(second)


def wrong_codes(user: User, count: int, *, place: str) -> None:
    browser = password_given(user)
    for number in range(count):
        browser.post(CODE_PAGE, {"code": f"99999{number}"}, REMOTE_ADDR=place)


def right_code(user: User, secret: str, *, place: str) -> tuple[bool, str]:
    browser = password_given(user)
    page = browser.post(CODE_PAGE, {"code": code_of(secret)}, REMOTE_ADDR=place).content.decode()
    return is_in(browser), page


def test_guessing_codes_is_stopped_at_that_address(officer: User, secret: str) -> None:
    wrong_codes(officer, 5, place="203.0.113.7")

    let_in, page = right_code(officer, secret, place="203.0.113.7")
    assert "Too many failed login attempts" in page
    assert not let_in
    assert right_code(officer, secret, place="198.51.100.1")[0]


def test_guessing_codes_from_many_addresses_is_stopped_for_the_account(officer: User, secret: str) -> None:
    for number in range(10):
        wrong_codes(officer, 5, place=f"203.0.113.{number}")

    let_in, page = right_code(officer, secret, place="198.51.100.1")

    assert "Too many failed login attempts" in page
    assert not let_in


def test_a_right_code_forgets_no_failures_of_others_at_that_address(officer: User, secret: str, approver: User) -> None:
    give_app(approver)
    wrong_codes(approver, 5, place="203.0.113.7")
    wrong_codes(officer, 4, place="203.0.113.7")

    assert right_code(officer, secret, place="203.0.113.7")[0]

    browser = password_given(approver)
    page = browser.post(CODE_PAGE, {"code": "123456"}, REMOTE_ADDR="203.0.113.7").content.decode()
    assert "Too many failed login attempts" in page


def test_a_mailed_password_link_does_not_go_round_it(officer: User, secret: str) -> None:
    browser = Client()
    browser.post("/accounts/password/", {"email": officer.email})
    link = re.search(r"http://localhost:8000(\S+)", str(mail.outbox[-1].body))
    assert link
    form = browser.get(link[1])["Location"]
    browser.post(form, {"password1": "a brand new long password", "password2": "a brand new long password"})
    officer.refresh_from_db()
    assert officer.check_password("a brand new long password")
    assert not is_in(browser)

    again = password_given(officer, password="a brand new long password")

    assert not is_in(again)
    again.post(CODE_PAGE, {"code": code_of(secret)})
    assert is_in(again)


def test_a_changed_password_is_told_and_stands_in_the_log(
    officer: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    browser = Client()
    browser.post("/accounts/password/", {"email": officer.email})
    link = re.search(r"http://localhost:8000(\S+)", str(mail.outbox[-1].body))
    assert link
    new = "a brand new long password"

    with django_capture_on_commit_callbacks(execute=True):
        browser.post(browser.get(link[1])["Location"], {"password1": new, "password2": new})

    entry = AuditEntry.objects.get(verb="password_changed")
    assert entry.actor == officer.staff_reference
    assert mail.outbox[-1].subject == "DSR Desk: your password was changed"
    assert new not in str(mail.outbox[-1].body)
    assert not is_in(browser), "setting a password signs nobody in"


def test_a_link_that_is_no_good_changes_nothing(officer: User) -> None:
    browser = Client()

    page = browser.post(
        f"/accounts/password/set/{int_to_base36(officer.pk)}-set-password/", {"password1": "x", "password2": "x"}
    )

    assert "This link doesn't work any more" in page.content.decode()
    assert not AuditEntry.objects.filter(verb="password_changed").exists()
