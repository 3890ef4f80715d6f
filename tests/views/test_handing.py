"""The officer's side of a hand-over link: made and shown once, looked at, revoked, and what it says when closing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from dsr.models import AuditEntry, Case, Connection, HandOver, User
from dsr.permissions import Role
from dsr.services import handover_links
from dsr.states import Kind
from tests.builders import file_case, packed, prepared
from tests.views.conftest import SignIn


@pytest.fixture
def ready(officer: User, connection: Connection) -> Case:
    return packed(prepared(file_case(officer, connection, kind=Kind.ACCESS), officer))


def make(browser: Client, case: Case, days: object = 7) -> Any:
    return browser.post(f"/cases/{case.reference}/hand-over/link/", {"days": days})


def both(answer: Any) -> tuple[str, str]:
    """The address and the code, as the page shows them."""
    html = answer.content.decode()
    address = re.search(r'id="link">([^<]+)<', html)
    code = re.search(r'id="secret-code">([^<]+)<', html)
    assert address
    assert code
    return address[1], code[1]


def test_link_and_code_are_shown_once_and_work(ready: Case, officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)

    answer = make(browser, ready)

    address, code = both(answer)
    assert answer["Cache-Control"] == "no-store, private"
    assert address.startswith("http://localhost:8000/package/")
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", code)
    path = address.removeprefix("http://localhost:8000")
    assert Client().post(path, {"code": code}).status_code == 200
    page = browser.get(f"/cases/{ready.reference}/").content.decode()
    assert code not in page
    assert path not in page


def test_the_case_page_says_what_became_of_it_and_what_to_note(ready: Case, officer: User, sign_in: SignIn) -> None:
    browser, address = sign_in(officer), f"/cases/{ready.reference}/"
    link, code = both(make(browser, ready))
    assert "none so far" in browser.get(address).content.decode()
    path = link.removeprefix("http://localhost:8000")
    Client().post(path, {"code": "22222222"})
    Client().post(path, {"code": code})
    page = browser.get(address).content.decode()
    assert "begun once, never sent in full" in page

    answer: Any = Client().post(path, {"code": code})
    b"".join(answer.streaming_content)

    page = browser.get(address).content.decode()
    assert "sent in full on" in page
    assert "<dd>4</dd>" in re.sub(r"\s+", "", page)
    assert "Wrong code at the hand-over link, 4 tries left" in page
    assert "whoever has the link and the code" in page
    assert "By a link, with its code sent apart. Sent in full on" in page
    ready.refresh_from_db()
    assert ready.state == "ready", "a person says that it is handed over"

    how = re.search(r'<textarea[^>]*name="how"[^>]*>([^<]+)</textarea>', page)
    assert how
    browser.post(f"{address}hand-over/", {"how": how[1].strip()})
    ready.refresh_from_db()
    assert (ready.state, ready.outcome) == ("completed", "handed_over")
    after = browser.get(address).content.decode()
    assert "Revoke the link" in after
    assert "Make a new link" not in after
    assert Client().post(path, {"code": code}).status_code == 200


def test_a_revoked_link_opens_nothing(ready: Case, officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    link, code = both(make(browser, ready))
    row = HandOver.objects.get()

    for _ in range(2):
        browser.post(f"/cases/{ready.reference}/hand-over/link/{row.pk}/revoke/")

    assert Client().post(link.removeprefix("http://localhost:8000"), {"code": code}).status_code == 403
    assert AuditEntry.objects.filter(verb="link_revoked").count() == 1
    assert "Revoked" in browser.get(f"/cases/{ready.reference}/").content.decode()


def test_a_new_link_ends_the_earlier_one(ready: Case, officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    first, code = both(make(browser, ready))
    second, new_code = both(make(browser, ready))

    assert Client().post(first.removeprefix("http://localhost:8000"), {"code": code}).status_code == 403
    assert Client().post(second.removeprefix("http://localhost:8000"), {"code": new_code}).status_code == 200


@pytest.mark.parametrize("days", [0, 15, -1, "x", ""])
def test_the_days_have_their_bounds(ready: Case, officer: User, sign_in: SignIn, days: object) -> None:
    answer = make(sign_in(officer), ready, days)

    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert not HandOver.objects.exists()


def test_it_takes_the_right_to_download(ready: Case, officer: User, sign_in: SignIn) -> None:
    """Otherwise it would be a way round that right: whoever makes a link knows its code."""
    rights = Group.objects.get(name=Role.PRIVACY_OFFICER).permissions
    rights.remove(rights.get(codename="download_contents"))
    browser = sign_in(officer)

    assert "Make the link" not in browser.get(f"/cases/{ready.reference}/").content.decode()
    assert make(browser, ready).status_code == 409
    assert not HandOver.objects.exists()


def test_without_a_package_there_is_no_link(officer: User, connection: Connection, sign_in: SignIn) -> None:
    case = prepared(file_case(officer, connection, kind=Kind.ACCESS), officer)
    case.documents.filter(kind="package").delete()
    browser = sign_in(officer)

    assert "once the package is there" in browser.get(f"/cases/{case.reference}/").content.decode()
    assert make(browser, case).status_code == 409


def test_a_link_of_another_case_is_not_revoked_here(
    ready: Case, officer: User, connection: Connection, sign_in: SignIn
) -> None:
    link = handover_links.create(case=ready, actor=officer, days=1).link
    other = file_case(officer, connection)

    answer = sign_in(officer).post(f"/cases/{other.reference}/hand-over/link/{link.pk}/revoke/")

    assert answer.status_code == 404
    link.refresh_from_db()
    assert link.revoked_at is None


@pytest.mark.parametrize("who", ["approver", "auditor"])
def test_others_see_how_it_stands_and_can_do_nothing(
    ready: Case, officer: User, sign_in: SignIn, who: str, request: pytest.FixtureRequest
) -> None:
    handover_links.create(case=ready, actor=officer, days=1)

    page = sign_in(request.getfixturevalue(who)).get(f"/cases/{ready.reference}/").content.decode()

    assert "Hand over by a link" in page
    assert "none so far" in page
    assert "/hand-over/" not in page


def test_no_page_of_it_holds_inline_code_or_an_address_with_the_token(
    ready: Case, officer: User, sign_in: SignIn
) -> None:
    browser = sign_in(officer)
    for answer in (make(browser, ready), browser.get(f"/cases/{ready.reference}/")):
        html = answer.content.decode()
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", html)
        assert not re.search(r'(?:href|src|action)="[^"]*/package/', html), (
            "a click here would be a look of the officer"
        )
