"""Guessing passwords is slowed for an account and for a place, whoever the web process is that counts."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings

from dsr.models import User
from tests.builders import PASSWORD

SIGN_IN = "/accounts/sign-in/"
WORDS = "Too many failed login attempts. Try again later."
WRONG = "guess"


def attempt(login: str, password: str = WRONG, *, place: str = "203.0.113.7", **headers: Any) -> str:
    """One sign-in by a browser that has never been here before. The page that it gets, or where it is sent."""
    answer = Client().post(SIGN_IN, {"login": login, "password": password}, REMOTE_ADDR=place, **headers)
    return str(answer.get("Location") or answer.content.decode())


def test_five_failures_stop_an_account_at_that_address(officer: User) -> None:
    for _ in range(5):
        assert "not correct" in attempt(officer.email)

    assert WORDS in attempt(officer.email, PASSWORD)


def test_a_stranger_keeps_the_owner_out_nowhere_else(officer: User, clock: time_machine.Traveller) -> None:
    for _ in range(10):
        clock.shift(5 * 60 + 1)
        for _ in range(21):
            attempt(officer.email)

    assert attempt(officer.email, PASSWORD, place="198.51.100.1") == "/"


def test_one_address_guesses_at_an_account_twenty_times_an_hour(officer: User, clock: time_machine.Traveller) -> None:
    answers = []
    for _ in range(11):
        answers += [attempt(officer.email) for _ in range(5)]
        clock.shift(5 * 60 + 1)

    assert sum("not correct" in answer for answer in answers) == 20


def test_many_addresses_together_are_slow_too(officer: User) -> None:
    answers = [attempt(officer.email, place=f"203.0.113.{number // 5}") for number in range(205)]

    assert sum("not correct" in answer for answer in answers) == 200
    assert WORDS in attempt(officer.email, PASSWORD, place="198.51.100.1")


def test_a_right_sign_in_forgets_the_failures_of_that_account_at_that_address_alone(
    officer: User, approver: User
) -> None:
    for _ in range(4):
        attempt(officer.email)
        attempt(approver.email)
        attempt(officer.email, place="198.51.100.1")

    assert attempt(officer.email, PASSWORD) == "/"

    assert "not correct" in attempt(officer.email), "begun anew"
    for login, place in ((approver.email, "203.0.113.7"), (officer.email, "198.51.100.1")):
        assert "not correct" in attempt(login, place=place)
        assert WORDS in attempt(login, place=place)


def test_right_sign_ins_in_between_do_not_help_a_place_that_guesses(officer: User, approver: User) -> None:
    """Somebody with an account of their own guesses at others."""
    for number in range(10):
        assert "not correct" in attempt(f"nobody{number}@example.com")
        if number < 9:
            assert attempt(approver.email, PASSWORD) == "/"

    assert WORDS in attempt(officer.email, PASSWORD)


def test_another_host_name_is_no_fresh_start(officer: User, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = [".example.com"]
    for number in range(5):
        attempt(officer.email, HTTP_HOST=f"dsr.example.com:{number + 1}")

    assert WORDS in attempt(officer.email, PASSWORD, HTTP_HOST="DSR.example.com")


def test_an_account_that_nobody_guesses_at_stays_open(officer: User, approver: User) -> None:
    for _ in range(6):
        attempt(officer.email)

    assert attempt(approver.email, PASSWORD) == "/"


def test_other_spellings_of_an_address_count_as_the_same(officer: User) -> None:
    for login in ("anna@example.com", "ANNA@example.com", " anna@example.com ", "Anna@Example.com", "anna@EXAMPLE.com"):
        attempt(login)

    assert WORDS in attempt(officer.email, PASSWORD)


def test_ten_failures_from_one_place_stop_it_for_every_account(officer: User) -> None:
    for number in range(10):
        assert "not correct" in attempt(f"nobody{number}@example.com")

    assert WORDS in attempt(officer.email, PASSWORD)
    assert attempt(officer.email, PASSWORD, place="198.51.100.1") == "/"


def test_behind_a_proxy_the_place_is_what_the_proxy_says_not_what_the_client_claims(
    officer: User, settings: Settings
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(10):
        claimed = f"198.51.100.{number}, 203.0.113.7"  # the client's own header, and the address that was appended
        attempt(f"nobody{number}@example.com", place="127.0.0.1", headers={"X-Forwarded-For": claimed})

    assert WORDS in attempt(officer.email, PASSWORD, headers={"X-Forwarded-For": "192.0.2.1, 203.0.113.7"})
    assert attempt(officer.email, PASSWORD, place="127.0.0.1", headers={"X-Forwarded-For": "192.0.2.1"}) == "/"


def test_filling_the_cache_lifts_no_lockout(officer: User) -> None:
    for _ in range(5):
        attempt(officer.email)

    for number in range(400):
        caches["default"].set(f"z{number}", [], 300)

    assert WORDS in attempt(officer.email, PASSWORD)


def test_many_sign_ins_a_minute_get_a_page_that_says_to_wait(db: None) -> None:
    for _ in range(30):
        Client().post(SIGN_IN, {}, REMOTE_ADDR="203.0.113.9")

    answer = Client().post(SIGN_IN, {}, REMOTE_ADDR="203.0.113.9")

    assert answer.status_code == 429
    assert "Wait a few minutes, then try again" in answer.content.decode()


@pytest.fixture(autouse=True)
def _shared_cache(settings: Settings) -> None:
    assert "DatabaseCache" in settings.CACHES["default"]["BACKEND"]
