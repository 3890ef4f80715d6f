"""`manage.py evidence verify`: what is checked, what is said, and the exit code."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from io import BytesIO, StringIO
from pathlib import Path

import jsonschema
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.db import connection as database
from django.utils import timezone
from pytest_django import Settings
from weasyprint import HTML, Attachment

from dsr import seal, storage, triggers
from dsr.evidence.attached import TYPES, schema_of
from dsr.evidence.drawing import draw_certificate, draw_evidence, draw_nothing_found, draw_refusal
from dsr.evidence.machine_readable import as_json
from dsr.evidence.signing import sign
from dsr.models import AuditEntry, Case, Connection, Document, DocumentKind, SigningKey, UsedCertificate, User
from dsr.selectors import issued
from dsr.services import closing, retention
from dsr.services.sealing import seal_in_force, verify_at
from tests.builders import approve, file_case, prepared, reviewed, work
from tests.evidence.cast import a_certificate, a_nothing_found, a_refusal, an_evidence
from tests.evidence.reading import attachments_of

ROOT = Path(__file__).resolve().parents[2]
DRAW = {
    "evidence": lambda: draw_evidence(an_evidence()),
    "certificate": lambda: draw_certificate(a_certificate()),
    "refusal": lambda: draw_refusal(a_refusal()),
    "nothing_found": lambda: draw_nothing_found(a_nothing_found()),
}


@pytest.fixture
def erased(connection: Connection, officer: User, approver: User) -> Case:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    work()
    case.refresh_from_db()
    return case


@pytest.fixture
def certificate(erased: Case) -> bytes:
    return storage.read(erased.documents.get(kind=DocumentKind.CERTIFICATE))


def verify(pdf: bytes, tmp_path: Path, *words: str) -> tuple[int, str]:
    """The exit code, and all that was said in one line."""
    file, said = tmp_path / "given.pdf", StringIO()
    file.write_bytes(pdf)
    try:
        call_command("evidence", "verify", str(file), *words, stdout=said)
    except CommandError as error:
        return error.returncode, " ".join(f"{said.getvalue()} {error}".split())
    return 0, " ".join(said.getvalue().split())


def record_as_issued(pdf: bytes) -> None:
    """As if this file had been the certificate."""
    Document.objects.filter(kind=DocumentKind.CERTIFICATE).update(sha256=hashlib.sha256(pdf).hexdigest())


@pytest.mark.parametrize("kind", [DocumentKind.CERTIFICATE, DocumentKind.EVIDENCE])
def test_what_was_issued_holds(kind: str, erased: Case, tmp_path: Path) -> None:
    code, said = verify(storage.read(erased.documents.get(kind=kind)), tmp_path)

    assert code == 0, said
    assert "WRONG" not in said
    assert "sound The signature covers every byte" in said
    assert f"fits its schema, dsr-desk/{kind}/1" in said
    assert f"{kind} of {erased.reference}" in said
    assert "not checked The time of signing" in said
    assert ("audit log's chain holds" in said) == (kind == DocumentKind.CERTIFICATE)
    assert "Linda" not in said


def test_a_changed_file_does_not(certificate: bytes, tmp_path: Path) -> None:
    changed = bytearray(certificate)
    changed[len(changed) // 2] ^= 1

    for pdf in (bytes(changed), certificate + b"\n"):
        code, said = verify(pdf, tmp_path)
        assert code == 1
        assert "WRONG The file" in said
        assert "WRONG The database holds no document with this SHA-256" in said


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"\xff" * 2_000, b"a letter"])
def test_what_is_none_does_not(content: bytes, erased: Case, tmp_path: Path) -> None:
    assert verify(content, tmp_path)[0] == 1


def test_by_another_signer_it_does_not(erased: Case, tmp_path: Path) -> None:
    other = sign(
        draw_certificate(a_certificate()).pdf, seal=seal.make("X", now=dt.datetime.now(dt.UTC)), reason="theirs"
    )
    code, said = verify(other, tmp_path)

    assert code == 1
    assert "sound The signature covers every byte" in said
    assert "is none of ours" in said


def test_signed_by_us_and_in_no_record_does_not(erased: Case, tmp_path: Path) -> None:
    lost = sign(draw_certificate(a_certificate()).pdf, seal=seal_in_force(), reason="lost")
    code, said = verify(lost, tmp_path)

    assert code == 1
    assert "is ours" in said
    assert "A restore may have lost it" in said


def test_a_certificate_whose_audit_entry_is_gone_does_not(certificate: bytes, tmp_path: Path) -> None:
    triggers.lift(database)
    with database.cursor() as cursor:
        cursor.execute("DELETE FROM dsr_reason")
        cursor.execute("DELETE FROM dsr_auditentry WHERE sequence >= 3")
    code, said = verify(certificate, tmp_path)

    assert code == 1
    assert "sound The audit log's chain holds: 2 entries" in said
    assert "WRONG The audit log doesn't hold the entry that it names" in said


def test_a_broken_chain_is_told(certificate: bytes, tmp_path: Path) -> None:
    triggers.lift(database)
    with database.cursor() as cursor:
        cursor.execute("UPDATE dsr_auditentry SET actor = 'U-9999' WHERE sequence = 2")
    code, said = verify(certificate, tmp_path)

    assert code == 1
    assert "WRONG The audit log's chain is broken at entry 2" in said


@pytest.mark.parametrize("change", ["reference", "code", "evidence"])
def test_a_database_that_says_something_else_is_told(
    change: str, erased: Case, certificate: bytes, tmp_path: Path
) -> None:
    row = erased.documents.get(kind=DocumentKind.CERTIFICATE)
    if change == "reference":
        Case.objects.filter(pk=erased.pk).update(reference="DSR-2026-999999")
    elif change == "code":
        Document.objects.filter(pk=row.pk).update(code="0" * 20)
    else:
        erased.documents.filter(kind=DocumentKind.EVIDENCE).update(sha256="0" * 64)
    code, said = verify(certificate, tmp_path)

    assert code == 1
    wrong = "knows no evidence with the SHA-256" if change == "evidence" else "Kind, reference or code"
    assert f"WRONG {'The database ' if change == 'evidence' else ''}{wrong}" in said


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b"[1]",
        b"not json",
        b"[" * 100_000,
        b'{"schema":"dsr-desk/certificate/9"}',
        b'{"schema":"dsr-desk/certificate/1","reference":"Linda"}',
        as_json(a_certificate()).replace(b'{"account_id"', b'{ "account_id"'),
        as_json(a_certificate()).replace(b'"attempts":1', b'"attempts":"once"'),
        as_json(a_certificate()).replace(b'"attempts":1', b'"attempts":NaN'),
    ],
)
def test_a_record_that_is_not_as_we_write_them_is_told(content: bytes, erased: Case, tmp_path: Path) -> None:
    attachment = Attachment(file_obj=BytesIO(content), name="record.json")
    pdf = sign(HTML(string="<p>x").write_pdf(attachments=[attachment]), seal=seal_in_force(), reason="x")
    record_as_issued(pdf)
    code, said = verify(pdf, tmp_path)

    assert code == 1
    assert "WRONG The attached record" in said
    assert "Linda" not in said


def test_without_a_record_or_with_two_it_is_told(erased: Case, tmp_path: Path) -> None:
    for count in (0, 2):
        files = [Attachment(file_obj=BytesIO(b"{}"), name="record.json") for _ in range(count)]
        pdf = sign(HTML(string="<p>x").write_pdf(attachments=files), seal=seal_in_force(), reason="x")
        record_as_issued(pdf)
        assert f"holds {count} attachments" in verify(pdf, tmp_path)[1]


def test_after_the_purge_both_hold(erased: Case, certificate: bytes, tmp_path: Path) -> None:
    evidence = storage.read(erased.documents.get(kind=DocumentKind.EVIDENCE))
    Case.objects.filter(pk=erased.pk).update(purge_on=timezone.localdate())
    retention.purge(case=erased)

    assert verify(certificate, tmp_path)[0] == 0
    code, said = verify(evidence, tmp_path)
    assert code == 0
    assert "Our own copy was destroyed" in said


def test_a_new_certificate_of_the_organisation_leaves_the_old_documents_sound(
    certificate: bytes, tmp_path: Path, settings: Settings
) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, seal=seal.make("New", now=dt.datetime.now(dt.UTC)))
    assert verify(certificate, tmp_path)[0] == 0

    SigningKey.objects.all().delete()
    code, said = verify(certificate, tmp_path)
    assert code == 0
    assert "is ours" in said, "what ever signed here is kept"

    UsedCertificate.objects.all().delete()  # as in a database from before they were kept
    code, said = verify(certificate, tmp_path)
    assert code == 0
    assert "is none that we use today. The database holds this very file all the same" in said


def test_offline_it_is_ours_by_a_known_signer_alone(certificate: bytes, tmp_path: Path) -> None:
    signer = next(iter(issued.fingerprints()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "cursor", lambda: pytest.fail("the database was asked"))
        unknown = verify(certificate, tmp_path, "--offline")
        known = verify(certificate, tmp_path, "--offline", "--signer", signer)
        other = verify(certificate, tmp_path, "--offline", "--signer", "0" * 64)

    assert unknown[0] == 1
    assert "whose it is can't be known here" in unknown[1]
    assert "not checked Whether our database holds this document, and the audit log's chain" in unknown[1]
    assert known[0] == 0
    assert other[0] == 1
    assert "is none of ours" in other[1]


def test_without_a_database_it_says_what_it_could_not_check(certificate: bytes, tmp_path: Path) -> None:
    def away() -> None:
        raise DatabaseError

    signer = next(iter(issued.fingerprints()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "cursor", away)
        known = verify(certificate, tmp_path, "--signer", signer)
        unknown = verify(certificate, tmp_path)

    assert (known[0], unknown[0]) == (0, 1)
    assert "no database can be reached" in known[1]


def test_the_exit_codes_of_the_real_command(tmp_path: Path) -> None:
    mark = seal.make("Example Ltd", now=dt.datetime.now(dt.UTC))
    file = tmp_path / "certificate.pdf"
    file.write_bytes(sign(draw_certificate(a_certificate()).pdf, seal=mark, reason="x"))
    for words, expected in (
        (["verify", str(file), "--offline", "--signer", mark.fingerprint], 0),
        (["verify", str(file), "--offline"], 1),
        (["verify", str(tmp_path / "none.pdf"), "--offline"], 2),
        (["verify", str(file), "--offline", "--signer", "abc"], 2),
        (["verify"], 2),
        ([], 2),
    ):
        done = subprocess.run(
            [sys.executable, "manage.py", "evidence", *words],
            cwd=ROOT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == expected, (words, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("kind", sorted(name.split("/")[1] for name in TYPES))
def test_the_schemas_in_the_docs_are_those_of_the_records(kind: str) -> None:
    page = json.loads((ROOT / "docs" / "schemas" / f"{kind}-1.json").read_text(encoding="utf-8"))

    assert page == schema_of(f"dsr-desk/{kind}/1"), "run `manage.py evidence schema`"
    # and the one of the data of an access package, which is no record of a document
    assert len(TYPES) + 1 == len(list((ROOT / "docs" / "schemas").glob("*.json")))


@pytest.fixture
def closed(connection: Connection, officer: User) -> Case:
    """One with each kind of document: refused; beside it stands one in which nothing was found."""
    empty = reviewed(file_case(officer, connection, emails=["nobody@example.com"]), officer)
    closing.nothing_found(case=empty, actor=officer)
    refused = reviewed(file_case(officer, connection), officer)
    closing.refuse(case=refused, actor=officer, ground="excessive", reason="the third time this month")
    work()
    return refused


@pytest.mark.parametrize("kind", DRAW)
def test_real_records_fit_them(kind: str, erased: Case, closed: Case) -> None:
    schema = json.loads((ROOT / "docs" / "schemas" / f"{kind}-1.json").read_text(encoding="utf-8"))
    issued = storage.read(Document.objects.get(kind=kind))
    for pdf in (issued, DRAW[kind]().pdf):
        record = json.loads(attachments_of(pdf)["record.json"])
        jsonschema.validate(record, schema)
        for name in schema["required"]:
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate({key: value for key, value in record.items() if key != name}, schema)
    assert json.loads(attachments_of(issued)["record.json"])["verify_at"]["code"]


@pytest.mark.parametrize("kind", ["refusal", "nothing_found"])
def test_the_records_of_closing_hold_and_name_the_entry_of_the_decision(
    kind: str, closed: Case, tmp_path: Path
) -> None:
    pdf = storage.read(Document.objects.get(kind=kind))

    code, said = verify(pdf, tmp_path)

    assert code == 0, said
    assert "The audit log holds the entry that it names" in said
    assert f"fits its schema, dsr-desk/{kind}/1" in said
    triggers.lift(database)
    verb = {"refusal": "refuse", "nothing_found": "close_nothing_found"}[kind]
    AuditEntry.objects.filter(verb=verb).update(hash="f" * 64)
    assert verify(pdf, tmp_path)[0] == 1


def test_the_printed_address_is_that_of_the_settings(settings: Settings) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, base_url="https://dsr.example.com")

    place = verify_at("0" * 20)

    assert place.address == "https://dsr.example.com/verify/00000-00000-00000-00000/"
    assert place.page == "https://dsr.example.com/verify/"
