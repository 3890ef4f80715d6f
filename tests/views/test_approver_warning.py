"""That nobody could approve is said while somebody can still be found."""

from __future__ import annotations

import pytest
from django.test import Client

from dsr.models import Case, Connection, User
from dsr.permissions import Role
from dsr.states import Kind
from tests.builders import file_case, make_user, prepared
from tests.views.conftest import SignIn

NOBODY = "Nobody can approve this request"
ONLY_YOU = "You are the only person who can approve this request"


@pytest.fixture
def browser(officer: User, sign_in: SignIn) -> Client:
    return sign_in(officer)


def page(browser: Client, case: Case) -> str:
    return browser.get(f"/cases/{case.reference}/").content.decode()


def test_from_the_first_day_on(browser: Client, matching_case: Case, approver: User) -> None:
    assert NOBODY not in page(browser, matching_case)

    approver.is_active = False
    approver.save()

    assert NOBODY in page(browser, matching_case)


def test_an_approver_with_a_hand_in_it_does_not_count(browser: Client, connection: Connection, officer: User) -> None:
    both = make_user("ben@example.com", "Ben Both", Role.PRIVACY_OFFICER, Role.APPROVER)

    assert NOBODY in page(browser, file_case(both, connection))
    assert NOBODY not in page(browser, file_case(officer, connection))


def test_the_only_approver_is_told_to_leave_the_work_to_others(
    sign_in: SignIn, matching_case: Case, approver: User
) -> None:
    both = make_user("ben@example.com", "Ben Both", Role.PRIVACY_OFFICER, Role.APPROVER)
    assert ONLY_YOU not in page(sign_in(both), matching_case)

    approver.groups.clear()

    assert ONLY_YOU in page(sign_in(both), matching_case)


def test_not_where_nothing_is_approved(browser: Client, connection: Connection, officer: User, approver: User) -> None:
    access = file_case(officer, connection, kind=Kind.ACCESS)
    waiting = prepared(file_case(officer, connection), officer)
    approver.groups.clear()

    assert NOBODY not in page(browser, access)
    assert page(browser, waiting).count("Nobody can approve this") == 1


def test_the_dashboard_says_it_to_whoever_can_change_it(
    sign_in: SignIn, officer: User, administrator: User, auditor: User
) -> None:
    words = "no active account has the role Approver"
    for user, expected in ((officer, True), (administrator, True), (auditor, False)):
        assert (words in sign_in(user).get("/").content.decode()) is expected

    make_user("bea@example.com", "Bea Approver", Role.APPROVER)

    assert words not in sign_in(officer).get("/").content.decode()
