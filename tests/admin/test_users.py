"""Users: invited with a mailed link, given roles, closed rather than deleted. Nobody sets another's password."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from dsr.models import User
from dsr.permissions import Role
from tests.views.conftest import SignIn

ADD = "/admin/dsr/user/add/"


@pytest.fixture
def browser(administrator: User, sign_in: SignIn) -> Client:
    return sign_in(administrator)


def test_an_invited_person_gets_a_link_and_no_password(browser: Client) -> None:
    browser.post(ADD, {"full_name": "Nora New", "email": "Nora@Example.com", "roles": [Role.AUDITOR.value]})

    user = User.objects.get(email="nora@example.com")
    assert not user.has_usable_password()
    assert list(user.groups.values_list("name", flat=True)) == ["Auditor"]
    [message] = mail.outbox
    assert message.to == ["nora@example.com"]
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
    ],
)
def test_an_error_stands_beside_its_field(browser: Client, changes: dict[str, object], beside: str) -> None:
    answer = browser.post(ADD, {"full_name": "Nora New", "email": "nora@example.com", "roles": [], **changes})

    assert answer.status_code == 422
    assert beside in answer.content.decode()
    assert not mail.outbox


def test_a_mail_that_cannot_be_sent_is_told_and_the_account_is_there(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("dsr.admin.users.mail_password_link", fail)

    typed = {"full_name": "Nora New", "email": "nora@example.com"}
    assert "at least one role" in browser.post(ADD, typed).content.decode()
    page = browser.post(ADD, typed | {"roles": ["Auditor"]}, follow=True).content.decode()

    assert "could not be sent" in page
    assert "was sent" not in page
    assert User.objects.filter(email="nora@example.com").exists()


def test_roles_are_changed_and_the_address_is_not(browser: Client, officer: User) -> None:
    page = f"/admin/dsr/user/{officer.pk}/change/"
    browser.post(page, {"roles": [Role.APPROVER.value], "email": "other@example.com", "full_name": "Other"})

    officer.refresh_from_db()
    assert list(officer.groups.values_list("name", flat=True)) == ["Approver"]
    assert (officer.email, officer.full_name) == ("anna@example.com", "Anna Officer")


def test_nobody_changes_their_own_account(browser: Client, administrator: User) -> None:
    page = f"/admin/dsr/user/{administrator.pk}/change/"
    assert "This is your own account" in browser.get(page).content.decode()

    answer = browser.post(page, {"roles": [role.value for role in Role]})

    assert answer.status_code == 422
    assert "own account" in answer.content.decode()
    assert administrator.groups.count() == 1


def test_an_account_is_closed_and_opened_again(browser: Client, officer: User) -> None:
    browser.post(f"/admin/dsr/user/{officer.pk}/close/")
    officer.refresh_from_db()
    assert not officer.is_active

    browser.post(f"/admin/dsr/user/{officer.pk}/open/")
    officer.refresh_from_db()
    assert officer.is_active


def test_the_link_is_mailed_again_to_the_account_s_own_address(browser: Client, officer: User) -> None:
    browser.post(f"/admin/dsr/user/{officer.pk}/link/", {"email": "attacker@example.com"})

    assert [message.to for message in mail.outbox] == [["anna@example.com"]]


@pytest.mark.parametrize("target", ["close/", "open/", "link/", "change/"])
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
