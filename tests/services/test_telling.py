"""Everybody concerned learns what was asked for and decided: by mail where that works, and on the dashboard."""

from __future__ import annotations

import datetime as dt
import logging
import smtplib

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection as database
from django.utils import timezone
from pytest_django import Settings

from dsr.models import Safeguards, User
from dsr.permissions import Role
from dsr.selectors import changes
from dsr.services import safeguards
from tests.builders import ask_more, make_user, set_levels
from tests.mail_server import serving

pytestmark = pytest.mark.django_db

WEEK = dt.timedelta(days=7)


@pytest.fixture(autouse=True)
def _strict(db: None) -> None:
    set_levels(approvals_per_day=20)


@pytest.fixture
def everybody(officer: User, approver: User, auditor: User, administrator: User, second_administrator: User) -> None:
    make_user("gone@example.com", "Gone", Role.APPROVER, is_active=False)
    make_user("both@example.com", "Both", Role.APPROVER, Role.PRIVACY_OFFICER)


def test_all_officers_approvers_and_administrators_are_told_once_each(
    everybody: None, administrator: User, second_administrator: User
) -> None:
    change = ask_more(administrator)
    told = ["anna@example.com", "bea@example.com", "both@example.com", "max@example.com", "mia@example.com"]
    assert sorted(address for message in mail.outbox for address in message.to) == told
    assert all(len(message.recipients()) == 1 for message in mail.outbox)
    assert "Max Admin asks to weaken a safeguard. Let a person approve more in a day: 30 a day." in mail.outbox[0].body
    assert "a busy month" not in mail.outbox[0].body, "the reason stands on the site"
    mail.outbox.clear()
    safeguards.grant(actor=second_administrator, change=change)
    assert len(mail.outbox) == 5
    assert "Mia Admin granted what Max Admin asked for." in mail.outbox[0].body
    mail.outbox.clear()
    change = ask_more(administrator, 40)
    mail.outbox.clear()
    safeguards.decline(actor=second_administrator, change=change)
    assert "Mia Admin declined" in mail.outbox[0].body


@pytest.mark.parametrize("error", [ConnectionRefusedError, smtplib.SMTPException, ValueError])
def test_a_mail_that_fails_fails_nothing_and_the_notice_stands(
    administrator: User,
    second_administrator: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: type[Exception],
) -> None:
    def fail(*_args: object) -> None:
        raise error("max@example.com")

    monkeypatch.setattr(EmailBackend, "send_messages", fail)
    with caplog.at_level(logging.ERROR):
        change = ask_more(administrator)
        safeguards.grant(actor=second_administrator, change=change)
    assert Safeguards.current().approvals_per_day == 30
    assert error.__name__ in caplog.text
    assert "@" not in caplog.text
    [notice] = changes.notices()
    assert "Mia Admin granted what Max Admin asked for." in notice.text


def test_an_address_that_is_refused_keeps_no_mail_from_the_others(
    everybody: None, administrator: User, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Anna has left and her mailbox with her; her account is still open, and the first of all."""
    with serving(settings) as server, caplog.at_level(logging.ERROR):
        server.refuses = {"anna@example.com"}
        ask_more(administrator)
    told = ["bea@example.com", "both@example.com", "max@example.com", "mia@example.com"]
    assert sorted(address for row in server.taken for address in row.rcpt_tos) == told
    assert "1 mails about a safeguard were not sent: SMTPRecipientsRefused" in caplog.text
    assert "@" not in caplog.text


def test_no_mail_is_sent_inside_a_transaction(
    administrator: User, second_administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test itself runs in one; deeper than that none may be open."""
    outermost, depths = len(database.savepoint_ids), []
    monkeypatch.setattr(EmailBackend, "send_messages", lambda *_: depths.append(len(database.savepoint_ids)))
    safeguards.grant(actor=second_administrator, change=ask_more(administrator))
    assert set(depths) == {outermost}


def test_the_notice_stands_for_seven_days(administrator: User, second_administrator: User) -> None:
    safeguards.grant(actor=second_administrator, change=ask_more(administrator))
    with time_machine.travel(timezone.now() + WEEK - dt.timedelta(hours=1)):
        assert len(changes.notices()) == 1
    with time_machine.travel(timezone.now() + WEEK + dt.timedelta(hours=1)):
        assert changes.notices() == []
