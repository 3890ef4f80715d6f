"""Users: invited with a mailed link, given roles, closed rather than deleted. Nobody sets another's password."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from dsr.models import SafeguardChange, User
from dsr.permissions import Role
from tests.builders import grant_all, make_user
from tests.factors import give_app, kinds_of
from tests.marks import seen_on
from tests.views.conftest import SignIn

ADD = "/admin/dsr/user/add/"


@pytest.fixture
def browser(administrator: User, sign_in: SignIn) -> Client:
    return sign_in(administrator)


def test_an_invited_person_gets_a_link_and_no_password_and_no_role_yet(
    browser: Client, second_administrator: User
) -> None:
    typed = {"full_name": "Nora New", "email": "Nora@Example.com", "roles": [Role.AUDITOR.value], "reason": "new here"}
    page = browser.post(ADD, typed, follow=True).content.decode()

    user = User.objects.get(email="nora@example.com")
    assert not user.has_usable_password()
    assert not user.groups.exists()
    assert "Waiting for another administrator: Give roles: Nora New, Auditor" in page
    grant_all(second_administrator)
    assert list(user.groups.values_list("name", flat=True)) == ["Auditor"]
    [message] = [message for message in mail.outbox if message.to == ["nora@example.com"]]
    assert "an account at DSR Desk was opened for you" in message.body
    assert "/accounts/password/set/" in message.body


def test_no_page_asks_for_another_s_password(browser: Client, officer: User) -> None:
    for page in (ADD, f"/admin/dsr/user/{officer.pk}/change/"):
        assert 'type="password"' not in browser.get(page).content.decode()
    for page in (f"/admin/dsr/user/{officer.pk}/password/", "/admin/password_change/"):
        assert browser.get(page, follow=True).status_code == 404


@pytest.mark.parametrize(
    ("changes", "beside"),
    [
        ({"email": "nope"}, 'id="id_email_error"'),
        ({"email": "max@example.com"}, 'id="id_email_error"'),
        ({"full_name": ""}, 'id="id_full_name_error"'),
        ({"roles": ["Emperor"]}, 'id="id_roles_error"'),
        ({"reason": ""}, 'id="id_reason_error"'),
    ],
)
def test_an_error_stands_beside_its_field(browser: Client, changes: dict[str, object], beside: str) -> None:
    answer = browser.post(
        ADD,
        {"full_name": "Nora New", "email": "nora@example.com", "roles": ["Auditor"], "reason": "new here", **changes},
    )

    assert answer.status_code == 422
    assert beside in answer.content.decode()
    assert not mail.outbox


def test_a_mail_that_cannot_be_sent_is_told_and_the_account_is_there(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("dsr.admin.users.mail_password_link", fail)

    typed = {"full_name": "Nora New", "email": "nora@example.com", "reason": "new here"}
    assert "at least one role" in browser.post(ADD, typed).content.decode()
    page = browser.post(ADD, typed | {"roles": ["Auditor"]}, follow=True).content.decode()

    assert "could not be sent" in page
    assert "was sent" not in page
    assert User.objects.filter(email="nora@example.com").exists()


def test_a_role_is_taken_at_once_and_given_by_two_and_the_address_stays(
    browser: Client, officer: User, second_administrator: User
) -> None:
    page = f"/admin/dsr/user/{officer.pk}/change/"
    typed = {"roles": [Role.APPROVER.value], "email": "other@example.com", "full_name": "Other"}
    typed |= seen_on(browser, page)
    assert 'id="id_reason_error"' in browser.post(page, typed).content.decode()
    assert list(officer.groups.values_list("name", flat=True)) == ["Privacy officer"], "nothing was done"
    browser.post(page, typed | {"reason": "changes sides"})

    officer.refresh_from_db()
    assert not officer.groups.exists()
    grant_all(second_administrator)
    assert list(officer.groups.values_list("name", flat=True)) == ["Approver"]
    assert (officer.email, officer.full_name) == ("anna@example.com", "Anna Officer")


def test_nobody_changes_their_own_account(browser: Client, administrator: User) -> None:
    page = f"/admin/dsr/user/{administrator.pk}/change/"
    assert "This is your own account" in browser.get(page).content.decode()

    answer = browser.post(page, {"roles": [role.value for role in Role]})

    assert answer.status_code == 422
    assert "own account" in answer.content.decode()
    assert administrator.groups.count() == 1


def test_an_account_with_roles_is_closed_by_one_and_opened_again_by_two(
    browser: Client, officer: User, second_administrator: User
) -> None:
    browser.post(f"/admin/dsr/user/{officer.pk}/close/")
    officer.refresh_from_db()
    assert not officer.is_active
    assert "counts as giving them" in browser.get(f"/admin/dsr/user/{officer.pk}/change/").content.decode()

    page = browser.post(f"/admin/dsr/user/{officer.pk}/open/", follow=True).content.decode()
    assert "Say why" in page
    page = browser.post(f"/admin/dsr/user/{officer.pk}/open/", {"reason": "back again"}, follow=True).content.decode()
    assert "once another administrator has granted it" in page
    officer.refresh_from_db()
    assert not officer.is_active
    grant_all(second_administrator)
    officer.refresh_from_db()
    assert officer.is_active


def test_an_account_without_roles_is_opened_by_one(browser: Client) -> None:
    nobody = make_user("nobody@example.com", "Nobody", is_active=False)
    browser.post(f"/admin/dsr/user/{nobody.pk}/open/")
    nobody.refresh_from_db()
    assert nobody.is_active


def test_the_link_is_mailed_again_to_the_account_s_own_address(browser: Client, officer: User) -> None:
    browser.post(f"/admin/dsr/user/{officer.pk}/link/", {"email": "attacker@example.com"})

    assert [message.to for message in mail.outbox] == [["anna@example.com"]]


def test_a_lost_factor_is_asked_to_be_reset(
    browser: Client, officer: User, second_administrator: User, sign_in: SignIn
) -> None:
    page = f"/admin/dsr/user/{officer.pk}/change/"
    assert "Ask to reset" not in browser.get(page).content.decode()
    give_app(officer)
    assert "Ask to reset the second factor" in browser.get(page).content.decode()

    said = browser.post(f"/admin/dsr/user/{officer.pk}/reset/", follow=True).content.decode()
    assert "Say why" in said
    said = browser.post(f"/admin/dsr/user/{officer.pk}/reset/", {"reason": "lost"}, follow=True).content.decode()
    assert "another administrator has granted it" in said
    assert "Reset a lost second factor: Anna Officer" in said
    assert kinds_of(officer)

    change = SafeguardChange.objects.get()
    sign_in(second_administrator).post(f"/safeguards/{change.pk}/grant/")
    assert not kinds_of(officer)


@pytest.mark.parametrize("target", ["close/", "open/", "reset/", "link/", "change/"])
def test_nobody_but_an_administrator(target: str, officer: User, approver: User, sign_in: SignIn) -> None:
    answer = sign_in(officer).post(f"/admin/dsr/user/{approver.pk}/{target}")

    assert answer.status_code == 403
    approver.refresh_from_db()
    assert approver.is_active
    assert not mail.outbox


def test_a_visit_by_address_changes_nothing(browser: Client, officer: User) -> None:
    browser.get(f"/admin/dsr/user/{officer.pk}/close/")

    officer.refresh_from_db()
    assert officer.is_active
