"""Signing in: by email and password, with limits, and with a password that only its owner ever sets."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse

from dsr.models import User
from tests.builders import PASSWORD

SIGN_IN = "/accounts/sign-in/"


def test_signing_in_leads_to_where_one_wanted_to_go(client: Client, officer: User) -> None:
    answer = client.post(
        f"{SIGN_IN}?next=/cases/new/", {"login": officer.email, "password": PASSWORD, "next": "/cases/new/"}
    )

    assert answer["Location"] == "/cases/new/"


def test_signing_in_never_leads_to_another_site(client: Client, officer: User) -> None:
    answer = client.post(SIGN_IN, {"login": officer.email, "password": PASSWORD, "next": "https://evil.example.com/"})

    assert answer["Location"] == "/"


@pytest.mark.parametrize(("login", "password"), [("anna@example.com", "wrong"), ("nobody@example.com", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_look_the_same(
    client: Client, officer: User, login: str, password: str
) -> None:
    page = client.post(SIGN_IN, {"login": login, "password": password}).content.decode()

    assert "errorlist" in page
    assert "not correct" in page


def test_guessing_is_stopped(client: Client, officer: User) -> None:
    for _ in range(7):
        client.post(SIGN_IN, {"login": officer.email, "password": "guess"})

    client.post(SIGN_IN, {"login": officer.email, "password": PASSWORD})

    assert client.get("/").status_code == 302, "the right password comes too late as well"


def test_nobody_signs_up(client: Client, db: None) -> None:
    for name in ("account_signup", "account_email", "account_change_password"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    assert "sign up" not in client.get(SIGN_IN).content.decode().lower()


def test_a_forgotten_password_is_set_by_a_mailed_link_that_works_once(client: Client, officer: User) -> None:
    client.post("/accounts/password/", {"email": officer.email})
    [message] = mail.outbox
    link = re.search(r"http://localhost:8000(\S+)", str(message.body))
    assert link
    form = client.get(link[1], follow=True)
    new = "a brand new long password"

    client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})

    officer.refresh_from_db()
    assert officer.check_password(new)
    assert "This link doesn't work any more" in Client().get(link[1], follow=True).content.decode()


def test_an_unknown_address_gets_no_mail_and_the_same_page(client: Client, officer: User) -> None:
    known = client.post("/accounts/password/", {"email": officer.email}, follow=True)
    unknown = client.post("/accounts/password/", {"email": "nobody@example.com"}, follow=True)

    assert len(mail.outbox) == 1
    assert known.redirect_chain == unknown.redirect_chain


def test_a_closed_account_stays_out(client: Client, officer: User) -> None:
    officer.is_active = False
    officer.save()

    client.post(SIGN_IN, {"login": officer.email, "password": PASSWORD})

    assert client.get("/").status_code == 302


def test_the_admin_has_no_door_of_its_own(client: Client, db: None) -> None:
    answer = client.get("/admin/login/?next=/admin/dsr/user/")

    assert answer["Location"] == "/accounts/sign-in/?next=/admin/dsr/user/"


def test_signing_out(client: Client, officer: User) -> None:
    client.force_login(officer)

    client.post("/accounts/sign-out/")

    assert client.get("/").status_code == 302


def test_the_mailed_link_is_under_the_address_of_the_settings(client: Client, officer: User) -> None:
    client.post("/accounts/password/", {"email": officer.email}, HTTP_HOST="localhost:4711")

    assert "http://localhost:8000/accounts/password/set/" in mail.outbox[-1].body
    assert ":4711" not in mail.outbox[-1].body


def test_a_mail_that_fails_does_not_tell_who_has_an_account(
    client: Client, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", fail)

    known = client.post("/accounts/password/", {"email": officer.email})
    unknown = client.post("/accounts/password/", {"email": "nobody@example.com"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


@pytest.mark.parametrize("page", ["/accounts/sign-in/", "/accounts/password/"])
def test_an_e_mail_is_spelled_as_everywhere(db: None, page: str) -> None:
    words = Client().get(page).content.decode()

    assert "E-mail" in words
    assert "Email" not in words
