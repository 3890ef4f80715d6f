"""Letters as their people see them: write, look, send, settle; the texts of the administrator."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from dsr.letters.shipped import shipped
from dsr.models import (
    Case,
    Connection,
    LetterKind,
    LetterStatus,
    LetterTemplate,
    OutgoingLetter,
    ProcessingRecord,
    Recipient,
    User,
)
from dsr.permissions import Role
from dsr.services import letters
from dsr.services.letter_values import Said
from tests.builders import approve, file_case, prepared, record_processing, work
from tests.marks import seen_on
from tests.services.letter_cases import ADDRESS, REASONS, erased, refused, send
from tests.views.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _record(connection: Connection, administrator: User) -> None:
    record_processing(connection, administrator, "en", "de")


def typed(case: Case, kind: LetterKind, **changes: str) -> dict[str, str]:
    """What the form holds when it is opened, with the case's first address chosen."""
    text = letters.draft(case=case, kind=kind)
    to = f"id-{case.identifiers.filter(kind='email')[0].pk}"
    return {"heading": text.heading, "body": text.body, "to": to, "address": "", "postal": "", **changes}


def test_a_refusal_is_written_looked_at_and_sent(officer: User, connection: Connection, sign_in: SignIn) -> None:
    case = refused(officer, connection)
    browser = sign_in(officer)
    home = f"/cases/{case.reference}/"
    assert f"{home}letters/new/refusal/" in browser.get(home).content.decode()
    page = browser.get(f"{home}letters/new/refusal/").content.decode()
    assert "{{ complaint }}" in page
    assert REASONS in page, "from the decision"
    assert "E-mail to linda.dare@example.com" in page
    assert "checked" not in page, "nothing is chosen for the officer"

    form = typed(case, LetterKind.REFUSAL, reasons=REASONS)
    shown = browser.post(f"{home}letters/new/refusal/", {**form, "show": ""})
    assert shown.status_code == 200
    assert "seek a judicial remedy" in shown.content.decode()
    assert not OutgoingLetter.objects.exists()

    lost = browser.post(f"{home}letters/new/refusal/", {**form, "body": "We refuse.", "send": ""})
    assert lost.status_code == 422
    assert "The text lacks {{ complaint }}, {{ ground }}, {{ reasons }}, {{ remedy }}" in lost.content.decode()
    assert "We refuse." in lost.content.decode(), "what was typed stays"
    nowhere = browser.post(f"{home}letters/new/refusal/", {**form, "to": "other", "send": ""})
    assert "No mail can be sent to this address" in nowhere.content.decode()
    assert not OutgoingLetter.objects.exists()

    answer = browser.post(f"{home}letters/new/refusal/", {**form, "send": ""})
    assert answer["Location"] == f"{home}#letters"
    assert "Waiting for the worker" in browser.get(home).content.decode()
    work()
    assert "Sent" in browser.get(f"{home}letters/").content.decode()
    assert mail.outbox[0].to == [ADDRESS]


def test_to_another_address_and_by_post(officer: User, connection: Connection, sign_in: SignIn) -> None:
    case = file_case(officer, connection)
    browser = sign_in(officer)
    target = f"/cases/{case.reference}/letters/new/acknowledgement/"
    form = typed(case, LetterKind.ACKNOWLEDGEMENT)
    browser.post(target, {**form, "to": "other", "address": "linda.new@example.com", "send": ""})
    browser.post(target, {**form, "to": "post", "postal": "Linda Dare\r\n4 Sea Road", "send": ""})
    work()
    assert mail.outbox[0].to == ["linda.new@example.com"]
    page = browser.get(f"/cases/{case.reference}/").content.decode()
    posted = OutgoingLetter.objects.get(channel="post")
    assert "To be posted" in page
    assert f"/documents/{posted.document_id}/download/" in page
    browser.post(f"/cases/{case.reference}/letters/{posted.pk}/sent/")
    assert "To be posted" not in browser.get(f"/cases/{case.reference}/").content.decode().split("What happened")[0]


def test_the_documents_say_which_letter_it_is_and_what_became_of_it(
    officer: User, connection: Connection, sign_in: SignIn
) -> None:
    case = file_case(officer, connection)
    letter = send(case, officer, LetterKind.ACKNOWLEDGEMENT, channel="post", address="Linda Dare")
    work()
    letter.refresh_from_db()
    browser = sign_in(officer)

    def listed() -> str:
        page = browser.get(f"/cases/{case.reference}/").content.decode()
        documents = page.split("<h2>Documents</h2>")[1].split("</section>")[0]
        assert "Letter: Acknowledgement" in documents
        return documents

    assert "To be posted" in listed()
    letters.note_sent(letter=letter, actor=officer)
    assert f"Sent on {date_format(timezone.localdate(), 'j F Y')}" in listed()
    read = browser.get(f"/cases/{case.reference}/documents/{letter.document_id}/").content.decode()
    assert "<h1>Letter: Acknowledgement</h1>" in read
    after = browser.get(f"/cases/{case.reference}/").content.decode()
    assert "Outgoing letter opened" in after
    assert "to be sent" not in after, "it was"


def test_whoever_approved_is_offered_no_letter_and_no_extension_until_it_is_done(
    officer: User, approver: User, connection: Connection, sign_in: SignIn
) -> None:
    approver.groups.add(Group.objects.get(name=Role.PRIVACY_OFFICER))
    case = prepared(file_case(officer, connection), officer)
    letter = send(case, officer, LetterKind.ACKNOWLEDGEMENT)
    home, mine = f"/cases/{case.reference}/", sign_in(approver)
    offered = (f"{home}letters/new/", f"{home}extend/", f"{home}letters/{letter.pk}/again/")

    def seen(browser: Client) -> list[bool]:
        page = browser.get(home).content.decode()
        return [address in page for address in offered]

    OutgoingLetter.objects.update(status=LetterStatus.FAILED)
    assert seen(mine) == [True, True, True]
    approve(case, approver)
    assert seen(mine) == [False, False, False]
    assert "Until it is done, somebody else works on it" in mine.get(home).content.decode()
    assert seen(sign_in(officer)) == [True, True, True]


def test_what_lacks_is_said_before_anything_is_written(officer: User, connection: Connection, sign_in: SignIn) -> None:
    ProcessingRecord.objects.all().delete()
    case = file_case(officer, connection)
    answer = sign_in(officer).get(f"/cases/{case.reference}/letters/new/acknowledgement/")
    assert answer.status_code == 409
    assert "The letter needs “whom to ask” in English" in answer.content.decode()


def test_a_failed_letter_is_told_and_sent_again_alone(officer: User, connection: Connection, sign_in: SignIn) -> None:
    case = file_case(officer, connection)
    letter = send(case, officer, LetterKind.ACKNOWLEDGEMENT)
    work()
    OutgoingLetter.objects.filter(pk=letter.pk).update(status="failed", problem="mail_refused")
    browser = sign_in(officer)
    home = f"/cases/{case.reference}/"
    page = browser.get(home).content.decode()
    assert "Not sent" in page
    assert "the mail server refuses this address or this mail" in page
    wrong = browser.post(f"{home}letters/{letter.pk}/again/", {"address": "nobody"})
    assert wrong.status_code in {409, 422}
    assert "No mail can be sent to this address" in wrong.content.decode()
    browser.post(f"{home}letters/{letter.pk}/again/", {"address": "linda.new@example.com"})
    work()
    assert mail.outbox[-1].to == ["linda.new@example.com"]
    browser.post(f"{home}letters/{letter.pk}/came-back/", {"note": "unknown there"})
    assert "Came back" in browser.get(home).content.decode()
    browser.post(f"{home}letters/{letter.pk}/once-more/", {"address": ADDRESS})
    work()
    assert mail.outbox[-1].to == [ADDRESS]
    assert case.letters.count() == 2


def test_the_extension_is_told_on_the_page_until_the_letter_is_out(
    officer: User, connection: Connection, sign_in: SignIn
) -> None:
    case = file_case(officer, connection)
    browser = sign_in(officer)
    home = f"/cases/{case.reference}/"
    empty = browser.post(f"{home}extend/", {"reason": ""})
    assert empty.status_code == 422
    browser.post(f"{home}extend/", {"reason": "forty requests"})
    case.refresh_from_db()
    page = browser.get(home).content.decode()
    assert "The person has to be told, with the reasons, by" in page
    assert "Extend by two months" not in page
    form = typed(case, LetterKind.EXTENSION, reasons="forty requests")
    browser.post(f"{home}letters/new/extension/", {**form, "send": ""})
    work()
    assert "The person has to be told, with" not in browser.get(home).content.decode()


def test_recipients_on_the_page_of_a_finished_erasure(
    officer: User, approver: User, connection: Connection, sign_in: SignIn
) -> None:
    Recipient.objects.create(
        connection=connection,
        name="Mailing House",
        address="Mailing House\n4 Mill Lane",
        email="privacy@mailing.example.org",
        language="de",
    )
    Recipient.objects.create(connection=connection, name="Parcel <b>Service</b>")
    case = erased(officer, approver, connection)
    browser = sign_in(officer)
    home = f"/cases/{case.reference}/"
    page = browser.get(home).content.decode()
    assert "Recipients to be told of the erasure" in page
    assert "Parcel &lt;b&gt;" in page
    first, second = case.recipient_notices.order_by("pk")
    form = browser.get(f"{home}recipients/{first.pk}/letter/")
    assert "in Deutsch" in form.content.decode()
    fields = form.context["form"]
    assert fields["postal"].value() == "Mailing House\n4 Mill Lane", "the name stands there once"
    data = {"heading": fields["heading"].value(), "body": fields["body"].value(), "to": "recipient", "postal": ""}
    browser.post(f"{home}recipients/{first.pk}/letter/", {**data, "address": "", "send": ""})
    work()
    assert mail.outbox[0].to == ["privacy@mailing.example.org"]
    today = timezone.localdate().isoformat()
    browser.post(f"{home}recipients/{first.pk}/answer/", {"on": today, "answer": "all erased"})
    browser.post(f"{home}recipients/{second.pk}/not-told/", {"why": "impossible", "reason": "dissolved"})
    page = browser.get(home).content.decode()
    assert "all erased" in page
    assert "Telling them proved impossible: <q>dissolved</q>" in page
    wrong = browser.post(f"{home}recipients/{second.pk}/told/", {"on": "2031-01-01"})
    assert wrong.status_code in {409, 422}


def test_the_auditor_sees_what_was_sent_and_no_way_to_send(
    officer: User, auditor: User, connection: Connection, sign_in: SignIn
) -> None:
    case = refused(officer, connection)
    send(case, officer, LetterKind.REFUSAL, said=Said(reasons=REASONS))
    work()
    page = sign_in(auditor).get(f"/cases/{case.reference}/").content.decode()
    assert "Refusal" in page
    assert page.count("<form") == 1, "signing out"
    assert "/letters/" not in page
    assert "/documents/" not in page, "reading letters is a right of its own"


def test_texts_are_changed_looked_at_and_put_back(administrator: User, sign_in: SignIn) -> None:
    browser = sign_in(administrator)
    assert browser.get("/letters/").content.decode().count("Shipped") == 44
    text = shipped(LetterKind.REFUSAL, "de")
    given = {"heading": text.heading, "body": text.body}
    shown = browser.post("/letters/refusal/de/", {**given, "show": ""}).content.decode()
    assert "Guten Tag Linda Dare," in shown
    assert "Recht auf Beschwerde bei einer Aufsichtsbehörde" in shown
    assert 'name="case"' not in shown, "an administrator reads no cases"
    lost = browser.post("/letters/refusal/de/", {**given, "body": text.body.replace("{{ remedy }}", ""), "save": ""})
    assert lost.status_code == 422
    assert "The text lacks {{ remedy }}" in lost.content.decode()
    unknown = browser.post("/letters/refusal/de/", {**given, "body": text.body + "{{ settings }}", "save": ""})
    assert "{{ settings }} can&#x27;t stand here" in unknown.content.decode()
    assert not LetterTemplate.objects.exists()
    browser.post("/letters/refusal/de/", {**given, "body": f"{text.body}\n\nPS", "save": ""})
    assert "Your own" in browser.get("/letters/").content.decode()
    assert "PS" in browser.get("/letters/refusal/de/").content.decode()
    browser.post("/letters/refusal/de/", {"restore": "", **seen_on(browser, "/letters/refusal/de/")})
    assert not LetterTemplate.objects.exists()
