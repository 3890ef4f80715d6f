"""Notes and attachments: sealed, never changed, told to whom they are for, and no hand in the case."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from dsr import audit, storage
from dsr.exceptions import InvalidInput, NotAllowed, WrongState
from dsr.models import AuditEntry, Case, Document, User
from dsr.permissions import had_a_hand
from dsr.selectors.timeline import story_of
from dsr.services import closing, notes, retention
from dsr.uploads import Letter
from tests.builders import approve
from tests.views.conftest import SignIn

pytestmark = pytest.mark.django_db
FILE = Letter(name="Brief an Linda.txt", content_type="text/plain", content=b"Dear Linda, see you", pages=0)


def test_a_note_is_read_in_the_case_and_nowhere_else(
    waiting_case: Case, officer: User, approver: User, auditor: User
) -> None:
    notes.add(case=waiting_case, actor=approver, text=" Is Linda the one of 2018? ", mentioned=[officer, auditor])
    event = story_of(waiting_case)[0]
    assert (event.what, event.reason) == ("Note", "Is Linda the one of 2018?")
    entry = AuditEntry.objects.get(verb="note_added")
    assert entry.facts == {"mentioned": [officer.staff_reference, auditor.staff_reference]}
    assert "Linda" not in f"{entry.facts}{entry.reason_digest}"
    assert officer.notifications.latest("pk").kind == "mentioned"
    assert auditor.notifications.latest("pk").kind == "mentioned"
    assert audit.verify() is None


def test_whoever_notes_or_attaches_may_still_approve(waiting_case: Case, officer: User, approver: User) -> None:
    notes.add(case=waiting_case, actor=approver, text="Looks right")
    notes.attach(case=waiting_case, actor=approver, attachment=FILE)
    assert not had_a_hand(case=waiting_case, user=approver)
    approve(waiting_case, approver)
    waiting_case.refresh_from_db()
    assert waiting_case.state == "erasing"


def test_what_cannot_be_noted(waiting_case: Case, officer: User, auditor: User, administrator: User) -> None:
    for text in ("", "  ", "x" * 10_001):
        with pytest.raises(InvalidInput):
            notes.add(case=waiting_case, actor=officer, text=text)
    with pytest.raises(InvalidInput, match="may see this case"):
        notes.add(case=waiting_case, actor=officer, text="x", mentioned=[administrator])
    for stranger in (auditor, administrator):
        with pytest.raises(NotAllowed):
            notes.add(case=waiting_case, actor=stranger, text="x")
        with pytest.raises(NotAllowed):
            notes.attach(case=waiting_case, actor=stranger, attachment=FILE)


def test_an_attachment_is_sealed_with_its_name_and_ends_with_the_contents(waiting_case: Case, officer: User) -> None:
    document = notes.attach(case=waiting_case, actor=officer, attachment=FILE)
    assert b"Linda" not in (storage.root() / document.path).read_bytes()
    assert b"Linda" not in bytes(Document.objects.get(pk=document.pk).name_sealed)
    assert storage.read(document) == FILE.content
    assert document.file_name == "Brief an Linda.txt"
    notes.add(case=waiting_case, actor=officer, text="Linda wrote")

    closing.withdraw(case=waiting_case, actor=officer, reason="she changed her mind")
    waiting_case.purge_on = timezone.localdate()
    waiting_case.save(update_fields=["purge_on"])
    retention.purge(case=waiting_case)

    assert not (storage.root() / document.path).exists()
    assert {event.reason for event in story_of(waiting_case)} == {""}
    with pytest.raises(WrongState):
        notes.add(case=waiting_case, actor=officer, text="too late")
    assert audit.verify() is None


def test_on_the_page(waiting_case: Case, officer: User, approver: User, sign_in: SignIn) -> None:

    browser = sign_in(officer)
    here = f"/cases/{waiting_case.reference}/"
    wrong = browser.post(f"{here}notes/add/", {"text": ""})
    assert wrong.status_code == 422
    assert 'id="note_text_error"' in wrong.content.decode()
    page = browser.post(f"{here}notes/add/", {"text": "<b>bold</b>", "mentioned": [approver.pk]}, follow=True)
    assert "&lt;b&gt;bold" in page.content.decode()
    wrong = browser.post(f"{here}attach/", {"attachment": SimpleUploadedFile("x.exe", b"MZ\x00\x01binary")})
    assert wrong.status_code == 422
    assert 'id="attach_attachment_error"' in wrong.content.decode()
    given = {"attachment": SimpleUploadedFile("Linda's order.txt", b"order 26 of Linda")}
    page = browser.post(f"{here}attach/", given, follow=True)
    assert "Attachment: Linda&#x27;s order.txt" in page.content.decode()
    document = Document.objects.get(kind="attachment")
    shown = browser.get(f"{here}documents/{document.pk}/").content.decode()
    assert "order 26 of Linda" in shown
    assert AuditEntry.objects.filter(verb="document_opened").count() == 1
