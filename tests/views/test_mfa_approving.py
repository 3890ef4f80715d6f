"""The second person proves that it is them at every approval: password and second factor."""

from __future__ import annotations

import dataclasses

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from dsr.exceptions import NotAllowed
from dsr.models import Approval, Case, Safeguards, User
from dsr.permissions import Role, eligible_approvers
from tests.builders import PASSWORD, file_case, prepared
from tests.builders import approve as approve_by_service
from tests.factors import code_of, give_app, give_recovery_codes
from tests.views.conftest import SignIn


@pytest.fixture(autouse=True)
def _clock(clock: time_machine.Traveller) -> None:
    """Every code here is of this clock."""


@pytest.fixture
def production(db: None, settings: Settings) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, name="production")
    safeguards = Safeguards.current()
    safeguards.mfa_roles = []  # even where no role needs a factor to sign in
    safeguards.save()


@pytest.fixture
def secret(approver: User) -> str:
    return give_app(approver)


@pytest.fixture
def browser(approver: User, sign_in: SignIn) -> Client:
    return sign_in(approver)


def approve(browser: Client, case: Case, **typed: str) -> tuple[int, str]:
    said = {"typed_ids": "1004", "password": PASSWORD, "fingerprint": case.plans.get().fingerprint, **typed}
    answer = browser.post(f"/cases/{case.reference}/approve/", said)
    return answer.status_code, answer.content.decode()


def test_with_the_code_of_the_app(browser: Client, waiting_case: Case, secret: str) -> None:
    assert 'id="approve_code"' in browser.get(f"/cases/{waiting_case.reference}/approval/").content.decode()

    status, _ = approve(browser, waiting_case, code=code_of(secret))

    assert status == 302
    assert Approval.objects.exists()


@pytest.mark.parametrize("code", ["", "000000"])
def test_without_the_right_code_nothing_is_approved(
    code: str, browser: Client, waiting_case: Case, secret: str
) -> None:
    status, page = approve(browser, waiting_case, code=code)

    assert status == 422
    assert 'id="approve_code_error"' in page
    assert not Approval.objects.exists()


def test_a_code_that_let_somebody_in_approves_nothing(waiting_case: Case, approver: User, secret: str) -> None:
    browser, code = Client(), code_of(secret)
    browser.post("/accounts/sign-in/", {"login": approver.email, "password": PASSWORD})
    browser.post("/accounts/2fa/authenticate/", {"code": code})
    assert browser.get("/").status_code == 200

    status, _ = approve(browser, waiting_case, code=code)

    assert status == 422
    assert not Approval.objects.exists()


def test_a_recovery_code_approves_once(
    browser: Client, waiting_case: Case, officer: User, approver: User, secret: str
) -> None:
    code = give_recovery_codes(approver)[0]
    other = prepared(file_case(officer, waiting_case.connection), officer)

    assert approve(browser, waiting_case, code=code)[0] == 302
    assert approve(browser, other, code=code)[0] == 422


def test_wrong_ids_use_up_no_code_and_the_code_is_not_shown_again(
    browser: Client, waiting_case: Case, secret: str
) -> None:
    code = code_of(secret)
    status, page = approve(browser, waiting_case, code=code, typed_ids="2087")
    assert status == 422
    assert f'value="{code}"' not in page

    assert approve(browser, waiting_case, code=code)[0] == 302


def test_guessing_codes_is_stopped(browser: Client, waiting_case: Case, secret: str) -> None:
    for number in range(5):
        approve(browser, waiting_case, code=f"99999{number}")

    status, page = approve(browser, waiting_case, code=code_of(secret))

    assert status == 422
    assert "Too many failed login attempts" in page
    assert not Approval.objects.exists()


def test_in_production_nobody_approves_by_a_password_alone(
    production: None, browser: Client, waiting_case: Case, approver: User
) -> None:
    for address in ("", "approval/"):
        page = browser.get(f"/cases/{waiting_case.reference}/{address}").content.decode()
        assert "Approving needs a second factor" in page
        assert 'id="approve_password"' not in page

    status, page = approve(browser, waiting_case)

    assert status == 409
    assert "Set one up under" in page
    with pytest.raises(NotAllowed, match="second factor"):
        approve_by_service(waiting_case, approver)
    assert not Approval.objects.exists()


def test_in_production_with_a_factor_it_goes(
    production: None, browser: Client, waiting_case: Case, secret: str
) -> None:
    assert approve(browser, waiting_case, code=code_of(secret))[0] == 302


def test_who_can_approve_leaves_out_who_has_no_factor(production: None, waiting_case: Case, approver: User) -> None:
    assert eligible_approvers(waiting_case) == []
    give_recovery_codes(approver)
    assert eligible_approvers(waiting_case) == [], "recovery codes alone are no factor"

    give_app(approver)

    assert eligible_approvers(waiting_case) == [approver]


def test_elsewhere_only_where_the_role_needs_it(waiting_case: Case, approver: User) -> None:
    assert eligible_approvers(waiting_case) == [approver]
    safeguards = Safeguards.current()
    safeguards.mfa_roles = [Role.APPROVER.value]
    safeguards.save()

    assert eligible_approvers(waiting_case) == []
    with pytest.raises(NotAllowed):
        approve_by_service(waiting_case, approver)
