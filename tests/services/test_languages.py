"""The language of a case's documents: chosen when it is filed, changed while it is open, and kept to."""

from __future__ import annotations

import dataclasses
import io
import json

import pypdfium2
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pytest_django import Settings

from dsr import audit, storage
from dsr.exceptions import InvalidInput, NotAllowed, WrongState
from dsr.models import AuditEntry, Case, Connection, Document, DocumentKind, User
from dsr.services import closing, languages
from dsr.services.review import Choice
from tests.builders import approve, file_case, prepared, work
from tests.evidence.reading import attachments_of

pytestmark = pytest.mark.django_db
KEEP = Choice(decision="keep", exemption="17(3)(b)", reason="§ 147 AO")


def pdf_of(case: Case, kind: DocumentKind) -> bytes:
    document = Document.objects.filter(case=case, kind=kind).latest("pk")
    return storage.read(document)


def reason_of(pdf: bytes) -> str:
    """What a reader shows as the reason of the signature."""
    return str(PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0].sig_object["/Reason"])


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        text = " ".join(page.get_textpage().get_text_range() for page in document)
    return " ".join(text.split())


def test_evidence_and_certificate_are_written_in_the_language_of_the_case(
    officer: User, approver: User, connection: Connection
) -> None:
    case = file_case(officer, connection, language="de")
    prepared(case, officer, id_234115=KEEP)
    evidence = pdf_of(case, DocumentKind.EVIDENCE)
    text = text_of(evidence)
    for words in (
        "Nachweis zu einem Antrag auf Löschung",
        "Verlangt wird Löschung der eigenen Daten, Art. 17 DSGVO",
        "Ein Monat ab dem",
        "Art. 12 Abs. 3 DSGVO",
        "Bestätigt durch Unterschriebener Brief, der zu unseren Unterlagen passt",
        "Entscheidung Dieselbe Person",
        "Entscheidung Andere Person",
        "Art. 17 Abs. 1 Buchst. a DSGVO – Die Daten sind für ihren Zweck nicht mehr notwendig",
        "Beibehalten Art. 17 Abs. 3 Buchst. b DSGVO: Rechtliche Verpflichtung",
    ):
        assert words in text, words
    approve(case, approver)
    work()
    case.refresh_from_db()
    assert case.state == "completed"
    certificate = pdf_of(case, DocumentKind.CERTIFICATE)
    text = text_of(certificate)
    for words in (
        "Teilweise gelöscht",
        "was als beibehalten aufgeführt ist, wurde aufgrund seiner Ausnahme beibehalten.",
        "im Antrag angegeben; führte zu Kontakt",
        "ein ausgeschlossener Kontakt antwortet: nicht eindeutig",
    ):
        assert words in text, words
    for pdf in (evidence, certificate):
        assert json.loads(attachments_of(pdf)["record.json"])["language"] == "de"
    assert reason_of(evidence) == f"Nachweis {case.reference}"
    assert reason_of(certificate) == f"Bescheinigung {case.reference}"


def test_what_the_audit_log_holds_is_in_no_language(officer: User, approver: User, connection: Connection) -> None:
    case = file_case(officer, connection, language="fr")
    prepared(case, officer)
    for entry in AuditEntry.objects.filter(case=case.reference):
        text = json.dumps(entry.facts, ensure_ascii=False)
        for word in ("Supprimer", "Contact ", "Facture", "Courriel", "Même personne"):
            assert word not in text


def test_without_a_choice_it_is_the_installations_own(
    officer: User, connection: Connection, settings: Settings
) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, document_language="es")
    assert file_case(officer, connection).language == "es"
    assert file_case(officer, connection, language="fr").language == "fr"
    with pytest.raises(InvalidInput):
        file_case(officer, connection, language="it")


def test_it_can_be_changed_while_the_case_is_open_and_the_trail_says_so(
    officer: User, approver: User, connection: Connection
) -> None:
    case = file_case(officer, connection)
    languages.choose(case=case, actor=officer, language="fr")
    entry = AuditEntry.objects.filter(verb="language_chosen").get()
    assert entry.facts == {"language": "fr", "before": "en"}
    assert audit.verify() is None
    prepared(case, officer)
    before = pdf_of(case, DocumentKind.EVIDENCE)
    languages.choose(case=case, actor=officer, language="es")
    assert pdf_of(case, DocumentKind.EVIDENCE) == before, "what waits for its approval stays as it is"
    approve(case, approver)
    work()
    assert "Certificado sobre una solicitud de supresión" in text_of(pdf_of(case, DocumentKind.CERTIFICATE))


def test_nobody_else_and_not_after_the_end(officer: User, approver: User, connection: Connection) -> None:
    case = file_case(officer, connection)
    with pytest.raises(NotAllowed):
        languages.choose(case=case, actor=approver, language="fr")
    with pytest.raises(InvalidInput):
        languages.choose(case=case, actor=officer, language="en-gb")
    closing.withdraw(case=case, actor=officer, reason="taken back")
    with pytest.raises(WrongState):
        languages.choose(case=case, actor=officer, language="fr")
    case.refresh_from_db()
    assert case.language == "en"
