"""Whoever needs a second factor and has none gets no further than the pages for setting one up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from dsr.models import Case, Safeguards, User
from dsr.permissions import Role
from dsr.views.required_factor import OPEN
from tests.factors import give_app
from tests.views.conftest import SignIn

SET_UP = "/accounts/2fa/"


@pytest.fixture(autouse=True)
def _needed(db: None) -> None:
    need(*Role.values)


def need(*roles: str) -> None:
    safeguards = Safeguards.current()
    safeguards.mfa_roles = list(roles)
    safeguards.save()


def every_path(
    patterns: list[URLPattern | URLResolver], before: str = "/", space: str = ""
) -> Iterator[tuple[str, str]]:
    """Each pattern of the URL conf, as an address that fits it, with its name."""
    filled = {"<slug:reference>": "DSR-2026-000001", "<int:pk>": "1", "<int:number>": "1", "<path:object_id>": "1",
              "<path:content_type_id>": "1", "<path:url>": "x", "<id>": "1", "<str:code>": "1",
              "<str:language>": "de", "<slug:kind>": "refusal", "<slug:language>": "de",
              "<str:token>": "x"}  # fmt: skip
    for entry in patterns:
        part = str(entry.pattern).lstrip("^").rstrip("$")
        for placeholder, value in filled.items():
            part = part.replace(placeholder, value)
        part = part.replace(r"password/set/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/", "password/set/1-x/")
        part = part.replace("(?P<app_label>dsr)/", "dsr/").replace("(?P<url>.*)", "x")
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from every_path(entry.url_patterns, before + part, inner)
        else:
            yield before + part, f"{space}{entry.name}"


ADDRESSES = list(every_path(get_resolver().url_patterns))


def test_the_walk_reaches_the_whole_url_conf() -> None:
    names = {name for _, name in ADDRESSES}

    assert {"home", "approve", "document_download", "admin:dsr_user_close", "mfa_index", "healthz"} <= names
    assert len(ADDRESSES) > 60
    assert not [path for path, _ in ADDRESSES if set("<>()?") & set(path)], "a pattern was not filled in"
    assert names >= OPEN, "an address stands open that isn't there any more"


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_url_goes_round_it(
    method: str, officer: User, administrator: User, waiting_case: Case, sign_in: SignIn
) -> None:
    officer.groups.set([*officer.groups.all(), *administrator.groups.all()])
    browser = sign_in(officer)

    reached = []
    for path, name in ADDRESSES:
        if name in OPEN:
            continue
        answer = getattr(browser, method)(path)
        if (answer.status_code, answer.get("Location")) != (302, SET_UP):
            reached.append(f"{path} {answer.status_code}")

    assert reached == []


def test_once_it_is_set_up_everything_opens(officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    assert browser.get("/")["Location"] == SET_UP

    give_app(officer)

    assert browser.get("/").status_code == 200


def test_the_pages_for_setting_up_and_signing_out_are_open(officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)

    page = browser.get(SET_UP).content.decode()
    assert "/admin/" not in page, "no menu of what is closed"
    assert browser.get(f"{SET_UP}app/")["Location"].startswith("/accounts/again/")
    browser.post("/accounts/sign-out/")

    assert browser.get("/")["Location"].startswith("/accounts/sign-in/")


def test_other_roles_work_as_before(officer: User, auditor: User, sign_in: SignIn) -> None:
    need(Role.PRIVACY_OFFICER)

    assert sign_in(officer).get("/").status_code == 302
    assert sign_in(auditor).get("/").status_code == 200


def test_a_page_that_asks_by_itself_is_led_away_as_a_whole(officer: User, matching_case: Case, sign_in: SignIn) -> None:
    answer = sign_in(officer).get(f"/cases/{matching_case.reference}/progress/", headers={"HX-Request": "true"})

    assert answer["HX-Redirect"] == SET_UP


def test_whoever_is_not_signed_in_is_led_to_sign_in(client: Client) -> None:
    assert client.get("/")["Location"].startswith("/accounts/sign-in/")
