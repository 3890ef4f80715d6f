"""Letters by mail, against a mail server on loopback that takes them, refuses them, or says nothing."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import smtplib
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pypdfium2 import PdfDocument
from pytest_django import Settings

from dsr import storage
from dsr.exceptions import WrongState
from dsr.jobs import errands
from dsr.models import Case, Connection, Document, Errand, ErrandStatus, LetterKind, LetterStatus, OutgoingLetter, User
from dsr.selectors.letters import PROBLEMS, standing
from dsr.services import letters, mailing, retention
from dsr.services.message_ids import message_id
from dsr.states import State
from tests.builders import file_case, record_processing, work
from tests.mail_server import HANG, Server, serving
from tests.path.driving import PAPER
from tests.services.letter_cases import ADDRESS, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    with serving(settings) as handler:
        yield handler


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsr.services.mailing.draw_letter", lambda _, **__: PAPER)


@pytest.fixture
def case(officer: User, connection: Connection, administrator: User) -> Case:
    record_processing(connection, administrator)
    return file_case(officer, connection)


@pytest.fixture
def letter(case: Case, officer: User) -> OutgoingLetter:
    return send(case, officer, LetterKind.ACKNOWLEDGEMENT)


def now(letter: OutgoingLetter) -> tuple[str, str]:
    letter.refresh_from_db()
    status, problem = standing(letter)
    return status.value, problem


def until_given_up(letter: OutgoingLetter) -> None:
    """Each try at its time."""
    for hours in range(10):
        with time_machine.travel(timezone.now() + dt.timedelta(hours=2 * hours), tick=False):
            for errand in Errand.objects.filter(target=letter.pk, status=ErrandStatus.DUE):
                errands.run(errand.pk)


def test_a_letter_is_handed_over_once_to_one_address_under_its_reference(
    server: Server, letter: OutgoingLetter, case: Case
) -> None:
    work()
    assert now(letter) == ("sent", "")
    [envelope], [message] = server.taken, server.mails
    assert envelope.rcpt_tos == [ADDRESS]
    assert message["Subject"] == case.reference
    assert message["Message-ID"] == message_id(letter)
    headers = str(message.items()).lower().replace(f"'{ADDRESS}'", "")
    assert "linda" not in headers
    _whole, text, pdf = message.walk()
    assert "Dear Linda Dare" in str(text.get_payload())
    assert letter.document
    assert pdf.get_payload(decode=True) == storage.read(letter.document)
    assert mailing.deliver(letter.pk) is None  # type: ignore[func-returns-value]
    assert len(server.taken) == 1, "a run that comes late sends nothing"


@pytest.mark.parametrize("where", ["at_rcpt", "at_data"])
def test_what_the_server_refuses_for_good_is_told_and_tried_again_by_a_person(
    server: Server, letter: OutgoingLetter, officer: User, where: str
) -> None:
    setattr(server, where, "550 5.1.1 <linda.dare@example.com> unknown")
    work()
    assert now(letter) == ("failed", "mail_refused")
    assert server.taken == []
    setattr(server, where, "250 fine")
    letters.try_again(letter=letter, actor=officer, address=ADDRESS)
    work()
    assert now(letter) == ("sent", "")
    assert server.taken[0].rcpt_tos == [ADDRESS]
    assert Document.objects.filter(case=letter.case, kind="outgoing").count() == 1, "it is drawn once"


def test_tried_again_to_another_address_the_letter_names_that_one(
    server: Server, letter: OutgoingLetter, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.at_rcpt = "550 5.1.1 <linda.dare@example.com> unknown"
    monkeypatch.undo()  # it is really drawn
    work()
    assert now(letter) == ("failed", "mail_refused")
    server.at_rcpt = "250 fine"
    letters.try_again(letter=letter, actor=officer, address="linda.new@example.com")
    work()
    assert now(letter) == ("sent", "")
    assert server.taken[0].rcpt_tos == ["linda.new@example.com"]
    letter = OutgoingLetter.objects.get(pk=letter.pk)
    assert letter.address == "linda.new@example.com"
    (pdf,) = [part for part in server.mails[0].walk() if part.get_content_type() == "application/pdf"]
    with PdfDocument(pdf.get_payload(decode=True)) as document:
        text = document[0].get_textpage().get_text_range()
    assert "linda.new@example.com" in text
    assert ADDRESS not in text


@pytest.mark.parametrize("where", ["at_rcpt", "at_data"])
def test_what_the_server_puts_off_is_tried_again_by_itself(server: Server, letter: OutgoingLetter, where: str) -> None:
    setattr(server, where, "451 4.3.0 try later")
    errand = Errand.objects.get(target=letter.pk)
    errands.run(errand.pk)
    assert now(letter) == ("waiting", "mail_later")
    setattr(server, where, "250 fine")
    work()
    assert now(letter) == ("sent", "")
    assert len(server.taken) == 1


def test_what_is_put_off_for_ever_ends_as_not_sent(server: Server, letter: OutgoingLetter) -> None:
    server.at_data = "451 4.3.0 try later"
    until_given_up(letter)
    assert now(letter) == ("failed", "mail_later")
    assert server.offered == 3


def test_a_server_that_is_away_is_tried_again(
    letter: OutgoingLetter, settings: Settings, server: Server, officer: User
) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    until_given_up(letter)
    assert now(letter) == ("failed", "mail_server")
    settings.EMAIL_PORT = port
    letters.try_again(letter=letter, actor=officer)
    work()
    assert now(letter) == ("sent", "")


def test_a_server_that_never_answers_leaves_a_letter_that_may_have_been_sent(
    server: Server, letter: OutgoingLetter, officer: User, case: Case
) -> None:
    server.at_data = HANG
    work()
    assert now(letter) == ("unknown", "")
    assert server.offered == 1
    server.at_data = "250 fine"
    work()
    assert server.offered == 1, "no program sends it twice"
    letters.note_sent(letter=letter, actor=officer)
    assert now(letter) == ("sent", "")


def test_killed_while_handing_over_it_may_have_been_sent_and_a_person_settles_it(
    server: Server, letter: OutgoingLetter, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_over: Any = smtplib.SMTP.sendmail

    def killed(*arguments: Any, **options: Any) -> None:
        handed_over(*arguments, **options)
        raise KeyboardInterrupt  # the process ends before it could write that the mail went out

    with monkeypatch.context() as patched, contextlib.suppress(KeyboardInterrupt):
        patched.setattr(smtplib.SMTP, "sendmail", killed)
        work()
    letter.refresh_from_db()
    assert letter.status == LetterStatus.SENDING, "it was committed before"
    Errand.objects.update(leased_until=timezone.now() - dt.timedelta(seconds=1))
    errands.run(Errand.objects.get(target=letter.pk).pk)
    assert now(letter) == ("unknown", "")
    assert len(server.taken) == 1
    letters.try_again(letter=letter, actor=officer)
    work()
    assert now(letter) == ("sent", "")
    assert len(server.taken) == 2, "by a person's word"


@pytest.mark.parametrize(("status", "becomes"), [("waiting", "failed"), ("sending", "unknown")])
def test_a_letter_that_no_worker_has_any_more_is_told(
    letter: OutgoingLetter, officer: User, status: str, becomes: str
) -> None:
    """Its processes were killed each time, so nobody could write what became of it."""
    OutgoingLetter.objects.filter(pk=letter.pk).update(status=status)
    with pytest.raises(WrongState):
        letters.try_again(letter=letter, actor=officer)
    Errand.objects.update(status=ErrandStatus.FAILED, problem="gave_up")
    assert now(letter) == (becomes, "gave_up")
    letters.try_again(letter=letter, actor=officer)
    assert now(letter) == ("waiting", "")


def test_after_a_restore_what_waited_is_sent_by_nobody_but_a_person(
    server: Server, letter: OutgoingLetter, officer: User
) -> None:
    """The backup has it as waiting; it may have been sent since."""
    letters.doubt_all()
    work()
    assert now(letter) == ("unknown", "")
    assert server.offered == 0
    letters.try_again(letter=letter, actor=officer)
    work()
    assert now(letter) == ("sent", "")


def test_whatever_becomes_of_a_letter_the_case_stays_as_it_is(server: Server, case: Case, officer: User) -> None:
    work()
    case.refresh_from_db()
    before = Case.objects.filter(pk=case.pk).values().get()
    for answer in ("250 fine", "550 no", "451 later", HANG):
        server.at_data = answer
        until_given_up(send(case, officer, LetterKind.ACKNOWLEDGEMENT))
    assert Case.objects.filter(pk=case.pk).values().get() == before
    assert case.state == State.MATCHING
    assert {standing(row)[0].value for row in case.letters.all()} == {"sent", "failed", "unknown"}


def test_no_log_and_no_errand_holds_a_word_of_it(
    server: Server, letter: OutgoingLetter, officer: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for answer in ("550 5.1.1 <linda.dare@example.com> unknown", "451 <linda.dare@example.com> later"):
        server.at_rcpt = answer
        until_given_up(letter)
        letters.try_again(letter=letter, actor=officer)
    ours = [row.getMessage() for row in caplog.records if row.name != "mail.log"]  # that is the test's mail server
    assert "linda" not in " ".join(ours).lower()
    assert set(Errand.objects.values_list("problem", flat=True)) <= {"", *PROBLEMS}


def test_after_the_purge_nothing_is_sent_and_nothing_of_it_is_left(
    server: Server, letter: OutgoingLetter, case: Case
) -> None:
    errand = Errand.objects.get(target=letter.pk)
    retention.purge(case=case, ordered_by_ledger=True)
    assert not Errand.objects.filter(pk=errand.pk).exists()
    mailing.deliver(letter.pk)
    assert server.offered == 0
    row = OutgoingLetter.objects.get(pk=letter.pk)
    assert (row.heading_sealed, row.body_sealed, row.address_sealed) == (b"", b"", b"")


def test_where_the_disk_is_full_it_is_told_and_not_sent(
    server: Server, letter: OutgoingLetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dsr.exceptions import StorageFull  # noqa: PLC0415

    def full(*_: Any) -> None:
        raise StorageFull("full")

    monkeypatch.setattr("dsr.storage.write", full)
    work()
    assert now(letter) == ("failed", "storage_full")
    assert server.offered == 0
