"""Letters: true of the case, with what the law asks for in them, sent by a worker, and moving no case."""

from __future__ import annotations

import pytest
from django.core import mail
from pypdfium2 import PdfDocument

from dsr import storage
from dsr.evidence.text import clean
from dsr.exceptions import InvalidInput, NotAllowed, NotReady, WrongState
from dsr.models import AuditEntry, Case, Connection, LetterKind, LetterStatus, OutgoingLetter, ProcessingRecord, User
from dsr.selectors.letters import fitting
from dsr.services import extension, letters
from dsr.services.letter_values import Said, reasons_on_file
from dsr.states import Kind
from tests.builders import AUTHORITY, CONTACT, approve, file_case, prepared, record_processing, reviewed, work
from tests.services.letter_cases import ADDRESS, REASONS, empty, erased, refused, send

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


def test_each_letter_is_written_only_where_it_is_true(officer: User, approver: User, connection: Connection) -> None:
    case = file_case(officer, connection)
    assert fitting(case) == [K.ACKNOWLEDGEMENT, K.IDENTITY]
    reviewed(case, officer)
    assert fitting(case) == [K.ACKNOWLEDGEMENT], "the identity is settled"
    for kind in set(K) - {K.ACKNOWLEDGEMENT}:
        with pytest.raises(WrongState):
            send_raw(case, officer, kind)
    extension.extend(case=case, actor=officer, reason="many requests")
    assert fitting(case) == [K.ACKNOWLEDGEMENT, K.EXTENSION]
    assert fitting(refused(officer, connection)) == [K.REFUSAL]
    assert fitting(empty(officer, connection, emails=["nobody@example.com"])) == [K.NOTHING_FOUND]


def test_no_completion_before_the_verification(officer: User, approver: User, connection: Connection) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    case.refresh_from_db()
    assert case.state == "erasing"
    for kind in (K.COMPLETION, K.RECIPIENT):
        with pytest.raises(WrongState):
            send_raw(case, officer, kind)
    work()
    case.refresh_from_db()
    assert fitting(case) == [K.COMPLETION]
    case.documents.filter(kind="certificate").update(kind="evidence")
    assert fitting(case) == [], "a state alone is no verification"


def send_raw(case: Case, officer: User, kind: K) -> OutgoingLetter:
    """A text that nobody drafted, as from a form of yesterday."""
    everything = " ".join(f"{{{{ {name} }}}}" for name in ("result", "complaint", "remedy", "ground", "reasons"))
    return letters.send(
        case=case, actor=officer, kind=kind, heading="A letter", body=everything, channel="email", address=ADDRESS
    )


@pytest.mark.parametrize("lost", ["ground", "reasons", "complaint", "remedy"])
def test_no_edit_loses_what_a_refusal_must_have(officer: User, connection: Connection, lost: str) -> None:
    case = refused(officer, connection)
    text = letters.draft(case=case, kind=K.REFUSAL)
    assert REASONS not in text.body, "it stands for itself until the letter is sent"
    for instead in ("", "{{ name }}", "{{", "{% if x %}"):
        body = text.body.replace(f"{{{{ {lost} }}}}", instead)
        with pytest.raises(InvalidInput) as refusal:
            send(case, officer, K.REFUSAL, body=body, said=Said(reasons=REASONS))
        assert refusal.value.field == "body"
    with pytest.raises(InvalidInput, match="Give the reasons"):
        send(case, officer, K.REFUSAL, said=Said(reasons="  "))
    assert not OutgoingLetter.objects.exists()
    work()
    assert mail.outbox == []


def test_an_extension_names_its_reasons_and_the_new_date(officer: User, connection: Connection) -> None:
    case = file_case(officer, connection)
    extension.extend(case=case, actor=officer, reason="We have forty requests at once.")
    for lost in ("reasons", "new_date"):
        body = letters.draft(case=case, kind=K.EXTENSION).body.replace(f"{{{{ {lost} }}}}", "")
        with pytest.raises(InvalidInput, match=lost):
            send(case, officer, K.EXTENSION, body=body, said=Said(reasons="forty"))
    send(case, officer, K.EXTENSION, said=Said(reasons=reasons_on_file(case)))
    work()
    [message] = mail.outbox
    assert "We have forty requests at once." in message.body
    assert f"{case.due_on.day} {case.due_on:%B %Y}" in message.body
    assert "by two further months" in message.body


def test_a_letter_of_no_data_speaks_of_the_account_and_no_more(officer: User, connection: Connection) -> None:
    case = empty(officer, connection, emails=["nobody@example.com"])
    send(case, officer, K.NOTHING_FOUND)
    work()
    assert f"no data found in SegMetrics account {connection.account_id}." in mail.outbox[0].body
    for language, words in (
        ("de", f"keine Daten gefunden im SegMetrics-Konto {connection.account_id}."),
        ("fr", f"aucune donnée trouvée dans le compte SegMetrics {connection.account_id}."),
        ("es", f"no se han encontrado datos en la cuenta de SegMetrics {connection.account_id}."),
    ):
        Case.objects.filter(pk=case.pk).update(language=language)
        case.refresh_from_db()
        send(case, officer, K.NOTHING_FOUND)
        work()
        assert words in mail.outbox[-1].body


def test_a_completion_says_what_was_kept_on_which_ground_and_has_the_certificate_with_it(
    officer: User, approver: User, connection: Connection
) -> None:
    case = erased(officer, approver, connection, kept="234115")
    send(case, officer, K.COMPLETION)
    work()
    [message] = mail.outbox
    assert "part of the personal data" in message.body
    assert "– Invoice 234115: Art. 17(3)(b) GDPR: " in message.body
    assert ". Tax records, 147 AO.\n" in message.body, "as the officer wrote it"
    assert "lodge a complaint" in message.body, "what was kept was refused in part, Art. 12(4)"
    certificate = case.documents.get(kind="certificate")
    assert [content for _name, content, _type in message.attachments][1] == storage.read(certificate)
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("completed", "erased_in_part")


def test_the_person_is_told_of_the_package_with_its_link(officer: User, connection: Connection) -> None:
    case = prepared(file_case(officer, connection, kind=Kind.ACCESS), officer)
    assert fitting(case) == [K.ACKNOWLEDGEMENT, K.PACKAGE_READY]
    for link in ("", "http://example.com/x", "https://a b"):
        with pytest.raises(InvalidInput, match="https"):
            send(case, officer, K.PACKAGE_READY, said=Said(link=link))
    send(case, officer, K.PACKAGE_READY, said=Said(link="https://privacy.example.com/fetch/abc"))
    work()
    assert "https://privacy.example.com/fetch/abc" in mail.outbox[0].body


def test_a_letter_to_be_posted_is_drawn_and_waits_for_a_person(officer: User, connection: Connection) -> None:
    case = file_case(officer, connection)
    letter = send(case, officer, K.ACKNOWLEDGEMENT, channel="post", address=" Linda Dare \n\n4 Sea Road\nBrighton ")
    work()
    letter.refresh_from_db()
    assert (letter.status, letter.sent_at) == (LetterStatus.TO_POST, None)
    assert mail.outbox == []
    assert "Linda Dare 4 Sea Road Brighton" in words_of(letter)
    letters.note_sent(letter=letter, actor=officer)
    letter.refresh_from_db()
    assert letter.status == LetterStatus.SENT
    letters.note_bounced(letter=letter, actor=officer, note="moved away")
    letter.refresh_from_db()
    assert letter.status == LetterStatus.BOUNCED
    copy = letters.send_once_more(letter=letter, actor=officer, address="Linda Dare\n9 Hill Street\nHove")
    work()
    copy.refresh_from_db()
    assert (copy.status, copy.body) == (LetterStatus.TO_POST, letter.body)
    assert "9 Hill Street" in words_of(copy)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "linda",
        "a@b@c",
        "linda@example.com\nBcc: other@example.com",
        "a,b@example.com",
        "müller@example.com",
        "x y@z",
    ],
)
def test_no_mail_goes_to_what_is_no_address(officer: User, connection: Connection, address: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        send(file_case(officer, connection), officer, K.ACKNOWLEDGEMENT, address=address)
    assert refusal.value.field == "address"


def test_what_lacks_in_the_record_is_named_with_its_language(officer: User, connection: Connection) -> None:
    case = refused(officer, connection, language="de")
    ProcessingRecord.objects.filter(language="de").update(authority="  ")
    with pytest.raises(NotReady, match=r"“supervisory authority” in Deutsch.*Connections.*Acme Webshop"):
        letters.draft(case=case, kind=K.REFUSAL)
    ProcessingRecord.objects.filter(language="de").delete()
    with pytest.raises(NotReady, match="“whom to ask” in Deutsch"):
        letters.draft(case=file_case(officer, connection, language="de"), kind=K.ACKNOWLEDGEMENT)


def test_a_name_that_looks_like_a_placeholder_puts_nothing_in(officer: User, connection: Connection) -> None:
    case = file_case(officer, connection, subject_name="{{ remedy }} Linda")
    draft = letters.draft(case=case, kind=K.ACKNOWLEDGEMENT)
    assert "Dear {{ remedy }} Linda," in draft.body
    case = file_case(officer, connection, subject_name="{{ settings.SECRET_KEY }}")
    draft = letters.draft(case=case, kind=K.ACKNOWLEDGEMENT)
    with pytest.raises(InvalidInput):
        letters.rendered(case=case, kind=K.ACKNOWLEDGEMENT, heading=draft.heading, body=draft.body)


def test_hidden_characters_are_shown_in_the_letter(officer: User, connection: Connection) -> None:
    case = file_case(officer, connection)
    letter = send(case, officer, K.ACKNOWLEDGEMENT, body="Dear \u202eLinda,\x00\r\nbye")
    assert letter.body == clean("Dear \u202eLinda,\x00\nbye")
    assert "\x00" not in letter.body
    work()
    assert "\u202e" not in mail.outbox[0].body


def test_only_an_officer_writes_sends_and_settles(
    officer: User, approver: User, administrator: User, connection: Connection
) -> None:
    case = file_case(officer, connection)
    letter = send(case, officer, K.ACKNOWLEDGEMENT)
    for person in (approver, administrator):
        for act in (
            lambda who: send(case, who, K.ACKNOWLEDGEMENT),
            lambda who: letters.try_again(letter=letter, actor=who),
            lambda who: letters.note_sent(letter=letter, actor=who),
            lambda who: letters.note_bounced(letter=letter, actor=who),
            lambda who: letters.send_once_more(letter=letter, actor=who, address=ADDRESS),
            lambda who: extension.extend(case=case, actor=who, reason="x"),
        ):
            with pytest.raises(NotAllowed):
                act(person)


def test_the_audit_log_knows_the_kind_the_way_and_digests_and_no_address(officer: User, connection: Connection) -> None:
    case = file_case(officer, connection)
    letter = send(case, officer, K.ACKNOWLEDGEMENT)
    work()
    letter.refresh_from_db()
    assert letter.document
    entries = AuditEntry.objects.filter(case=case.reference, verb__startswith="letter_").order_by("sequence")
    about = {"letter": letter.pk, "kind": "acknowledgement", "channel": "email", "language": "en"}
    about["template"] = letter.template_digest
    assert [(row.verb, row.actor, row.facts) for row in entries] == [
        ("letter_written", officer.staff_reference, about),
        ("letter_sent", "worker", {**about, "sha256": letter.document.sha256}),
    ]
    case.refresh_from_db()
    assert case.state == "matching", "a letter moves no case"
