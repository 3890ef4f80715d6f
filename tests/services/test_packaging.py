"""The access package: made with the export, anew when what it rests on changes, and handed over only as it is now."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.utils import timezone

from dsr import audit, storage
from dsr.demo.records import RECORDS
from dsr.evidence import signing
from dsr.exceptions import NeedsPerson, NotReady, WrongState
from dsr.exports.redaction import Redaction
from dsr.models import AuditEntry, Case, Connection, Document, Errand, Package, User
from dsr.services import closing, disposal, holds, languages, packaging, preparation, processing
from dsr.states import Kind
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case, prepared, processing_record, reviewed, save_review, work
from tests.evidence.reading import words_of


@pytest.fixture
def case(officer: User, connection: Connection) -> Case:
    """Linda's request for access, its package made."""
    return prepared(file_case(officer, connection, kind=Kind.ACCESS), officer)


def package_of(case: Case) -> Document:
    document = packaging.current(case)
    assert document
    return document


def files_of(document: Document) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(storage.read(document))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_letter_is_signed_and_told_by_the_record(case: Case) -> None:
    document = package_of(case)
    files = files_of(document)
    letter = words_of(files["letter.pdf"])
    assert "Dear Linda Dare," in letter
    assert RECORDS["en"]["storage_period"].split(".")[0] in letter
    checked = signing.check(files["letter.pdf"])
    assert checked.is_sound
    entry = AuditEntry.objects.get(case=case.reference, verb="package_made")
    assert entry.facts == {
        "document": document.pk,
        "sha256": document.sha256,
        "size": document.size,
        "files": len(files),
        "language": "en",
        "left_out": 0,
        "signed_by": checked.fingerprint,
    }
    assert [row["name"] for row in document.files] == list(files)
    assert "Tom" not in files["report.html"].decode(), "he was ruled out"


def test_the_export_stays_english_and_the_package_is_in_the_person_s_language(
    officer: User, connection: Connection
) -> None:
    filed = file_case(officer, connection, kind=Kind.ACCESS)
    languages.choose(case=filed, actor=officer, language="de")
    case = prepared(filed, officer)
    plan = case.current_plan
    assert plan
    assert plan.export
    assert "Who we think you are" in files_of(plan.export)["report.html"].decode()
    files = files_of(package_of(case))
    assert "Wer Sie nach unseren Daten sind" in files["report.html"].decode()
    assert "Guten Tag Linda Dare" in words_of(files["letter.pdf"])
    assert "hat mehr als dreimal gekauft" in files["report.html"].decode(), "her tag is explained"


def test_nothing_is_asked_of_segmetrics_when_it_is_made_anew(
    case: Case, administrator: User, connection: Connection, sandbox: Sandbox
) -> None:
    before = package_of(case)
    sandbox.reset_calls()
    processing.save_record(connection=connection, actor=administrator, language="en", told={"purposes": "Another aim"})
    assert packaging.current(case) is None, "from that moment on"
    work()

    now = package_of(case)
    assert now.pk != before.pk
    assert "Another aim" in words_of(files_of(now)["letter.pdf"])
    assert files_of(now)["data/orders.csv"].count(b"\r\n") == 2
    assert sandbox.calls() == []
    before.refresh_from_db()
    assert before.destroyed_at
    assert not (storage.root() / before.path).exists()
    assert audit.verify() is None


def test_only_the_package_as_it_is_now_is_handed_over(
    case: Case, administrator: User, officer: User, connection: Connection
) -> None:
    processing.save_record(connection=connection, actor=administrator, language="en", told={"source": "Elsewhere"})
    with pytest.raises(NotReady, match="made anew"):
        closing.hand_over(case=case, actor=officer, how="in person")
    work()
    closing.hand_over(case=case, actor=officer, how="in person")

    document = package_of(case)
    assert AuditEntry.objects.get(verb="hand_over").facts["sha256"] == document.sha256
    assert document.destroy_on
    processing.save_record(connection=connection, actor=administrator, language="en", told={"source": "Again"})
    work()
    assert package_of(case).pk == document.pk, "what was handed over stays what it was"


def test_a_record_in_another_language_changes_nothing(case: Case, administrator: User, connection: Connection) -> None:
    before = package_of(case)
    processing.save_record(connection=connection, actor=administrator, language="fr", told=RECORDS["fr"])
    assert not Errand.objects.exclude(status="done").exists()
    assert package_of(case).pk == before.pk


def test_another_language_makes_it_anew_where_it_can(case: Case, officer: User, connection: Connection) -> None:
    with pytest.raises(NotReady, match="isn't written in Español, or has gaps"):
        languages.choose(case=case, actor=officer, language="es")
    case.refresh_from_db()
    assert case.language == "en"
    processing_record(connection, language="es", by=officer)
    languages.choose(case=case, actor=officer, language="es")
    work()
    case.refresh_from_db()
    assert "Quién es usted" in files_of(package_of(case))["report.html"].decode()


def test_what_is_left_out_is_in_no_file_and_its_reason_is_told(
    case: Case, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (Redaction(text="Newsletter", reason="a secret list of the shop"),)
    monkeypatch.setattr(packaging, "redactions_of", lambda _case: rows)
    assert packaging.current(case) is None
    packaging.request(case=case, actor=officer)
    work()

    files = files_of(package_of(case))
    for name in files:
        content = words_of(files[name]) if name.endswith(".pdf") else files[name].decode()
        assert "newsletter" not in content.lower().replace("the newsletter", ""), name
    assert "a secret list of the shop" in words_of(files["letter.pdf"])
    assert "a secret list of the shop" in files["report.html"].decode()
    plan = case.current_plan
    assert plan
    assert plan.export
    assert b"Newsletter" in files_of(plan.export)["raw/contact-1004.json"], "the export keeps it"


def test_without_the_particulars_nothing_is_prepared(officer: User, connection: Connection) -> None:
    case = reviewed(file_case(officer, connection, kind=Kind.ACCESS), officer)
    save_review(case, officer)
    processing_record(connection, by=officer, purposes=" ", authority="")
    with pytest.raises(NotReady, match="in English, or has gaps: Purposes, Supervisory authority"):
        preparation.request(case=case, actor=officer)
    case.refresh_from_db()
    assert case.state == "review"


def test_particulars_that_go_meanwhile_are_asked_for(officer: User, connection: Connection) -> None:
    case = reviewed(file_case(officer, connection, kind=Kind.ACCESS), officer)
    save_review(case, officer)
    record = processing_record(connection, by=officer)
    preparation.request(case=case, actor=officer)
    record.delete()
    work()
    case.refresh_from_db()
    assert case.state == "ready", "the export and its evidence are there"
    assert packaging.current(case) is None
    assert Errand.objects.get().problem == "record_gaps"
    with pytest.raises(NotReady, match="isn't written in English"):
        packaging.request(case=case, actor=officer)

    processing_record(connection, by=officer)
    packaging.request(case=case, actor=officer)
    work()
    assert packaging.current(case)


def test_an_errand_that_fails_is_told_and_tried_again_alone(
    case: Case, administrator: User, officer: User, connection: Connection
) -> None:
    processing.save_record(connection=connection, actor=administrator, language="en", told={"authority": ""})
    work()
    assert list(Errand.objects.order_by("pk").values_list("status", "problem")) == [
        ("done", ""),
        ("failed", "record_gaps"),
    ]
    assert packaging.current(case) is None
    with pytest.raises(NotReady, match="Supervisory authority"):
        packaging.request(case=case, actor=officer)
    processing.save_record(connection=connection, actor=administrator, language="en", told={"authority": "There"})
    work()
    assert packaging.current(case)
    case.refresh_from_db()
    assert case.state == "ready"


def test_a_damaged_export_is_said_to_be_so(case: Case) -> None:
    plan = case.current_plan
    assert plan
    assert plan.export
    path = storage.root() / plan.export.path
    path.write_bytes(path.read_bytes()[:-40])
    Package.objects.update(basis="")
    with pytest.raises(NeedsPerson) as asked:
        packaging.make_package(case.pk)
    assert asked.value.code == "files_damaged"
    assert Document.objects.filter(case=case, kind="package").count() == 1


def test_made_twice_is_made_once(case: Case) -> None:
    packaging.make_package(case.pk)
    assert Document.objects.filter(case=case, kind="package").count() == 1


def test_a_change_while_it_is_made_is_made_once_more(
    case: Case, administrator: User, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = packaging.write

    def changed_meanwhile(*args: object, **options: object) -> packaging.Made:
        monkeypatch.undo()
        made = write(*args, **options)  # type: ignore[arg-type]
        processing.save_record(connection=connection, actor=administrator, language="en", told={"source": "Third"})
        return made

    processing.save_record(connection=connection, actor=administrator, language="en", told={"source": "Second"})
    monkeypatch.setattr(packaging, "write", changed_meanwhile)
    work()
    assert "Third" in words_of(files_of(package_of(case))["letter.pdf"])
    assert len([path for path in storage.root().rglob("*") if path.is_file()]) == 3, "export, evidence, package"


def test_under_a_hold_the_replaced_package_waits(
    case: Case, administrator: User, officer: User, connection: Connection
) -> None:
    before = package_of(case)
    holds.place(case=case, actor=officer, reason="a claim")
    processing.save_record(connection=connection, actor=administrator, language="en", told={"source": "Elsewhere"})
    work()
    before.refresh_from_db()
    assert before.destroyed_at is None
    assert before.destroy_on == timezone.localdate(), "it goes once the hold is lifted"
    assert package_of(case).pk != before.pk
    disposal.destroy_due()
    before.refresh_from_db()
    assert before.destroyed_at is None


def test_there_is_none_of_an_erasure(officer: User, connection: Connection) -> None:
    erasure = prepared(file_case(officer, connection), officer)
    assert packaging.current(erasure) is None
    with pytest.raises(WrongState):
        packaging.request(case=erasure, actor=officer)
    assert not Document.objects.filter(kind="package").exists()


def test_one_that_a_hold_kept_goes_when_it_is_lifted_though_the_case_was_closed_meanwhile(
    case: Case, officer: User, approver: User
) -> None:
    processing_record(case.connection, language="de", by=officer)
    before = package_of(case)
    hold = holds.place(case=case, actor=officer, reason="a claim")
    languages.choose(case=case, actor=officer, language="de")
    work()
    closing.hand_over(case=case, actor=officer, how="by courier")
    holds.ask_to_lift(hold=hold, actor=officer, reason="settled")
    holds.lift(hold=hold, actor=approver)
    disposal.destroy_due()
    before.refresh_from_db()
    assert before.destroyed_at
