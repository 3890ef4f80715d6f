"""A security key as second factor: added, asked for at sign-in and at each approval, taken off again."""

from __future__ import annotations

import base64
import json

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from dsr.models import Approval, AuditEntry, Case, User
from tests.builders import PASSWORD
from tests.factors import kinds_of
from tests.security_key import SecurityKey
from tests.views.conftest import SignIn

ADD, SIGN_IN = "/accounts/2fa/keys/add/", "/accounts/2fa/authenticate/"


@pytest.fixture
def browser(approver: User, sign_in: SignIn) -> Client:
    return sign_in(approver)


@pytest.fixture
def key(browser: Client, approver: User) -> SecurityKey:
    """A key that the approver has added."""
    key = SecurityKey()
    browser.post("/accounts/again/", {"password": PASSWORD})
    browser.post(ADD, {"name": "Bea's key", "credential": key.register(text(browser, ADD))})
    assert kinds_of(approver) == {"webauthn", "recovery_codes"}
    return key


def text(browser: Client, path: str) -> str:
    return browser.get(path).content.decode()


def password_given(user: User) -> Client:
    browser = Client()
    browser.post("/accounts/sign-in/", {"login": user.email, "password": PASSWORD})
    return browser


def is_in(browser: Client) -> bool:
    return browser.get("/").status_code == 200


def test_it_lets_its_owner_in(key: SecurityKey, approver: User) -> None:
    browser = password_given(approver)
    assert not is_in(browser)

    browser.post(SIGN_IN, {"credential": key.sign(text(browser, SIGN_IN))})

    assert is_in(browser)


def test_another_key_another_site_and_an_answer_given_before_do_not(key: SecurityKey, approver: User) -> None:
    first = password_given(approver)
    answer = key.sign(text(first, SIGN_IN))
    first.post(SIGN_IN, {"credential": answer})
    assert is_in(first)

    browser = password_given(approver)
    text(browser, SIGN_IN)
    browser.post(SIGN_IN, {"credential": answer})
    assert not is_in(browser)
    browser.post(SIGN_IN, {"credential": SecurityKey().sign(text(browser, SIGN_IN))})
    assert not is_in(browser)
    key._host = "evil.example.com"
    browser.post(SIGN_IN, {"credential": key.sign(text(browser, SIGN_IN))})
    assert not is_in(browser)


def client_data(**changes: object) -> str:
    said = {"type": "webauthn.get", "challenge": "AA", "origin": "https://testserver", **changes}
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def answer_with(**response: object) -> str:
    return json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": response})


MALFORMED = [
    '{"id": "x"}',
    '{"id": "AA", "rawId": "AA"}',
    '{"id": "AA", "rawId": "AA", "response": 5}',
    '{"id": 4000000000, "rawId": 4000000000, "response": {}}',
    answer_with(clientDataJSON=4_000_000_000),
    answer_with(clientDataJSON="ü"),
    answer_with(clientDataJSON=client_data(challenge=4_000_000_000)),
    answer_with(clientDataJSON=client_data(origin=5), authenticatorData="AA", signature="AA"),
    answer_with(clientDataJSON=client_data(), authenticatorData="AA", signature="AA"),
    answer_with(clientDataJSON=client_data(), attestationObject="AA"),
]


@pytest.mark.parametrize("nonsense", MALFORMED)
def test_an_answer_that_breaks_the_library_is_a_wrong_one(
    nonsense: str, key: SecurityKey, browser: Client, approver: User
) -> None:
    other = password_given(approver)
    text(other, SIGN_IN)
    assert other.post(SIGN_IN, {"credential": nonsense}).status_code == 200
    assert not is_in(other)

    text(browser, ADD)
    assert browser.post(ADD, {"name": "x", "credential": nonsense}).status_code in {200, 302}
    assert Authenticator.objects.filter(type="webauthn").count() == 1


def test_an_answer_counts_once_whatever_became_of_its_session(key: SecurityKey, approver: User) -> None:
    first = password_given(approver)
    answer = key.sign(text(first, SIGN_IN))
    # The same challenge in another session, as a slow request that writes its session back would leave it.
    second = password_given(approver)
    text(second, SIGN_IN)
    state = dict(first.session.items())
    session = second.session
    session.update({name: state[name] for name in state if "webauthn" in name})
    session.save()

    first.post(SIGN_IN, {"credential": answer})
    second.post(SIGN_IN, {"credential": answer})

    assert (is_in(first), is_in(second)) == (True, False)


@pytest.mark.parametrize("nonsense", ["", "{}", "[]", "5", "null", '"x"', "not json"])
def test_nonsense_is_refused_like_a_wrong_code(nonsense: str, key: SecurityKey, approver: User) -> None:
    browser = password_given(approver)
    text(browser, SIGN_IN)

    assert browser.post(SIGN_IN, {"credential": nonsense}).status_code == 200
    assert not is_in(browser)


def test_it_approves_without_a_code_and_each_answer_counts_once(
    key: SecurityKey, browser: Client, waiting_case: Case
) -> None:
    address = f"/cases/{waiting_case.reference}/"
    said = {"typed_ids": "1004", "password": PASSWORD, "fingerprint": waiting_case.plans.get().fingerprint}
    answer = key.sign(text(browser, f"{address}approval/"))

    assert browser.post(f"{address}approve/", {**said, "typed_ids": "2087", "credential": answer}).status_code == 422
    # That page asked anew, so the old answer is no good any more.
    old = browser.post(f"{address}approve/", {**said, "credential": answer})
    assert old.status_code == 422
    assert not Approval.objects.exists()

    answer = key.sign(old.content.decode())
    assert browser.post(f"{address}approve/", {**said, "credential": answer}).status_code == 302
    assert Approval.objects.exists()


def test_it_is_renamed_and_taken_off_again_by_its_own_word(key: SecurityKey, browser: Client, approver: User) -> None:
    row = Authenticator.objects.get(type="webauthn")
    remove, again = f"/accounts/2fa/keys/{row.pk}/remove/", "/accounts/2fa/keys/again/"
    browser.post(again, {"credential": key.sign(text(browser, again))})

    browser.post(f"/accounts/2fa/keys/{row.pk}/", {"name": "The blue one"})
    assert "The blue one" in text(browser, "/accounts/2fa/keys/")
    browser.post(remove)

    assert kinds_of(approver) == set(), "the recovery codes go with the last factor"
    assert AuditEntry.objects.filter(verb="factor_removed").exists()
