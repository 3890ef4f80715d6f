"""Mails that come back: read from a real mailbox by IMAP, and noted with the letter. Anybody may write into that
mailbox."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core import mail
from django.test import Client
from django.utils.crypto import get_random_string
from pytest_django import Settings

from dsr import delivery_status, mailbox
from dsr.jobs import tasks
from dsr.models import AuditEntry, Case, Connection, LetterKind, LetterStatus, OutgoingLetter, Recipient, User
from dsr.selectors import bounces as looks
from dsr.selectors.letters import problem_in_words
from dsr.services import letters, message_ids, recipients, retention
from dsr.states import Outcome, State
from tests.builders import file_case, record_processing, work
from tests.imap_server import PASSWORD, USER, ImapServer, certificate, imap_server, tls_in_front_of
from tests.notifications import KINDS, notification
from tests.services.letter_cases import ADDRESS, erased, send
from tests.views.conftest import SignIn, sign_in  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server() -> Iterator[ImapServer]:
    with imap_server() as running:
        yield running


@pytest.fixture
def folder(server: ImapServer, settings: Settings) -> str:
    """An empty folder of this test's own, which the settings name."""
    name = f"Came back {get_random_string(8)}"
    server.make(name)
    reads(settings, server.address + name.replace(" ", "%20"))
    return name


def reads(settings: Settings, address: str) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, mailbox=mailbox.load(address))


@pytest.fixture
def case(officer: User, connection: Connection, administrator: User) -> Case:
    record_processing(connection, administrator)
    return file_case(officer, connection)


@pytest.fixture
def letter(case: Case, officer: User) -> OutgoingLetter:
    """Sent."""
    letter = send(case, officer, LetterKind.ACKNOWLEDGEMENT)
    work()
    return letter


def sent_as() -> str:
    """The Message-ID of the newest mail, as it went out."""
    return str(mail.outbox[-1].message()["Message-ID"])


def now(letter: OutgoingLetter) -> tuple[str, str]:
    letter.refresh_from_db()
    return letter.status, letter.problem


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_letter_that_came_back_is_noted_with_the_code_alone(
    server: ImapServer, folder: str, letter: OutgoingLetter, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.put(folder, notification(sent_as(), kind=kind))
    tasks.collect_bounces()
    assert now(letter) == ("bounced", "5.1.1")
    assert problem_in_words(LetterStatus.BOUNCED, letter.problem) == "something is wrong with the address (5.1.1)"
    entry = AuditEntry.objects.get(verb="letter_bounced")
    assert (entry.actor, entry.case, entry.reason_digest) == ("worker", letter.case.reference, "")
    assert entry.facts == {**letters.facts_of(letter), "code": "5.1.1"}
    assert server.flags(folder) == ["Seen"]
    tasks.collect_bounces()
    assert AuditEntry.objects.filter(verb="letter_bounced").count() == 1
    assert "linda" not in caplog.text.lower()
    assert PASSWORD not in caplog.text


def test_the_notice_to_a_recipient_comes_back_too_and_the_erasure_stays_as_it_was(
    server: ImapServer, folder: str, officer: User, approver: User, connection: Connection, administrator: User
) -> None:
    record_processing(connection, administrator)
    Recipient.objects.create(connection=connection, name="Mailing House", email="privacy@mailing.example.org")
    case = erased(officer, approver, connection)
    notice = case.recipient_notices.get()
    text = recipients.draft(notice=notice)
    told = recipients.send(
        notice=notice, actor=officer, heading=text.heading, body=text.body, channel="email", address=ADDRESS
    )
    work()
    ids = [sent_as()]
    completion = send(case, officer, LetterKind.COMPLETION)
    work()
    ids.append(sent_as())
    before = Case.objects.filter(pk=case.pk).values().get()
    for message_id in ids:
        server.put(folder, notification(message_id, code="4.4.7"))
    tasks.collect_bounces()
    assert now(told) == now(completion) == ("bounced", "4.4.7")
    assert Case.objects.filter(pk=case.pk).values().get() == before
    assert (case.state, case.outcome) == (State.COMPLETED, Outcome.ERASED)


def test_a_forged_bounce_changes_nothing_and_stays_unread(
    server: ImapServer, folder: str, letter: OutgoingLetter, case: Case, officer: User
) -> None:
    other = send(case, officer, LetterKind.ACKNOWLEDGEMENT)
    work()
    number, dot, secret = sent_as()[1:].partition("@")[0].rpartition(".")
    assert (number, dot, len(secret)) == (str(other.pk), ".", 32)
    guesses = [
        f"<{letter.pk}@example.com>",
        f"<{letter.pk}.@example.com>",
        f"<{letter.pk}.{'0' * 32}@example.com>",
        f"<{letter.pk}.{secret}@example.com>",  # of a letter that the forger got
        f"<{other.pk}.{secret[:-1]}@example.com>",
        f"<{10**18 - 1}.{secret}@example.com>",
        f"<{10**30}.{secret}@example.com>",
        "<%@example.com>",
    ]
    for guess in guesses:
        server.put(folder, notification(guess))
    tasks.collect_bounces()
    assert (now(letter)[0], now(other)[0]) == ("sent", "sent")
    assert not AuditEntry.objects.filter(verb="letter_bounced").exists()
    assert server.flags(folder) == [""] * len(guesses)


def test_other_mails_stay_unread_and_one_that_cannot_be_read_keeps_no_other(
    server: ImapServer, folder: str, letter: OutgoingLetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(folder, b"From: linda.dare@example.com\nSubject: Hello\nIn-Reply-To: " + sent_as().encode() + b"\n\nHi")
    server.put(folder, notification(sent_as(), action="delayed"))
    server.put(folder, notification(sent_as()), seen=True)
    server.put(folder, notification(sent_as()), days_ago=40)
    tasks.collect_bounces()
    assert now(letter) == ("sent", "")
    server.put(folder, notification(sent_as()))
    server.put(folder, b"X-Newest: 1\n" + notification("<deep@example.com>"))
    really = delivery_status.read

    def read(content: bytes) -> object:
        if b"X-Newest" in content:
            raise RecursionError("linda")
        return really(content)

    monkeypatch.setattr(delivery_status, "read", read)
    tasks.collect_bounces()
    assert now(letter) == ("bounced", "5.1.1")
    assert server.flags(folder) == ["", "", "Seen", "", "Seen", ""]


def test_a_large_bounce_is_read_by_its_beginning(server: ImapServer, folder: str, letter: OutgoingLetter) -> None:
    long = notification(sent_as()).replace(b"Dear Linda Dare", b"JVBERi0xLjcK" * 100 + b"\n" + b"A" * 3_000_000)
    server.put(folder, long)
    tasks.collect_bounces()
    assert now(letter) == ("bounced", "5.1.1")


def test_the_bounce_of_an_earlier_try_says_nothing_of_the_one_since(
    server: ImapServer, folder: str, letter: OutgoingLetter, officer: User
) -> None:
    early = sent_as()
    OutgoingLetter.objects.filter(pk=letter.pk).update(status=LetterStatus.UNKNOWN)
    letters.try_again(letter=letter, actor=officer, address="linda.new@example.com")
    work()
    assert sent_as() != early
    server.put(folder, notification(early))
    tasks.collect_bounces()
    assert now(letter) == ("sent", "")
    server.put(folder, notification(sent_as()))
    tasks.collect_bounces()
    assert now(letter) == ("bounced", "5.1.1")
    assert server.flags(folder) == ["", "Seen"]


def test_one_that_is_back_before_it_shows_as_sent_is_noted_at_the_next_look(
    server: ImapServer, folder: str, letter: OutgoingLetter
) -> None:
    OutgoingLetter.objects.filter(pk=letter.pk).update(status=LetterStatus.SENDING, sent_at=None)
    letter.case.errands.update(status="running")
    server.put(folder, notification(sent_as()))
    tasks.collect_bounces()
    assert now(letter) == ("sending", "")
    assert server.flags(folder) == [""]
    OutgoingLetter.objects.filter(pk=letter.pk).update(status=LetterStatus.UNKNOWN)
    tasks.collect_bounces()
    assert now(letter) == ("bounced", "5.1.1")
    assert letter.sent_at, "it can't have come back without having been sent"


def test_what_a_person_noted_before_is_read_off_and_noted_once(
    server: ImapServer, folder: str, letter: OutgoingLetter, officer: User
) -> None:
    letters.note_bounced(letter=letter, actor=officer)
    server.put(folder, notification(sent_as()))
    tasks.collect_bounces()
    assert now(letter) == ("bounced", "")
    assert AuditEntry.objects.filter(verb="letter_bounced").count() == 1
    assert server.flags(folder) == ["Seen"]


def test_after_the_purge_nothing_is_noted(server: ImapServer, folder: str, letter: OutgoingLetter, case: Case) -> None:
    server.put(folder, notification(sent_as()))
    retention.purge(case=case, ordered_by_ledger=True)
    tasks.collect_bounces()
    assert now(letter)[0] == "sent"
    assert server.flags(folder) == [""]


def test_what_was_read_is_moved_where_that_is_set(
    server: ImapServer, folder: str, letter: OutgoingLetter, settings: Settings
) -> None:
    done = f"{folder} done"
    reads(settings, f"{server.address}{folder}?move_to={done}".replace(" ", "%20"))
    server.put(folder, notification(sent_as()))
    server.put(folder, notification("<foreign@example.com>"))
    tasks.collect_bounces()
    trouble = looks.trouble()
    assert trouble
    assert trouble.words == "a folder that is set isn't there"
    assert (now(letter)[0], server.flags(folder)) == ("sent", ["", ""]), "nothing is touched before it can be moved"
    server.make(done)
    tasks.collect_bounces()
    assert (now(letter)[0], looks.trouble()) == ("bounced", None)
    assert (server.flags(folder), server.flags(done)) == ([""], ["Seen"])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ((PASSWORD, "wrong"), "its server refuses our sign-in"),
        ((":{port}/", ":1/"), "its server can't be reached"),
        (("Came", "Gone"), "a folder that is set isn't there"),
    ],
)
def test_a_mailbox_that_cannot_be_read_is_told_on_the_first_page_until_it_can(
    server: ImapServer,
    folder: str,
    settings: Settings,
    wrong: tuple[str, str],
    words: str,
    caplog: pytest.LogCaptureFixture,
    sign_in: SignIn,  # noqa: F811
    officer: User,
    administrator: User,
    auditor: User,
) -> None:
    right = (server.address + folder).replace(" ", "%20")
    before, after = (part.format(port=server.port) for part in wrong)
    reads(settings, right.replace(before, after))
    tasks.collect_bounces()
    told = looks.trouble()
    tasks.collect_bounces()
    assert told
    assert looks.trouble() == told, "since the first time"
    for person, sees in ((officer, True), (administrator, True), (auditor, False)):
        browser: Client = sign_in(person)
        page = browser.get("/").content.decode()
        assert (words in page.replace("&#x27;", "'")) is sees
        assert PASSWORD not in page
    assert not [word for word in (PASSWORD, USER, "wrong") if word in caplog.text]
    reads(settings, right)
    tasks.collect_bounces()
    assert looks.trouble() is None


def test_a_certificate_that_is_not_trusted_gets_no_password(
    server: ImapServer,
    folder: str,
    letter: OutgoingLetter,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pem = certificate(tmp_path)
    server.put(folder, notification(sent_as()))
    with tls_in_front_of(server.port, pem) as port:
        reads(settings, f"imaps://{USER}:{PASSWORD}@127.0.0.1:{port}/{folder}".replace(" ", "%20"))
        tasks.collect_bounces()
        trouble = looks.trouble()
        assert trouble
        assert trouble.words == "its server's certificate isn't trusted"
        assert now(letter)[0] == "sent"
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        tasks.collect_bounces()
    assert (now(letter)[0], looks.trouble()) == ("bounced", None)


def test_a_server_that_goes_away_in_the_middle_loses_nothing(
    server: ImapServer, folder: str, letter: OutgoingLetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dsr.connectors.bounces import MailboxClosed, Opened  # noqa: PLC0415

    def away(*_: object) -> None:
        raise MailboxClosed("unreachable")

    server.put(folder, notification(sent_as()))
    with monkeypatch.context() as broken:
        broken.setattr(Opened, "settle", away)
        tasks.collect_bounces()
    assert now(letter)[0] == "bounced"
    assert looks.trouble()
    tasks.collect_bounces()
    assert (server.flags(folder), looks.trouble()) == (["Seen"], None)
    assert AuditEntry.objects.filter(verb="letter_bounced").count() == 1


def test_without_a_mailbox_nothing_is_asked_and_nothing_told(letter: OutgoingLetter, settings: Settings) -> None:
    looks.remember("sign_in")
    assert settings.ENV.mailbox is None
    tasks.collect_bounces()
    assert looks.trouble() is None


def test_the_message_id_finds_the_letter_and_names_no_machine(letter: OutgoingLetter) -> None:
    message_id = sent_as()
    assert message_id.endswith("@example.com>")
    assert message_ids.find(message_id[1:-1]) == letter
    assert message_ids.message_id(OutgoingLetter.objects.get(pk=letter.pk)) == message_id
    assert letter.case.reference not in message_id
