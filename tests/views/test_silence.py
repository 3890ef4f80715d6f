"""The card that proposes to close a case whose person doesn't answer: it fills in the ground, and a person closes."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from dsr.days import controller_midnight, controller_today
from dsr.models import Case, LetterKind, User
from dsr.services import identity, letters
from tests.builders import record_processing, work
from tests.services.letter_cases import send
from tests.views.conftest import SignIn

PROPOSED = "Or close: who asks could not be established"


@pytest.fixture
def silent(matching_case: Case, officer: User) -> Case:
    """Asked 31 days ago."""
    record_processing(matching_case.connection, officer)
    identity.ask(case=matching_case, actor=officer)
    day = controller_today() - dt.timedelta(days=31)
    asked = controller_midnight(day) + dt.timedelta(hours=12)  # so that no hour and no clock change counts
    Case.objects.update(identity_at=asked, paused_on=day, received_on=day - dt.timedelta(days=2))
    matching_case.refresh_from_db()
    return matching_case


def page_of(browser: Client, case: Case) -> str:
    return browser.get(f"/cases/{case.reference}/").content.decode()


def test_it_proposes_and_says_on_which_ground(silent: Case, officer: User, sign_in: SignIn) -> None:
    page = page_of(sign_in(officer), silent)

    assert "The person hasn't answered for 31 days" in page
    assert PROPOSED in page
    assert '<option value="identity" selected>' in page
    assert "Art. 12(2)" in page
    assert "We asked you on" in page
    assert page.count('name="ground"') == 1, "the form of a refusal stands once"
    assert "No letter with the question was sent from here" in page
    assert f"/cases/{silent.reference}/letters/new/identity/" in page
    assert silent.state == "matching", "nothing is done by looking at it"


def test_the_reason_is_in_the_language_of_the_case(silent: Case, officer: User, sign_in: SignIn) -> None:
    Case.objects.update(language="de")
    browser = sign_in(officer)
    reason = browser.get(f"/cases/{silent.reference}/").context["refuse_form"].initial["reason"]
    assert re.search(r"\d\. \w+ 20\d\d", reason), "a German date has a point"


def test_a_person_closes_and_the_ground_is_recorded(silent: Case, officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    answer = browser.post(f"/cases/{silent.reference}/refuse/", {"ground": "identity", "reason": " "})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert PROPOSED in page
    assert 'id="refuse_reason_error"' in page
    browser.post(f"/cases/{silent.reference}/refuse/", {"ground": "identity", "reason": "no answer since 3 November"})
    silent.refresh_from_db()

    assert (silent.state, silent.refusal_ground, silent.identity) == ("refused", "identity", "refused")
    assert silent.closed_at
    assert PROPOSED not in page_of(browser, silent)
    assert "letters/new/refusal/" in page_of(browser, silent)


def test_a_letter_that_did_not_reach_them_is_said(silent: Case, officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    with time_machine.travel(timezone.now() - dt.timedelta(days=31)):
        letter = send(silent, officer, LetterKind.IDENTITY)
        work()
    page = page_of(browser, silent)
    assert PROPOSED in page
    assert "No letter with the question" not in page
    letters.note_bounced(letter=letter, actor=officer)
    assert "The letter with the question didn&#x27;t reach them" in page_of(browser, silent).replace("'", "&#x27;")


@pytest.mark.parametrize("who", ["approver", "auditor"])
def test_others_are_not_asked(who: str, silent: Case, approver: User, auditor: User, sign_in: SignIn) -> None:
    assert PROPOSED not in page_of(sign_in({"approver": approver, "auditor": auditor}[who]), silent)


def test_a_case_that_still_waits_has_no_such_card(matching_case: Case, officer: User, sign_in: SignIn) -> None:
    identity.ask(case=matching_case, actor=officer)
    page = page_of(sign_in(officer), matching_case)
    assert PROPOSED not in page
    assert page.count('name="ground"') == 1
