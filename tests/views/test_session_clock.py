"""A session ends when its owner is away, and at the end of the day in any case."""

from __future__ import annotations

import datetime as dt

import time_machine
from django.test import Client

from dsr.models import Case, User
from dsr.services import users
from tests.builders import PASSWORD
from tests.views.conftest import SignIn

MINUTE = dt.timedelta(minutes=1)


def test_after_half_an_hour_away_one_is_signed_out_and_told_so(
    officer: User, sign_in: SignIn, clock: time_machine.Traveller
) -> None:
    browser = sign_in(officer)
    browser.get("/")
    clock.shift(31 * MINUTE)

    answer = browser.get("/cases/new/")

    assert answer["Location"] == "/accounts/sign-in/?next=/cases/new/"
    assert "You were signed out after 30 minutes without activity." in browser.get(answer["Location"]).content.decode()
    assert browser.get("/").status_code == 302


def test_a_closed_account_that_is_opened_again_has_nobody_signed_in(
    officer: User, administrator: User, sign_in: SignIn
) -> None:
    """It may have been closed because of the browser in which its owner was signed in."""
    browser = sign_in(officer)
    assert browser.get("/").status_code == 200
    users.deactivate(actor=administrator, user=officer)
    assert browser.get("/").status_code == 302
    User.objects.filter(pk=officer.pk).update(is_active=True)
    assert browser.get("/").status_code == 302


def test_whoever_works_stays_in(officer: User, sign_in: SignIn, clock: time_machine.Traveller) -> None:
    browser = sign_in(officer)
    for _ in range(6):
        assert browser.get("/").status_code == 200
        clock.shift(29 * MINUTE)


def test_what_the_page_asks_by_itself_keeps_nobody_in(
    officer: User, matching_case: Case, sign_in: SignIn, clock: time_machine.Traveller
) -> None:
    browser = sign_in(officer)
    browser.get("/")
    poll = f"/cases/{matching_case.reference}/progress/?state=received"
    for _ in range(3):
        clock.shift(9 * MINUTE)
        assert browser.get(poll, headers={"HX-Request": "true"}).status_code == 204

    clock.shift(4 * MINUTE)
    answer = browser.get(poll, headers={"HX-Request": "true"})

    assert answer["HX-Refresh"] == "true"
    assert browser.get("/").status_code == 302


def test_nor_does_the_page_that_loads_anew_at_each_stage(
    officer: User, matching_case: Case, sign_in: SignIn, clock: time_machine.Traveller
) -> None:
    browser = sign_in(officer)
    page = f"/cases/{matching_case.reference}/"
    browser.get(page)
    for _ in range(3):
        clock.shift(9 * MINUTE)
        answer = browser.get(f"{page}progress/?state=another", headers={"HX-Request": "true"})
        assert answer["HX-Refresh"] == "true"
        clock.shift(2)
        assert browser.get(page).status_code == 200

    clock.shift(4 * MINUTE)

    assert browser.get(page).status_code == 302


def test_opening_the_case_by_hand_counts(
    officer: User, matching_case: Case, sign_in: SignIn, clock: time_machine.Traveller
) -> None:
    browser = sign_in(officer)
    page = f"/cases/{matching_case.reference}/"
    browser.get(page)
    clock.shift(20 * MINUTE)
    browser.get(f"{page}progress/?state=another", headers={"HX-Request": "true"})
    clock.shift(1 * MINUTE)
    browser.get(page)
    clock.shift(20 * MINUTE)

    assert browser.get(page).status_code == 200


def test_nobody_stays_in_for_longer_than_a_working_day(
    officer: User, sign_in: SignIn, clock: time_machine.Traveller
) -> None:
    browser = sign_in(officer)
    for _ in range(24):
        assert browser.get("/").status_code == 200
        clock.shift(20 * MINUTE)

    answer = browser.get("/")

    assert answer.status_code == 302
    assert "a session lasts 8 hours at most" in browser.get(answer["Location"]).content.decode()


def test_signing_in_again_begins_anew(officer: User, clock: time_machine.Traveller) -> None:
    browser = Client()
    signing_in = {"login": officer.email, "password": PASSWORD}
    browser.post("/accounts/sign-in/", signing_in)
    browser.get("/")
    clock.shift(31 * MINUTE)
    browser.get("/")

    browser.post("/accounts/sign-in/", signing_in)

    assert browser.get("/").status_code == 200


def test_what_was_sent_too_late_is_not_done(
    officer: User, matching_case: Case, sign_in: SignIn, clock: time_machine.Traveller
) -> None:
    browser = sign_in(officer)
    browser.get("/")
    clock.shift(31 * MINUTE)

    browser.post(f"/cases/{matching_case.reference}/withdraw/", {"reason": "They called."})

    matching_case.refresh_from_db()
    assert matching_case.state == "matching"
