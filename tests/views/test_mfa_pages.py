"""Setting up a second factor and taking it off again, as its owner does it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from dsr.models import AuditEntry, Case, Safeguards, User
from dsr.services import account_mail
from tests.builders import PASSWORD, approve
from tests.factors import code_of, give_app, give_recovery_codes, kinds_of
from tests.views.conftest import SignIn

HOME = "/accounts/2fa/"


@pytest.fixture(autouse=True)
def _clock(clock: time_machine.Traveller) -> None:
    """Every code here is of this clock."""


@pytest.fixture
def browser(approver: User, sign_in: SignIn) -> Client:
    return sign_in(approver)


def again(browser: Client, *, secret: str = "") -> None:
    """Sign in again, as the pages ask for."""
    if secret:
        browser.post(f"{HOME}again/", {"code": code_of(secret)})
    else:
        browser.post("/accounts/again/", {"password": PASSWORD})


def set_up(browser: Client) -> tuple[str, Any]:
    """Set up an app by its page. Returns its secret, and the answer to the confirming code."""
    again(browser)
    page = browser.get(f"{HOME}app/").content.decode()
    found = re.search(r'<code class="secret">([A-Z2-7]+)</code>', page)
    assert found
    return found[1], browser.post(f"{HOME}app/", {"code": code_of(found[1])})


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("sequence").values_list("verb", flat=True))


def test_an_app_is_set_up_after_signing_in_again(browser: Client, approver: User) -> None:
    assert browser.get(f"{HOME}app/")["Location"].startswith("/accounts/again/")

    _, answer = set_up(browser)

    assert answer["Location"] == f"{HOME}recovery-codes/"
    assert kinds_of(approver) == {"totp", "recovery_codes"}


def test_the_code_that_confirmed_the_app_is_used_up(browser: Client, approver: User) -> None:
    secret, _ = set_up(browser)
    elsewhere = Client()
    elsewhere.post("/accounts/sign-in/", {"login": approver.email, "password": PASSWORD})

    elsewhere.post(f"{HOME}authenticate/", {"code": code_of(secret)})

    assert elsewhere.get("/").status_code == 302


def test_the_picture_stands_in_the_page_and_nothing_of_it_is_stored_by_a_browser(browser: Client) -> None:
    again(browser)
    answer = browser.get(f"{HOME}app/")
    page = answer.content.decode()

    assert "<svg" in page
    assert "data:" not in page
    assert not re.search(r"<style|\sstyle=", page)
    assert "no-store" in answer["Cache-Control"]


def test_a_wrong_code_sets_nothing_up(browser: Client, approver: User) -> None:
    again(browser)
    browser.get(f"{HOME}app/")

    assert "Incorrect code" in browser.post(f"{HOME}app/", {"code": "000000"}).content.decode()
    assert kinds_of(approver) == set()


def test_recovery_codes_are_shown_once(browser: Client) -> None:
    set_up(browser)

    first = browser.get(f"{HOME}recovery-codes/").content.decode()
    second = browser.get(f"{HOME}recovery-codes/").content.decode()

    assert len(re.findall(r"<code>\d{8}</code>", first)) == 10
    assert not re.findall(r"\d{8}", re.sub(r'csrf\w+" value="\w+"', "", second))


def test_each_change_is_told_by_mail_and_stands_in_the_log_without_secrets(
    browser: Client,
    approver: User,
    clock: time_machine.Traveller,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        secret, _ = set_up(browser)
    clock.shift(30)
    again(browser, secret=secret)
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(f"{HOME}recovery-codes/new/")
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(f"{HOME}app/remove/")

    assert verbs() == ["factor_added", "recovery_codes_renewed", "factor_removed"]
    facts = str(list(AuditEntry.objects.values_list("facts", flat=True)))
    assert secret not in facts
    assert approver.staff_reference in facts
    assert [message.subject for message in mail.outbox] == [
        "DSR Desk: an app for codes was set up",
        "DSR Desk: new recovery codes were made",
        "DSR Desk: your app for codes was removed",
    ]
    assert all(message.to == [approver.email] for message in mail.outbox)
    assert not any(secret in str(message.body) for message in mail.outbox)


def test_a_mail_that_fails_stops_nothing(
    browser: Client,
    approver: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    tried = []

    def fail(subject: str, *_: object) -> None:
        tried.append(subject)
        raise ConnectionRefusedError

    monkeypatch.setattr(account_mail, "send_mail", fail)

    with django_capture_on_commit_callbacks(execute=True):
        set_up(browser)

    assert tried == ["DSR Desk: an app for codes was set up"]
    assert "totp" in kinds_of(approver)
    assert verbs() == ["factor_added"]


def test_without_its_audit_entry_a_factor_is_not_removed(
    browser: Client, approver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = give_app(approver)
    again(browser, secret=secret)

    def fail(**_: object) -> None:
        raise OSError("no log")

    monkeypatch.setattr("dsr.audit.record", fail)
    with pytest.raises(OSError, match="no log"):
        browser.post(f"{HOME}app/remove/")

    assert kinds_of(approver) == {"totp"}
    assert mail.outbox == []


def test_removing_a_factor_voids_what_was_approved_with_it(browser: Client, approver: User, waiting_case: Case) -> None:
    secret = give_app(approver)
    approve(waiting_case, approver)
    again(browser, secret=secret)

    browser.post(f"{HOME}app/remove/")

    assert waiting_case.approvals.get().voided_at
    assert AuditEntry.objects.get(verb="factor_removed").facts["approvals_voided"] == [waiting_case.reference]


def test_adding_a_factor_voids_nothing_and_ends_the_sessions_from_before_it(
    browser: Client, approver: User, waiting_case: Case, sign_in: SignIn
) -> None:
    approve(waiting_case, approver)
    elsewhere = sign_in(approver)
    assert elsewhere.get("/").status_code == 200

    set_up(browser)

    assert not waiting_case.approvals.get().voided_at
    assert elsewhere.get("/").status_code == 302
    assert browser.get("/").status_code == 200


def test_with_a_factor_the_password_alone_is_not_enough_to_change_it(browser: Client, approver: User) -> None:
    give_app(approver)
    again(browser)

    browser.post(f"{HOME}app/remove/")
    browser.post(f"{HOME}recovery-codes/new/")
    browser.get(f"{HOME}keys/add/")

    assert kinds_of(approver) == {"totp"}


def test_nobody_touches_the_key_of_another(browser: Client, approver: User, officer: User) -> None:
    secret = give_app(approver)
    again(browser, secret=secret)
    data = {"name": "Anna's key", "credential": {}}
    key = Authenticator.objects.create(user=officer, type=Authenticator.Type.WEBAUTHN, data=data)

    assert browser.post(f"{HOME}keys/{key.pk}/remove/").status_code == 404
    assert browser.post(f"{HOME}keys/{key.pk}/", {"name": "mine"}).status_code == 404
    assert kinds_of(officer) == {"webauthn"}


def test_the_pages_are_in_our_look(browser: Client, approver: User) -> None:
    give_recovery_codes(approver)
    for path in ("", "keys/"):
        page = browser.get(f"{HOME}{path}").content.decode()
        assert "desk.css" in page
        assert "sign-in security" in page.lower()


def test_a_key_gets_a_name_that_is_no_master_key(browser: Client) -> None:
    again(browser)

    page = browser.get(f"{HOME}keys/add/").content.decode()

    assert 'value="Security key 1"' in page
    assert "mfa/js/webauthn.js" in page
    assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)", page), "code in the page itself"


def test_what_needs_a_factor_says_so(browser: Client, approver: User) -> None:
    safeguards = Safeguards.current()
    safeguards.mfa_roles = ["Approver"]
    safeguards.save()

    assert "Your role needs a second factor" in browser.get(HOME).content.decode()
