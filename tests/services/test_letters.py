"""Letters: true of the case, with what the law asks for in them, sent by a worker, and moving no case."""

from __future__ import annotations

import pytest
from django.core import mail
from pypdfium2 import PdfDocument

from dsr import storage
from dsr.models import Connection, LetterKind, LetterStatus, OutgoingLetter, User
from dsr.services.letter_values import Said, reasons_on_file
from tests.builders import AUTHORITY, CONTACT, record_processing, work
from tests.services.letter_cases import ADDRESS, REASONS, refused, send

pytestmark = pytest.mark.django_db
K = LetterKind


@pytest.fixture(autouse=True)
def _record(connection: Connection, administrator: User) -> None:
    record_processing(connection, administrator, "en", "de", "fr", "es")


def words_of(letter: OutgoingLetter) -> str:
    assert letter.document
    with PdfDocument(storage.read(letter.document)) as pdf:
        return " ".join(" ".join(page.get_textpage().get_text_range() for page in pdf).split())


def test_a_refusal_goes_out_with_ground_reasons_complaint_and_remedy(officer: User, connection: Connection) -> None:
    case = refused(officer, connection)
    letter = send(case, officer, K.REFUSAL, said=Said(reasons=reasons_on_file(case)))
    work()
    letter.refresh_from_db()
    assert letter.status == LetterStatus.SENT
    [message] = mail.outbox
    assert message.to == [ADDRESS]
    assert message.subject == case.reference, "lists of mailboxes and logs of servers show it"
    for passage in (
        "Excessive, in particular repeated, Art. 12(5)",
        REASONS,
        "right to lodge a complaint with a supervisory authority",
        AUTHORITY,
        "seek a judicial remedy",
        CONTACT,
    ):
        assert passage in message.body
    assert "{{" not in message.body
    [(name, pdf, kind)] = message.attachments
    assert (name, kind) == (f"{case.reference}.pdf", "application/pdf")
    assert letter.document
    assert pdf == storage.read(letter.document)
    assert "Linda Dare" in words_of(letter)
    assert REASONS in words_of(letter)
