"""A person's own token: shown once, ended at once, and worth no more than the person's rights."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from dsr.agents.calling import Refused, call
from dsr.exceptions import NotAllowed
from dsr.models import AgentToken, AuditEntry, Connection, Safeguards, User
from dsr.permissions import Role
from dsr.services import agent_tokens, mfa_reset, users
from tests.builders import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _static_root(settings: Settings, tmp_path: object) -> None:
    settings.STATIC_ROOT = tmp_path


def is_alive(token: str) -> bool:
    try:
        call(token=token, name="list_cases", arguments={})
    except Refused:
        return False
    return True


def browser_of(user: User) -> Client:
    browser = Client()
    assert browser.post("/accounts/sign-in/", {"login": user.email, "password": PASSWORD}).status_code == 302
    return browser


def sign_in_again(browser: Client) -> str:
    return browser.post("/accounts/again/?next=/agents/", {"password": PASSWORD}, follow=True).content.decode()


def test_it_is_made_after_signing_in_again_and_shown_once(officer: User, connection: Connection) -> None:
    browser = browser_of(officer)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=10)):
        assert "Make a token" in browser.get("/agents/").content.decode()
        led = browser.post("/agents/", {"days": "30"})
        assert (led.status_code, led["Location"]) == (302, "/accounts/again/?next=%2Fagents%2F")
        assert not AgentToken.objects.exists()
        html = sign_in_again(browser)
        found = re.search(r"dsr_[\w-]{43}", html)
        assert found, "the form that was sent is gone on with"
        assert is_alive(found[0])
        page = browser.get("/agents/").content.decode()
        assert found[0] not in page
        assert "A token is in use" in page
        assert "no-store" in browser.get("/agents/")["Cache-Control"]

        second = re.search(r"dsr_[\w-]{43}", browser.post("/agents/", {"days": "7"}).content.decode())
        assert second
        assert not is_alive(found[0])
        assert is_alive(second[0])
        assert "The token has ended" in browser.post("/agents/end/", follow=True).content.decode()
        assert not is_alive(second[0])
    kept = str(list(AgentToken.objects.values())) + str(list(AuditEntry.objects.values()))
    assert found[0] not in kept
    verbs = (
        AuditEntry.objects.filter(verb__startswith="agent_token").order_by("sequence").values_list("verb", flat=True)
    )
    assert list(verbs) == ["agent_token_made", "agent_token_made", "agent_token_ended"]


def test_it_ends_by_itself(officer: User, connection: Connection) -> None:
    token = agent_tokens.make(actor=officer, days=7)
    assert is_alive(token)
    with time_machine.travel(timezone.now() + dt.timedelta(days=7, minutes=1)):
        assert not is_alive(token)


def test_it_ends_with_the_role_and_for_good_with_the_account(officer: User, administrator: User) -> None:
    token = agent_tokens.make(actor=officer, days=30)
    groups = list(officer.groups.all())
    officer.groups.clear()
    with pytest.raises(NotAllowed, match="isn't valid"):
        agent_tokens.used(token)
    officer.groups.set(groups)
    assert is_alive(token)
    User.objects.filter(pk=officer.pk).update(is_active=False)
    assert not is_alive(token)
    User.objects.filter(pk=officer.pk).update(is_active=True)
    users.deactivate(actor=administrator, user=officer)
    User.objects.filter(pk=officer.pk).update(is_active=True)
    assert not is_alive(token)


def test_it_needs_the_second_factor_that_the_role_needs(officer: User) -> None:
    token = agent_tokens.make(actor=officer, days=30)
    Safeguards.objects.filter(pk=Safeguards.current().pk).update(mfa_roles=[Role.PRIVACY_OFFICER])
    assert not is_alive(token)
    with pytest.raises(Exception, match="second factor"):
        agent_tokens.make(actor=officer, days=30)
    Authenticator.objects.create(user=officer, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert is_alive(token)


def test_a_reset_of_the_second_factors_ends_it(officer: User) -> None:
    token = agent_tokens.make(actor=officer, days=30)
    mfa_reset.reset(user=officer)
    assert not is_alive(token)


def test_where_ai_clients_are_not_let_in_there_is_none(officer: User, settings: Settings) -> None:
    token = agent_tokens.make(actor=officer, days=30)
    settings.ENV = dataclasses.replace(settings.ENV, agents=False)
    assert not is_alive(token)
    browser = browser_of(officer)
    assert "Not switched on" in browser.get("/agents/").content.decode()
    assert "/agents/" not in browser.get("/preferences/").content.decode()
    before = AgentToken.objects.get().token_digest
    browser.post("/agents/", {"days": "30"})
    assert "Your token" not in sign_in_again(browser)
    assert AgentToken.objects.get().token_digest == before


@pytest.mark.parametrize("token", ["", "dsr_", "dsr_" + "x" * 43, "\x00", "DSR_"])
def test_another_opens_nothing(token: str, officer: User) -> None:
    agent_tokens.make(actor=officer, days=30)
    assert not is_alive(token)
