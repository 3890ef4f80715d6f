"""The set-up list ticks itself off."""

from __future__ import annotations

import dataclasses
import re

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from pytest_django import Settings

from dsr.models import Connection, User
from dsr.services import connections
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import record_processing
from tests.views.conftest import SignIn

pytestmark = pytest.mark.django_db


def done(page: str) -> list[str]:
    rows = re.findall(
        r"<li>(.*?)</li>", page.split('class="plain set-up"')[1].split("</ul>", maxsplit=1)[0], flags=re.DOTALL
    )
    found = [re.search(r"<strong>(.*?)</strong>", row) for row in rows if "Done" in row]
    return [match[1] for match in found if match]


def test_each_step_ticks_itself_off(administrator: User, sign_in: SignIn) -> None:
    browser = sign_in(administrator)
    assert "The set-up isn't finished." in browser.get("/").content.decode()
    page = browser.get("/set-up/").content.decode()
    assert "Add a connection" in page
    assert "Mail" not in done(page)

    browser.post("/set-up/test-mail/")

    assert [sent.to for sent in mail.outbox] == [[administrator.email]]
    assert "Mail" in done(browser.get("/set-up/").content.decode())


def test_a_mail_server_that_refuses_is_said_to_do_so(
    administrator: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> int:
        raise OSError(f"554 {administrator.email} refused")

    monkeypatch.setattr(EmailBackend, "send_messages", away)
    browser = sign_in(administrator)
    page = browser.post("/set-up/test-mail/", follow=True).content.decode()
    assert "take it (OSError)" in page
    assert "554 " not in page
    assert "Mail" not in done(page)


def test_once_all_is_done_nobody_is_reminded(
    administrator: User,
    officer: User,
    approver: User,
    connection: Connection,
    sandbox: Sandbox,
    sign_in: SignIn,
    settings: Settings,
) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, organisation_address=("1 High Street",))
    browser = sign_in(administrator)
    assert "A second person" in done(browser.get("/set-up/").content.decode())
    connections.test(connection=connection, actor=administrator)
    record_processing(connection, administrator)
    browser.post("/set-up/test-mail/")

    page = browser.get("/set-up/").content.decode()

    assert "Everything is set up." in page
    assert "set-up isn" not in browser.get("/").content.decode()


def test_two_roles_of_one_person_are_not_two_people(officer: User, administrator: User, sign_in: SignIn) -> None:

    officer.groups.add(Group.objects.get(name="Approver"))
    assert "A second person" not in done(sign_in(administrator).get("/set-up/").content.decode())
