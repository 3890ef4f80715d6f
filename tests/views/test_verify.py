"""The public page: was this document issued here? It tells nothing of a person and keeps nothing that it is given."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import re
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from dsr import papercode, seal, storage
from dsr.evidence.drawing import draw_certificate
from dsr.evidence.signing import sign
from dsr.models import AuditEntry, Case, Connection, Document, DocumentKind, SigningKey, User
from dsr.services import approval, closing, retention
from dsr.services.sealing import seal_in_force
from dsr.uploads import Letter
from dsr.views import limits
from tests.builders import approve, file_case, prepared, work
from tests.evidence.cast import a_certificate

LETTER = b"Please erase me, Linda."
PERSONAL = re.compile(r"linda|dare|\btom\b|anna|officer|bea|approver|1004|234115|webshop", re.IGNORECASE)


def without_chance(said: str, document: Document) -> str:
    """Without the digest and the code: their letters come by chance, and may spell any name."""
    return said.replace(document.sha256, "").replace(papercode.grouped(document.code), "")


@pytest.fixture
def erased(connection: Connection, officer: User, approver: User) -> Case:
    letter = Letter(name="letter.txt", content_type="text/plain", content=LETTER, pages=0)
    case = prepared(file_case(officer, connection, letter=letter), officer)
    approve(case, approver)
    work()
    case.refresh_from_db()
    assert case.state == "completed"
    return case


def paper(case: Case, kind: str = DocumentKind.CERTIFICATE) -> Document:
    return case.documents.filter(kind=kind).latest("pk")


def by_code(code: str) -> Any:
    return Client().get(f"/verify/{papercode.grouped(code)}/")


def by_file(content: bytes, name: str = "document.pdf") -> Any:
    return Client().post("/verify/", {"file": SimpleUploadedFile(name, content, "application/pdf")})


def heading(answer: Any) -> str:
    """What the page says about what it was given."""
    found = re.search(r'role="status">\s*<h2>([^<]+)</h2>', answer.content.decode())
    return found.group(1) if found else ""


def facts(answer: Any) -> str:
    found = re.search(r'<dl class="facts">.*?</dl>', answer.content.decode(), re.DOTALL)
    return re.sub(r"<[^>]+>|\s+", " ", found.group()) if found else ""


@pytest.mark.parametrize("kind", [DocumentKind.CERTIFICATE, DocumentKind.EVIDENCE])
def test_a_code_leads_to_what_was_issued_and_to_nothing_personal(kind: str, erased: Case) -> None:
    document = paper(erased, kind)

    answer = by_code(document.code)

    assert answer.status_code == 200
    assert heading(answer) == "A document with this code was issued here"
    said = facts(answer)
    for word in (document.sha256, erased.reference, str(document.get_kind_display())):
        assert word in said
    assert f"{timezone.localdate():%-d %B %Y}" in said
    assert not PERSONAL.search(without_chance(said, document))
    assert "could have been copied" in answer.content.decode()


def test_it_is_read_as_people_type_it(erased: Case) -> None:
    document = paper(erased)
    typed = papercode.grouped(document.code).lower().replace("-", " ").replace("0", "o").replace("1", "l")

    assert document.sha256 in Client().get("/verify/", {"code": f" {typed} "}).content.decode()


def test_the_code_and_the_address_stand_on_both_documents(erased: Case, settings: Settings) -> None:
    for kind in (DocumentKind.CERTIFICATE, DocumentKind.EVIDENCE):
        document = paper(erased, kind)
        with pypdfium2.PdfDocument(storage.read(document)) as pdf:
            text = "".join(page.get_textpage().get_text_range() for page in pdf)
        assert papercode.grouped(document.code) in text
        assert f"{settings.ENV.base_url}/verify/" in re.sub(r"\s", "", text)


def test_every_code_that_is_none_gets_the_same_answer(erased: Case) -> None:
    answers = [by_code(papercode.new()) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {404}
    assert {heading(answer) for answer in answers} == {"Not issued here, or mistyped"}
    assert len({len(answer.content) for answer in answers}) == 1
    assert not facts(answers[0])


@pytest.mark.parametrize(
    "typed", ["1", "x" * 500, "linda@example.com", "'; DROP TABLE", "%00", "DSR-2026-000001", "é" * 20]
)
def test_what_can_be_no_code_is_told_as_mistyped(typed: str, db: None) -> None:
    answer = Client().get("/verify/", {"code": typed})

    assert answer.status_code == 404
    assert "This code is mistyped" in answer.content.decode()
    assert "x" * 100 not in answer.content.decode()


def test_one_wrong_character_is_always_noticed_as_such(db: None) -> None:
    code = papercode.new()
    for at in range(papercode.LENGTH):
        for letter in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
            changed = code[:at] + letter + code[at + 1 :]
            assert bool(papercode.read(changed)) == (changed == code)


def test_nearly_every_two_neighbours_that_changed_places_are_noticed() -> None:
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    for code in (papercode.new() for _ in range(100)):
        for at in range(papercode.LENGTH - 2):
            one, other = code[at], code[at + 1]
            swapped = code[:at] + other + one + code[at + 2 :]
            is_missed = (letters.index(one) - letters.index(other)) % 16 == 0
            assert bool(papercode.read(swapped)) == is_missed


def test_codes_are_not_repeated_and_hold_no_letter_that_looks_like_another() -> None:
    codes = {papercode.new() for _ in range(2_000)}

    assert len(codes) == 2_000
    assert not set("".join(codes)) & set("ILOU")


def test_no_code_is_given_twice(erased: Case) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.filter(kind=DocumentKind.EVIDENCE).update(code=paper(erased).code)


@pytest.mark.parametrize("kind", [DocumentKind.CERTIFICATE, DocumentKind.EVIDENCE])
def test_the_very_file_is_known(kind: str, erased: Case) -> None:
    document = paper(erased, kind)

    answer = by_file(storage.read(document))

    assert heading(answer) == "Issued here, and unchanged"
    assert document.sha256 in facts(answer)
    assert not PERSONAL.search(without_chance(facts(answer), document))


def test_one_changed_byte_is_found(erased: Case) -> None:
    pdf = storage.read(paper(erased))
    for at in (30, len(pdf) // 3, len(pdf) - 20):
        changed = bytearray(pdf)
        changed[at] ^= 1
        assert heading(by_file(bytes(changed))).startswith("Changed after signing"), at
    for more in (pdf + b"\n%%EOF\n", pdf + pdf):
        assert heading(by_file(more)).startswith("Changed after signing")


def test_what_we_signed_but_have_no_record_of_is_told_as_that(erased: Case) -> None:
    lost = sign(draw_certificate(a_certificate()).pdf, seal=seal_in_force(), reason="lost by a restore")

    answer = by_file(lost)

    assert heading(answer) == "Signed here, and unchanged, but not in our records"
    assert hashlib.sha256(lost).hexdigest() in facts(answer)


def test_our_certificate_in_the_signature_of_another_is_no_signature_of_ours(erased: Case) -> None:
    """A forger can copy the certificate, which is public, but not sign by its key."""
    ours = seal_in_force()
    forger = seal.make("Example Ltd", now=dt.datetime.now(dt.UTC))
    drawn = draw_certificate(a_certificate()).pdf
    for claimed in (forger.certificates + ours.certificates, ours.certificates):
        forged = sign(drawn, seal=seal.Seal(key=forger.key, certificates=claimed), reason="forged")
        assert heading(by_file(forged)).startswith("Changed after signing")


def test_by_another_signer_or_unsigned_it_is_not_from_here(erased: Case) -> None:
    drawn = draw_certificate(a_certificate()).pdf
    other = sign(drawn, seal=seal.make("Example Ltd", now=dt.datetime.now(dt.UTC)), reason="theirs")

    for content in (other, drawn, LETTER, storage.read(paper(erased, DocumentKind.EXPORT))):
        assert heading(by_file(content)) == "Not from here"


def test_nobody_learns_whether_a_letter_is_kept(erased: Case) -> None:
    assert erased.documents.filter(kind=DocumentKind.LETTER, sha256=hashlib.sha256(LETTER).hexdigest()).exists()

    assert heading(by_file(LETTER)) == "Not from here"


def _bomb(certificate: bytes) -> bytes:
    """A PDF that carries our certificate, and grows a thousandfold in whoever unpacks it."""
    packed = zlib.compress(b"\0" * 50_000_000, 9)
    head = b"%PDF-1.7\n1 0 obj\n<</Filter/FlateDecode/Length " + str(len(packed)).encode() + b">>stream\n"
    return head + packed + b"\nendstream\nendobj\n<" + certificate.hex().encode() + b">\nstartxref\n9\n%%EOF"


def _der(tag: int, content: bytes) -> bytes:
    size = len(content).to_bytes(4, "big")
    return bytes([tag]) + (b"\x84" + size if len(content) > 127 else size[3:]) + content


def _many_signers(certificate: bytes) -> bytes:
    """A PDF with our certificate in it, and a signature's place that is full of signers."""
    signers = _der(0x31, b"\x30\x00" * 1_000_000)
    data, signed_data = bytes.fromhex("300b06092a864886f70d010701"), bytes.fromhex("06092a864886f70d010702")
    signed = _der(0x30, signed_data + _der(0xA0, _der(0x30, b"\x02\x01\x01\x31\x00" + data + signers)))
    gap = b"<" + signed.hex().upper().encode() + b">"
    tail = b"<" + certificate.hex().upper().encode() + b">"
    start = 200
    head = f"%PDF-1.7\n/ByteRange [0 {start} {start + len(gap)} {len(tail)}]".encode()
    return head.ljust(start, b" ") + gap + tail


def test_hostile_files_are_answered_and_nothing_grows_in_them(erased: Case) -> None:
    ours = x509.load_pem_x509_certificate(SigningKey.objects.get().certificate.encode()).public_bytes(Encoding.DER)
    gap = b"<" + ours.hex().upper().encode() + b">"
    for content in (
        b"",
        b"%PDF-",
        b"\xff" * 1_000_000,
        b"[" * 1_000_000 + gap,
        b"/ByteRange [0 1 2 3]" * 40_000 + gap,
        b"/ByteRange [0 999999999999 999999999999 0]" + gap,
        b"/ByteRange [" + b" " * 1_000_000 + b"0 1 2 3" + gap,
        b"0 " * 500_000 + gap,
        _bomb(ours),
        _many_signers(ours),
    ):
        tracemalloc.start()
        assert by_file(content).status_code == 200
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 60_000_000


def test_a_file_over_the_limit_is_refused_with_a_sentence(erased: Case, settings: Settings) -> None:
    answer = by_file(b"%PDF-" + b"x" * settings.ENV.upload_limit)

    assert answer.status_code == 200
    assert "larger than 10 MB" in answer.content.decode()
    assert not heading(answer)


def test_the_page_names_the_certificate_that_readers_of_pdfs_show(erased: Case) -> None:
    assert seal_in_force().fingerprint in Client().get("/verify/").content.decode()


def test_without_a_file_it_says_so(db: None) -> None:
    assert "Choose the PDF first" in Client().post("/verify/").content.decode()


def _rows() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def test_nothing_of_the_file_is_stored_or_logged(
    erased: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    def on_disk() -> set[Path]:
        return {path for place in (tmp_path, Path("/tmp")) for path in _files(place)}  # noqa: S108

    pdf = bytearray(storage.read(paper(erased)))
    pdf[30] ^= 1
    rows, files = _rows(), on_disk()
    caplog.set_level(logging.DEBUG)

    for content in (bytes(pdf), b"Linda's own letter", b"x" * 11_000_000):
        by_file(content, "linda-dare.pdf")
    by_code(paper(erased).code)

    assert _rows() == rows
    assert {path for path in on_disk() - files if _holds(path, bytes(pdf[:200]), b"Linda's own letter")} == set()
    said = caplog.text + "".join(capfd.readouterr())
    assert "linda" not in said.lower()
    assert hashlib.sha256(bytes(pdf)).hexdigest() not in said


def _files(place: Path) -> Iterator[Path]:
    return (path for path in place.glob("*" if place == Path("/tmp") else "**/*") if path.is_file())  # noqa: S108


def _holds(path: Path, *contents: bytes) -> bool:
    try:
        found = path.read_bytes()
    except OSError:
        return False
    return any(content in found for content in contents)


def test_no_audit_entry_tells_who_asked(erased: Case) -> None:
    before = AuditEntry.objects.count()

    by_code(paper(erased).code)
    by_file(storage.read(paper(erased)))

    assert AuditEntry.objects.count() == before


def test_after_the_purge_both_are_still_known_and_the_evidence_is_told_as_destroyed(erased: Case) -> None:
    evidence, certificate = paper(erased, DocumentKind.EVIDENCE), paper(erased)
    files = [storage.read(evidence), storage.read(certificate)]
    Case.objects.filter(pk=erased.pk).update(purge_on=timezone.localdate())
    retention.purge(case=erased)

    for answer in (by_code(evidence.code), by_file(files[0])):
        assert "destroyed on" in facts(answer)
        assert evidence.sha256 in facts(answer)
    for answer in (by_code(certificate.code), by_file(files[1])):
        assert "destroyed on" not in facts(answer)
    assert heading(by_file(files[0])) == "Issued here, and unchanged"


def test_evidence_of_a_plan_that_was_replaced_or_taken_back_is_told_as_superseded(
    officer: User, approver: User, connection: Connection
) -> None:
    case = prepared(file_case(officer, connection), officer)
    first = paper(case, DocumentKind.EVIDENCE)
    assert "superseded" not in by_code(first.code).content.decode()

    approval.send_back(case=case, actor=approver, reason="the invoice stays")

    assert "superseded" in by_code(first.code).content.decode()
    assert "superseded" in by_file(storage.read(first)).content.decode()
    closing.withdraw(case=case, actor=officer, reason="taken back")
    assert "superseded" in by_code(first.code).content.decode()


def test_a_document_from_before_there_were_codes_is_known_by_its_file_alone(erased: Case) -> None:
    document = paper(erased)
    Document.objects.filter(pk=document.pk).update(code="")

    assert heading(by_file(storage.read(document))) == "Issued here, and unchanged"
    assert not heading(Client().get("/verify/", {"code": ""}))
    assert document.sha256 not in Client().get("/verify/", {"code": "-"}).content.decode()


def test_it_is_limited_like_every_page_without_a_sign_in(
    erased: Case, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LIMITS", {"pages": 3, "health": 5})
    answers = [by_code(papercode.new()).status_code for _ in range(3)]

    assert answers == [404] * 3
    assert by_code(paper(erased).code).status_code == 429
    assert by_file(storage.read(paper(erased))).status_code == 429


def test_the_page_holds_no_script_and_nothing_inline(erased: Case) -> None:
    for answer in (Client().get("/verify/"), by_code(paper(erased).code), by_code(papercode.new()), by_file(b"x")):
        html = answer.content.decode()
        assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", html)
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert "no-store" in answer["Cache-Control"]
        assert "noindex" in html


def test_a_form_from_another_site_is_refused(erased: Case) -> None:
    browser = Client(enforce_csrf_checks=True)

    answer = browser.post("/verify/", {"file": SimpleUploadedFile("x.pdf", storage.read(paper(erased)))})

    assert answer.status_code == 403
