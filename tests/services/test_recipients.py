"""Recipients are told of an erasure, or it is said why not: Art. 19."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from dsr.exceptions import InvalidInput, NotAllowed, NotReady, WrongState
from dsr.models import AuditEntry, Case, Connection, LetterKind, Recipient, RecipientNotice, User
from dsr.services import recipients, retention
from tests.builders import record_processing, work
from tests.services.letter_cases import erased, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(officer: User, approver: User, connection: Connection, administrator: User) -> Case:
    record_processing(connection, administrator, "en", "de")
    listed: dict[str, dict[str, Any]] = {
        "Mailing House": {"email": "privacy@mailing.example.org", "language": "de", "what": "Name und Anschrift"},
        "Parcel Service": {"address": "1 Depot Way"},
        "Gone Ltd": {"is_active": False},
    }
    for name, fields in listed.items():
        Recipient.objects.create(connection=connection, name=name, **fields)
    return erased(officer, approver, connection)


def notice_of(case: Case, name: str) -> RecipientNotice:
    return case.recipient_notices.select_related("recipient", "case").get(name=name)


def tell(case: Case, officer: User, name: str = "Mailing House") -> RecipientNotice:
    notice = notice_of(case, name)
    text = recipients.draft(notice=notice)
    address = "privacy@mailing.example.org"
    recipients.send(
        notice=notice, actor=officer, heading=text.heading, body=text.body, channel="email", address=address
    )
    work()
    return notice_of(case, name)


def test_those_in_use_are_listed_when_the_erasure_is_certified(case: Case, connection: Connection) -> None:
    assert {row.name for row in case.recipient_notices.all()} == {"Mailing House", "Parcel Service"}
    Recipient.objects.create(connection=connection, name="Later Ltd")
    Recipient.objects.filter(name="Mailing House").update(name="Renamed")
    assert {row.name for row in case.recipient_notices.all()} == {"Mailing House", "Parcel Service"}


def test_the_letter_says_whose_data_it_is_in_the_recipients_language(case: Case, officer: User) -> None:
    notice = tell(case, officer)
    [message] = mail.outbox
    assert message.to == ["privacy@mailing.example.org"]
    assert message.subject == case.reference
    assert "wir haben Mailing House personenbezogene Daten offengelegt" in message.body
    assert "– E-Mail: linda.dare@example.com" in message.body
    assert "Name und Anschrift" in message.body
    assert notice.letter
    assert (notice.letter.kind, notice.letter.language, notice.letter.status) == ("recipient", "de", "sent")


def test_the_letter_must_identify_the_data(case: Case, officer: User) -> None:
    notice = notice_of(case, "Mailing House")
    with pytest.raises(InvalidInput, match="identifiers"):
        recipients.send(
            notice=notice, actor=officer, heading="x", body="Delete her.", channel="email", address="a@example.org"
        )


def test_an_answer_is_noted_with_its_day(case: Case, officer: User) -> None:
    notice = tell(case, officer)
    today = timezone.localdate()
    for day in (today + dt.timedelta(days=1), today - dt.timedelta(days=9)):
        with pytest.raises(InvalidInput):
            recipients.note_answer(notice=notice, actor=officer, on=day, answer="erased")
    with pytest.raises(InvalidInput):
        recipients.note_answer(notice=notice, actor=officer, on=today, answer=" ")
    recipients.note_answer(notice=notice, actor=officer, on=today, answer="Linda's row is erased")
    notice = notice_of(case, "Mailing House")
    assert (notice.answered_on, notice.answer) == (today, "Linda's row is erased")
    entry = AuditEntry.objects.get(verb="recipient_answered")
    assert entry.facts == {"recipient": notice.pk}


def test_told_in_another_way_or_not_with_the_reason(case: Case, officer: User) -> None:
    notice = notice_of(case, "Parcel Service")
    with pytest.raises(InvalidInput):
        recipients.note_not_told(notice=notice, actor=officer, why="no_time", reason="x")
    with pytest.raises(InvalidInput):
        recipients.note_not_told(notice=notice, actor=officer, why="impossible", reason=" ")
    recipients.note_not_told(notice=notice, actor=officer, why="impossible", reason="dissolved in May")
    assert notice_of(case, "Parcel Service").why_not_words == "dissolved in May"
    other = tell(case, officer)
    with pytest.raises(WrongState, match="already"):
        recipients.note_not_told(notice=other, actor=officer, why="impossible", reason="x")
    send(case, officer, LetterKind.COMPLETION)
    work()
    body = mail.outbox[-1].body
    assert "to whom the personal data have been disclosed (Art. 19 GDPR):\n\n– Mailing House" in body
    assert "proves impossible or involves disproportionate effort:\n\n– Parcel Service" in body


def test_by_an_officer_and_only_of_an_erasure(case: Case, officer: User, approver: User) -> None:
    notice = notice_of(case, "Parcel Service")
    today = timezone.localdate()
    with pytest.raises(NotAllowed):
        recipients.note_told(notice=notice, actor=approver, on=today)
    Case.objects.filter(pk=case.pk).update(outcome="nothing_found")
    with pytest.raises(WrongState):
        recipients.note_told(notice=notice, actor=officer, on=today)
    Case.objects.filter(pk=case.pk).update(outcome="erased")
    recipients.note_told(notice=notice, actor=officer, on=today)
    assert notice_of(case, "Parcel Service").told_on == today


def test_one_that_was_taken_off_the_connection_stays_listed(case: Case, officer: User) -> None:
    Recipient.objects.filter(name="Parcel Service").delete()
    with pytest.raises(NotReady, match="taken off"):
        recipients.draft(notice=notice_of(case, "Parcel Service"))


def test_the_purge_leaves_who_was_told_and_no_word_about_the_person(case: Case, officer: User) -> None:
    notice = tell(case, officer)
    recipients.note_answer(notice=notice, actor=officer, on=timezone.localdate(), answer="Linda's row is erased")
    Case.objects.filter(pk=case.pk).update(purge_on=timezone.localdate())
    retention.purge_due()
    notice = RecipientNotice.objects.get(pk=notice.pk)
    assert (notice.name, notice.answered_on) == ("Mailing House", timezone.localdate())
    assert (notice.answer_sealed, notice.why_not_sealed) == (b"", b"")


def test_of_a_purged_case_nothing_is_noted(case: Case, officer: User) -> None:
    notice = notice_of(case, "Parcel Service")
    Case.objects.filter(pk=case.pk).update(purge_on=timezone.localdate())
    retention.purge_due()
    notice = notice_of(case, "Parcel Service")
    with pytest.raises(WrongState, match="were destroyed"):
        recipients.note_answer(notice=notice, actor=officer, on=timezone.localdate(), answer="done")
    with pytest.raises(WrongState, match="were destroyed"):
        recipients.note_not_told(notice=notice, actor=officer, why="impossible", reason="moved away")
