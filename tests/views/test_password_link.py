"""The mailed link that sets a password: what a log shows of it opens nothing."""

from __future__ import annotations

import re

from django.core import mail
from django.test import Client

from dsr.logs import without_secrets
from dsr.models import User


def mailed_link(user: User) -> str:
    Client().post("/accounts/password/", {"email": user.email})
    found = re.search(r"http://localhost:8000(\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def offers_a_form(client: Client, path: str) -> bool:
    return 'name="password1"' in client.get(path, follow=True).content.decode()


def test_the_page_with_the_form_belongs_to_the_browser_that_opened_the_link(client: Client, officer: User) -> None:
    link = mailed_link(officer)
    opened = client.get(link)["Location"]

    assert offers_a_form(client, opened)
    assert not offers_a_form(Client(), opened)
    answer = Client().post(opened, {"password1": "an intruder's password", "password2": "an intruder's password"})
    assert "This link doesn't work any more" in answer.content.decode()


def test_what_the_log_shows_of_the_link_opens_nothing(client: Client, officer: User) -> None:
    link = mailed_link(officer)
    client.get(link, follow=True)

    logged = without_secrets(f'203.0.113.7 "GET {link}" 302 0 5ms').split('"')[1].split()[1]

    assert logged == "/accounts/password/set/[key]"
    for guess in (logged, f"{logged}/"):
        assert not offers_a_form(Client(), guess)
