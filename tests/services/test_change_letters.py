"""The letters after a rectification, a restriction and an objection."""

from __future__ import annotations

import pytest

from dsr.exceptions import WrongState
from dsr.languages import LANGUAGES
from dsr.models import Case, Connection, LetterKind, Recipient, User
from dsr.selectors.letters import fitting
from dsr.services import letters, recipients
from dsr.states import Kind
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import (
    allow_changes,
    approve,
    changes_prepared,
    file_case,
    make_connection,
    record_processing,
    work,
)
from tests.services.letter_cases import send

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(db: None, sandbox: Sandbox, administrator: User) -> Connection:
    connection = allow_changes(make_connection(sandbox))
    record_processing(connection, administrator, *LANGUAGES)
    Recipient.objects.create(connection=connection, name="Mailing House")
    return connection


def certified(kind: Kind, officer: User, approver: User, connection: Connection, language: str = "en") -> Case:
    case = changes_prepared(file_case(officer, connection, kind=kind, language=language), officer)
    approve(case, approver)
    work()
    case.refresh_from_db()
    assert case.state == "completed"
    return case


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Kind.RECTIFICATION, ("this now reads:", "– First name: Lynda")),
        (Kind.RESTRICTION, ("restriction of the processing is noted", "– Status: inactive", "Tag put on: restricted")),
        (Kind.OBJECTION, ("objection is noted", "Tag taken off: Newsletter", "Tag put on: No marketing")),
    ],
)
def test_the_person_is_told_what_was_changed(
    connection: Connection, officer: User, approver: User, kind: Kind, said: tuple[str, ...]
) -> None:
    case = certified(kind, officer, approver, connection)
    assert fitting(case) == [LetterKind.CHANGED]
    body = send(case, officer, LetterKind.CHANGED).body
    for words in said:
        assert words in body
    assert ("Mailing House" in body) == (kind != Kind.OBJECTION)
    assert "eras" not in body.lower()


def test_a_recipient_is_told_the_new_value_of_a_rectification(
    connection: Connection, officer: User, approver: User
) -> None:
    case = certified(Kind.RECTIFICATION, officer, approver, connection)
    notice = case.recipient_notices.select_related("recipient", "case").get()
    body = recipients.draft(notice=notice).body
    assert "rectified (Art. 16 GDPR)" in body
    assert "– First name: Lynda" in body
    assert "eras" not in body.lower()


def test_and_of_a_restriction_that_it_is_one(connection: Connection, officer: User, approver: User) -> None:
    case = certified(Kind.RESTRICTION, officer, approver, connection)
    notice = case.recipient_notices.select_related("recipient", "case").get()
    assert "is restricted (Art. 18 GDPR)" in recipients.draft(notice=notice).body


def test_of_an_objection_no_recipient_is_told(connection: Connection, officer: User, approver: User) -> None:
    case = certified(Kind.OBJECTION, officer, approver, connection)
    assert not case.recipient_notices.exists()
    with pytest.raises(WrongState):
        letters.draft(case=case, kind=LetterKind.RECIPIENT_CHANGED)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_its_texts(connection: Connection, officer: User, approver: User, language: str) -> None:
    case = certified(Kind.RECTIFICATION, officer, approver, connection, language)
    body = send(case, officer, LetterKind.CHANGED).body
    assert "Lynda" in body
    assert "{{ contact }}" not in body
