"""Finding a request by its reference, or by what is known of the person, which is kept nowhere."""

from __future__ import annotations

import json
import logging

import pytest
from django.contrib.sessions.models import Session

from dsr.models import AuditEntry, Case, Connection, User
from tests.builders import file_case
from tests.views.conftest import SignIn

FIND = "/cases/find/"
EMAIL, ODD_ID = "linda.dare@example.com", "Shop-4711"


@pytest.fixture
def linda(officer: User, connection: Connection) -> Case:
    return file_case(officer, connection, emails=[EMAIL], external_ids=[ODD_ID])


@pytest.mark.parametrize("typed", ["{}", " {} ", "{}".lower()])
def test_a_reference_leads_to_its_case(typed: str, linda: Case, officer: User, sign_in: SignIn) -> None:
    answer = sign_in(officer).post(FIND, {"wanted": typed.format(linda.reference)})

    assert answer["Location"] == f"/cases/{linda.reference}/"
    assert not AuditEntry.objects.filter(verb="requests_searched").exists()


@pytest.mark.parametrize("typed", [EMAIL, "  Linda.Dare@EXAMPLE.com", ODD_ID])
def test_an_identifier_finds_every_case_that_has_it(
    typed: str, linda: Case, officer: User, connection: Connection, sign_in: SignIn
) -> None:
    other = file_case(officer, connection, emails=[EMAIL], external_ids=[ODD_ID], subject_name="Linda D.")
    stranger = file_case(officer, connection, emails=["tom@example.com"], subject_name="Tom")

    page = sign_in(officer).post(FIND, {"wanted": typed}).content.decode()

    assert linda.reference in page
    assert other.reference in page
    assert stranger.reference not in page
    entry = AuditEntry.objects.get(verb="requests_searched")
    assert (entry.facts, entry.case, entry.reason_digest) == ({"found": 2}, "", "")


@pytest.mark.parametrize("typed", ["linda", "shop-4711", "nobody@example.com", "DSR-2026-999999", "x'; --", "%"])
def test_what_nobody_has_is_answered_with_a_sentence(typed: str, linda: Case, officer: User, sign_in: SignIn) -> None:
    answer = sign_in(officer).post(FIND, {"wanted": typed})

    assert answer.status_code == 200
    assert "No request has it" in answer.content.decode()
    assert AuditEntry.objects.get(verb="requests_searched").facts == {"found": 0}


@pytest.mark.parametrize("typed", ["", "   ", "x" * 321, "a\x00b"])
def test_wrong_input_gets_a_sentence(typed: str, linda: Case, officer: User, sign_in: SignIn) -> None:
    answer = sign_in(officer).post(FIND, {"wanted": typed})

    assert answer.status_code == 422
    assert 'class="errorlist"' in answer.content.decode()
    assert not AuditEntry.objects.filter(verb="requests_searched").exists()


def test_what_was_typed_stands_in_no_address_log_session_or_audit_entry(
    linda: Case, officer: User, sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    browser = sign_in(officer)
    with caplog.at_level(logging.DEBUG, logger="dsr"), caplog.at_level(logging.DEBUG, logger="django.request"):
        answer = browser.post(FIND, {"wanted": EMAIL})
        browser.post(FIND, {"wanted": "somebody.else@example.com"})
        browser.get("/admin/dsr/case/")

    assert answer.status_code == 200, "no redirect, whose address could hold it"
    kept = [
        caplog.text,
        *(json.dumps(session.get_decoded()) for session in Session.objects.all()),
        *(json.dumps(entry.facts) for entry in AuditEntry.objects.all()),
        json.dumps(User.objects.get(pk=officer.pk).queue),
    ]
    for text in kept:
        assert "linda.dare" not in text.lower()
        assert "somebody.else" not in text.lower()
    assert answer["Cache-Control"] == "no-store"


def test_a_search_in_the_address_searches_nothing(linda: Case, officer: User, sign_in: SignIn) -> None:
    answer = sign_in(officer).get(FIND, {"wanted": EMAIL})

    assert answer["Location"] == "/admin/dsr/case/"
    assert not AuditEntry.objects.filter(verb="requests_searched").exists()
