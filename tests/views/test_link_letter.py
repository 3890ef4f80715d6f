"""The letter that takes a new hand-over link to its person: begun on the page that shows the link once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from dsr.models import AuditEntry, Case, Connection, HandOver, OutgoingLetter, User
from dsr.services import handover_links
from dsr.states import Kind
from tests.builders import file_case, packed, prepared, record_processing, work
from tests.views.conftest import SignIn
from tests.views.test_handing import both, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(officer: User, administrator: User, connection: Connection) -> Case:
    record_processing(connection, administrator, "en")
    return packed(prepared(file_case(officer, connection, kind=Kind.ACCESS), officer))


def begin(browser: Client, case: Case, link: str) -> Any:
    """What the button beside the new link does."""
    return browser.post(f"/cases/{case.reference}/letters/new/package_ready/", {"link_just_made": link})


def send(browser: Client, case: Case, page: Any, **changes: str) -> Any:
    form = page.context["form"]
    typed = {name: str(form[name].value() or "") for name in form.fields}
    to = f"id-{case.identifiers.filter(kind='email')[0].pk}"
    return browser.post(page.wsgi_request.path, {**typed, "to": to, "send": "", **changes})


def test_it_comes_with_the_link_and_without_the_code(ready: Case, officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    shown = make(browser, ready)
    link, code = both(shown)
    assert f'name="link_just_made" value="{link}"' in shown.content.decode()

    page = begin(browser, ready, link)

    assert page.status_code == 200
    assert page.context["form"]["link"].value() == link
    assert code not in page.content.decode()
    assert page["Cache-Control"].startswith("no-store")
    assert not OutgoingLetter.objects.exists(), "nothing is sent before somebody says so"
    assert send(browser, ready, page).status_code == 302
    work()
    [message] = mail.outbox
    assert link in message.body
    assert code not in message.body
    token = link.rstrip("/").rpartition("/")[2]
    assert token not in json.dumps(list(AuditEntry.objects.values()), default=str)
    case_page = browser.get(f"/cases/{ready.reference}/").content.decode()
    assert token not in case_page


def test_the_link_of_another_person_is_not_sent(
    ready: Case, officer: User, connection: Connection, sign_in: SignIn
) -> None:
    browser = sign_in(officer)
    other = packed(prepared(file_case(officer, connection, kind=Kind.ACCESS), officer))
    link, _code = both(make(browser, other))
    make(browser, ready)

    answer = send(browser, ready, begin(browser, ready, link))

    assert answer.status_code == 422
    assert "doesn&#x27;t open the package of this request" in answer.content.decode()
    assert not OutgoingLetter.objects.exists()


@pytest.mark.parametrize("change", ["", "case page", "cut off"])
def test_a_link_that_opens_nothing_is_not_sent(ready: Case, officer: User, sign_in: SignIn, change: str) -> None:
    browser = sign_in(officer)
    link, _code = both(make(browser, ready))
    page = begin(browser, ready, link)
    if not change:
        handover_links.revoke(link=HandOver.objects.get(), actor=officer)
    wrong = {"": link, "case page": f"http://localhost:8000/cases/{ready.reference}/", "cut off": link[:-5]}[change]

    assert send(browser, ready, page, link=wrong).status_code == 422
    assert not OutgoingLetter.objects.exists()


def test_the_letter_is_looked_at_before_an_address_is_chosen(ready: Case, officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    link, _code = both(make(browser, ready))
    page = begin(browser, ready, link)
    form = page.context["form"]
    typed = {name: str(form[name].value() or "") for name in form.fields}

    shown = browser.post(page.wsgi_request.path, {**typed, "to": "", "show": ""})

    assert shown.status_code == 200
    assert "How it reads" in shown.content.decode()
    assert not OutgoingLetter.objects.exists()
    unsaid = browser.post(page.wsgi_request.path, {**typed, "to": "", "send": ""})
    assert unsaid.status_code == 422
    assert not OutgoingLetter.objects.exists()
