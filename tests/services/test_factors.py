"""Second factors at rest, under another master key, and reset by two administrators."""

from __future__ import annotations

import dataclasses
import re
import time
from pathlib import Path

import pytest
import time_machine
from allauth.core import context
from allauth.mfa.models import Authenticator
from django.core import mail
from django.db import connection as database
from django.db import transaction
from django.test import Client, RequestFactory
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from dsr import masterkey
from dsr.models import AuditEntry, Case, Connection, Safeguards, User, factor
from dsr.services import mfa_reset, rotation
from tests.builders import PASSWORD, approve, file_case, prepared
from tests.factors import code_of, give_app, give_recovery_codes, kinds_of

pytestmark = pytest.mark.django_db
NEW = b"n" * 32


@pytest.fixture(autouse=True)
def _static_root(settings: Settings, tmp_path: Path) -> None:
    """WhiteNoise warns of a directory that isn't there, and a warning is an error here."""
    settings.STATIC_ROOT = tmp_path


def raw_rows() -> bytes:
    """Everything that the tables of factors and sessions hold, as the database has it."""
    found = []
    with database.cursor() as cursor:
        for table in ("mfa_authenticator", "django_session", "dsr_cache"):
            cursor.execute(f"SELECT * FROM {table}")
            found += [repr(row) for row in cursor.fetchall()]
    return "\n".join(found).encode()


def works(user: User, code: str) -> bool:
    """Whether the code is taken by one of this person's factors."""
    with context.request_context(RequestFactory().get("/")):
        return any(row.wrap().validate_code(code) for row in Authenticator.objects.filter(user=user))


def test_no_secret_stands_in_the_clear(officer: User) -> None:
    secret = give_app(officer)
    codes = give_recovery_codes(officer)
    seed = factor.unseal(Authenticator.objects.get(type="recovery_codes").data["seed"])

    raw = raw_rows()

    for hidden in (secret, seed, *codes):
        assert hidden.encode() not in raw


def test_nor_does_the_secret_of_an_app_that_is_being_set_up(officer: User) -> None:
    browser = Client()
    browser.force_login(officer)
    browser.post("/accounts/again/", {"password": PASSWORD})
    page = browser.get("/accounts/2fa/app/").content.decode()
    secret = page.split('<code class="secret">')[1].split("<")[0]

    stored = browser.session["mfa.totp.secret"]

    assert secret not in str(dict(browser.session))
    assert factor.unseal(stored) == secret


def test_the_master_key_is_rotated_under_them(
    officer: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, codes = give_app(officer), give_recovery_codes(officer)
    old = settings.ENV.master_key
    settings.ENV = dataclasses.replace(settings.ENV, master_key=NEW, other_master_keys=[old])
    wrap = masterkey.wrap

    def stop_at_the_second(value: bytes, *, context: str) -> bytes:
        monkeypatch.setattr(masterkey, "wrap", stopped)
        return wrap(value, context=context)

    def stopped(value: bytes, *, context: str) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(masterkey, "wrap", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        rotation.rotate()
    monkeypatch.setattr(masterkey, "wrap", wrap)

    assert rotation.rotate() == 1, "the first was wrapped anew before the stop"
    assert rotation.rotate() == 0
    settings.ENV = dataclasses.replace(settings.ENV, other_master_keys=[])
    with time_machine.travel(time.time(), tick=False):
        assert works(officer, code_of(secret))
    assert works(officer, codes[0])


def test_a_used_recovery_code_stays_used_after_the_rotation(officer: User, settings: Settings) -> None:
    codes = give_recovery_codes(officer)
    assert works(officer, codes[0])
    settings.ENV = dataclasses.replace(settings.ENV, master_key=NEW, other_master_keys=[settings.ENV.master_key])

    rotation.rotate()

    assert not works(officer, codes[0])
    assert works(officer, codes[1])


@pytest.fixture
def approved(connection: Connection, officer: User, approver: User) -> Case:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    return case


def test_a_reset_takes_everything_off_ends_sessions_voids_approvals_and_is_told(
    approved: Case, approver: User, officer: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    give_app(approver)
    give_recovery_codes(approver)
    give_app(officer)
    theirs, others = Client(), Client()
    theirs.force_login(approver)
    others.force_login(officer)

    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        facts = mfa_reset.reset(user=approver)
        assert mail.outbox == []

    assert facts == {
        "user": approver.staff_reference,
        "factors_removed": ["recovery_codes", "totp"],
        "sessions_ended": 1,
        "approvals_voided": [approved.reference],
    }
    assert kinds_of(approver) == set()
    assert kinds_of(officer) == {"totp"}
    approver.refresh_from_db()
    assert not approver.has_usable_password(), "whoever knows it could set up a factor of their own first"
    assert "Forgot your password" in mail.outbox[-1].body
    assert theirs.get("/").status_code == 302
    assert others.get("/").status_code == 200
    assert approved.approvals.get().voided_at
    assert mail.outbox[-1].to == [approver.email]
    assert mail.outbox[-1].subject == "DSR Desk: your second factors were removed"


def test_whoever_lost_their_factor_is_back_with_a_new_one(officer: User) -> None:
    safeguards = Safeguards.current()
    safeguards.mfa_roles = ["Privacy officer"]
    safeguards.save()
    give_app(officer)
    mfa_reset.reset(user=officer)
    browser = Client()

    browser.post("/accounts/sign-in/", {"login": officer.email, "password": PASSWORD})
    assert browser.get("/").status_code == 302, "the old password opens nothing any more"
    assert "sign-in" in browser.get("/")["Location"]

    browser.post("/accounts/password/", {"email": officer.email})
    link = re.search(r"http://localhost:8000(\S+)", str(mail.outbox[-1].body))
    assert link
    form = browser.get(link[1], follow=True).redirect_chain[-1][0]
    browser.post(form, {"password1": "a brand new long password", "password2": "a brand new long password"})
    browser.post("/accounts/sign-in/", {"login": officer.email, "password": "a brand new long password"})
    assert browser.get("/")["Location"] == "/accounts/2fa/"
    assert not AuditEntry.objects.filter(verb="factor_removed").exists(), "the caller's entry tells of it"


@pytest.mark.django_db(transaction=True)
def test_a_reset_is_part_of_a_change_never_an_act_of_its_own(officer: User) -> None:
    give_app(officer)

    with pytest.raises(transaction.TransactionManagementError):
        mfa_reset.reset(user=officer)

    assert kinds_of(officer) == {"totp"}
