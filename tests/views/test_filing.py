"""Filing a request: what is asked, what is said when something is wrong, what stands there afterwards."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from dsr.models import Case, Connection, User
from dsr.services import closing, intake, matching
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case, make_connection, work
from tests.marks import seen_on
from tests.views.conftest import SignIn


@pytest.fixture
def browser(officer: User, connection: Connection, sign_in: SignIn) -> Client:
    return sign_in(officer)


def filled(where: Connection, **changes: object) -> dict[str, object]:
    return {
        "kind": "erasure",
        "subject_name": "Linda Dare",
        "emails": "linda.dare@example.com\n\n  second@example.com ",
        "external_ids": "",
        "connection": where.pk,
        "received_on": (timezone.localdate() - dt.timedelta(days=1)).isoformat(),
        "channel": "letter",
        "note": "",
        **changes,
    }


def test_filing_leads_to_the_case_with_its_due_date_and_how_it_was_counted(
    browser: Client, connection: Connection
) -> None:
    answer = browser.post("/cases/new/", filled(connection), follow=True)

    case = Case.objects.get()
    assert answer.redirect_chain == [(f"/cases/{case.reference}/", 302)]
    page = answer.content.decode()
    assert "One month from" in page
    assert "Regulation 1182/71" in page
    assert sorted(row.value for row in case.identifiers.all()) == ["linda.dare@example.com", "second@example.com"]


def test_the_only_connection_is_chosen_and_nothing_else(browser: Client, sandbox: Sandbox) -> None:
    page = browser.get("/cases/new/").content.decode()
    assert "selected>Acme Webshop" in page
    assert "checked" not in page

    make_connection(sandbox, name="Second")
    assert "selected>Acme Webshop" not in browser.get("/cases/new/").content.decode()


@pytest.mark.parametrize(
    ("changes", "beside"),
    [
        ({"subject_name": ""}, "id_subject_name_error"),
        ({"emails": "not an address"}, "id_emails_error"),
        ({"emails": "", "external_ids": ""}, "id_emails_error"),
        ({"received_on": "2999-01-01"}, "id_received_on_error"),
        ({"received_on": "yesterday"}, "id_received_on_error"),
        ({"channel": ""}, "id_channel_error"),
        ({"kind": "everything"}, "id_kind_error"),
        ({"connection": 999_999}, "id_connection_error"),
    ],
)
def test_an_error_stands_beside_its_field_and_nothing_typed_is_lost(
    browser: Client, connection: Connection, changes: dict[str, object], beside: str
) -> None:
    answer = browser.post("/cases/new/", filled(connection, note="Called twice", **changes))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="{beside}"' in page
    assert "Called twice" in page
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [("letter.pdf", b"MZ\x90\x00" + b"\x00" * 64), ("letter.pdf", b""), ("letter.pdf", b"%PDF-1.7 broken")],
)
def test_a_letter_that_is_no_letter_is_refused_beside_the_field(
    browser: Client, connection: Connection, name: str, content: bytes
) -> None:
    letter = SimpleUploadedFile(name, content, content_type="application/pdf")

    page = browser.post("/cases/new/", filled(connection, letter=letter)).content.decode()

    assert 'id="id_letter_error"' in page
    assert "Choose the letter again" in page
    assert not Case.objects.exists()


def test_a_letter_of_50_mb_is_refused_with_its_size(browser: Client, connection: Connection) -> None:
    letter = SimpleUploadedFile("letter.pdf", b"%PDF-" + b"0" * (50 * 1024**2))

    page = browser.post("/cases/new/", filled(connection, letter=letter)).content.decode()

    assert "the limit is" in page


def test_without_a_connection_the_page_says_who_adds_one(officer: User, sign_in: SignIn) -> None:
    assert "No SegMetrics account is connected yet" in sign_in(officer).get("/cases/new/").content.decode()


def test_the_language_of_the_documents_is_chosen_here_and_can_be_changed_on_the_case(
    browser: Client, connection: Connection, auditor: User, sign_in: SignIn
) -> None:
    browser.post("/cases/new/", filled(connection, language="fr"))
    case = Case.objects.get()
    address = f"/cases/{case.reference}/"
    assert case.language == "fr"
    assert "<dd>Français</dd>" in browser.get(address).content.decode()
    chosen = {"language": "de", **seen_on(browser, address, f"{address}language/")}
    page = browser.post(f"{address}language/", chosen, follow=True).content.decode()
    assert "<dd>Deutsch</dd>" in page
    assert "Language of the documents: Deutsch" in page, "the story tells of it"
    assert browser.post(f"{address}language/", {"language": "xx"}).status_code == 422
    assert "Change the language" not in sign_in(auditor).get(address).content.decode()


def test_the_installations_own_language_is_chosen_beforehand(browser: Client, settings: Settings) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, document_language="es")
    assert '<option value="es" selected>' in browser.get("/cases/new/").content.decode()


def reference_of(officer: User, connection: Connection, **fields: Any) -> str:
    return file_case(officer, connection, **fields).reference


def test_an_open_request_with_the_same_address_is_said_once_and_nothing_typed_is_lost(
    browser: Client, officer: User, connection: Connection
) -> None:
    there = reference_of(officer, connection, emails=["SECOND@example.com"])
    sent = filled(connection, note="Called twice")
    answer = browser.post("/cases/new/", sent)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert Case.objects.count() == 1, "nothing was filed yet"
    assert f'href="/cases/{there}/" target="_blank"' in page
    assert "File it all the same" in page
    assert "Called twice" in page
    assert "second@example.com" in page
    assert f'name="told_of" value="{there}"' in page
    assert "example.com" not in str(dict(browser.session.items())), "nor in the session"

    answer = browser.post("/cases/new/", {**sent, "told_of": there})
    assert answer.status_code == 302
    assert Case.objects.count() == 2


def test_it_is_said_again_only_of_a_request_that_was_not_named(
    browser: Client, officer: User, connection: Connection
) -> None:
    first = reference_of(officer, connection)
    sent = filled(connection)
    assert "File it all the same" in browser.post("/cases/new/", sent).content.decode()
    page = browser.post("/cases/new/", {**sent, "told_of": first, "subject_name": ""}).content.decode()
    assert f'name="told_of" value="{first}"' in page, "an error in between doesn't make it said again"

    second = reference_of(officer, connection)
    page = browser.post("/cases/new/", {**sent, "told_of": first}).content.decode()
    assert f'name="told_of" value="{first} {second}"' in page
    assert browser.post("/cases/new/", {**sent, "told_of": f"{first} {second}"}).status_code == 302


def test_a_letter_chosen_before_is_not_lost_in_silence(browser: Client, officer: User, connection: Connection) -> None:
    there = reference_of(officer, connection)
    sent = filled(connection)
    letter = {"letter": SimpleUploadedFile("letter.txt", b"Dear all", content_type="text/plain")}
    page = browser.post("/cases/new/", {**sent, **letter}).content.decode()
    assert "Choose the letter again" in page
    assert 'name="had_letter"' in page

    page = browser.post("/cases/new/", {**sent, "told_of": there, "had_letter": "1"}).content.decode()
    assert 'id="id_letter_error"' in page
    assert 'name="had_letter"' not in page
    assert Case.objects.count() == 1
    assert browser.post("/cases/new/", {**sent, "told_of": there}).status_code == 302, "it goes without one too"


@pytest.mark.parametrize("change", ["closed", "ruled out", "another id's account"])
def test_nothing_is_said_of_others(
    browser: Client, officer: User, connection: Connection, sandbox: Sandbox, change: str
) -> None:
    if change == "closed":
        case = file_case(officer, connection)
        closing.withdraw(case=case, actor=officer, reason="by phone")
    elif change == "ruled out":
        case = file_case(officer, connection, emails=["other@example.com"], external_ids=["2087"])
        work()
        tom = case.candidates.get()
        intake.add_identifier(case=case, kind="email", value="linda.dare@example.com", learnt_from=tom)
        matching.decide(case=case, actor=officer, candidate=tom, decision="other_person", reason="another one")
    else:
        shop = make_connection(sandbox, name="Other shop", account_id="other9")
        file_case(officer, shop, emails=["other@example.com"], external_ids=["c-1"])
    assert browser.post("/cases/new/", filled(connection, external_ids="c-1")).status_code == 302
