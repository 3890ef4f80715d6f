"""The records of a refusal and of an empty search: what stands on them, who reads them, what becomes of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from dsr import storage
from dsr.exceptions import NeedsPerson, NotAllowed, WrongState
from dsr.jobs import errands
from dsr.models import AuditEntry, Case, Connection, Document, DocumentKind, Errand, ProcessingRecord, User
from dsr.selectors.closing_record import closing_record_of
from dsr.selectors.issued import by_code, by_file
from dsr.selectors.timeline import story_of
from dsr.services import closing, closing_records, disclosure, identity, retention
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case, reviewed, work
from tests.evidence.reading import attachments_of, text_of

pytestmark = pytest.mark.django_db

REASON = "Linda asked for the same on 2 October; it was answered."


def refused(connection: Connection, officer: User, *, ground: str = "excessive", **fields: Any) -> Case:
    case = reviewed(file_case(officer, connection, **fields), officer)
    closing.refuse(case=case, actor=officer, ground=ground, reason=REASON)
    return case


def empty(connection: Connection, officer: User, **fields: Any) -> Case:
    """Tom has Linda's address, and is ruled out."""
    case = reviewed(file_case(officer, connection, **fields), officer, same=())
    closing.nothing_found(case=case, actor=officer)
    return case


def record_of(case: Case) -> tuple[Document, dict[str, Any], str]:
    document = case.documents.get(kind__in=["refusal", "nothing_found"])
    pdf = storage.read(document)
    from dsr.evidence.records import Drawn  # noqa: PLC0415

    text = text_of(Drawn(pdf=pdf, pages=document.pages, sha256=document.sha256))
    return document, json.loads(attachments_of(pdf)["record.json"]), text


def test_a_refusal_says_what_was_asked_and_why_not(connection: Connection, officer: User, second_officer: User) -> None:
    ProcessingRecord.objects.create(
        connection=connection, language="en", authority="Commissioner, 1 Park Row", updated_at=timezone.now(),
        updated_by=officer,
    )  # fmt: skip
    case = reviewed(file_case(officer, connection), officer)
    closing.refuse(case=case, actor=second_officer, ground="excessive", reason=REASON)
    state = case.state
    work()

    document, record, text = record_of(case)

    assert document.kind == DocumentKind.REFUSAL
    for words in (
        "Refusal of an erasure request", case.reference, "Linda Dare", REASON, "Art. 12(5)",
        f"Privacy officer {second_officer.staff_reference}", "Art. 77 GDPR", "Art. 79 GDPR", "Commissioner, 1 Park Row",
    ):  # fmt: skip
        assert words in text, words
    entry = AuditEntry.objects.get(case=case.reference, verb="refuse")
    assert record["audit_head"] == {"sequence": entry.sequence, "hash": entry.hash}
    case.refresh_from_db()
    assert case.state == state == "refused", "the errand moved nothing"
    assert "Record of the refusal issued" in [event.what for event in story_of(case)]


def test_what_an_identity_rested_on_is_not_told_once_it_was_found_to_be_unproven(
    connection: Connection, officer: User
) -> None:
    work_case = file_case(officer, connection)
    work()
    work_case.refresh_from_db()
    identity.confirm(case=work_case, actor=officer, method="signed_letter", note="the signature fits")
    closing.refuse(case=work_case, actor=officer, ground="identity", reason=REASON)
    work()
    _document, record, text = record_of(work_case)
    assert record["identity"]["standing"] == "Not proven"
    assert "the signature fits" not in text


def test_an_empty_search_says_where_and_how_far_and_holds_no_personal_data(
    sandbox: Sandbox, connection: Connection, officer: User
) -> None:
    case = empty(connection, officer, external_ids=["cust-4711"])
    work()

    document, record, text = record_of(case)

    assert document.kind == DocumentKind.NOTHING_FOUND
    assert f"No data found in SegMetrics account {connection.account_id}" in text
    assert "What was not searched" in text
    assert "no data held" not in text.lower()
    masked = [(row["masked"], row["answer"]) for row in record["searched_for"]]
    assert len(masked) == 2
    assert ("c•••", "nothing answered") in masked
    assert set(record["ruled_out"]) == set(case.candidates.values_list("contact_id", flat=True))
    assert "report of leads" in record["report_lookup"]
    for personal in ("Linda", "Dare", "linda", "cust-4711", "Anna"):
        assert personal not in text
        assert personal not in json.dumps(record)


def test_the_refusal_ends_with_the_key_and_the_empty_search_stays(
    sandbox: Sandbox, connection: Connection, officer: User, auditor: User
) -> None:
    cases = [refused(connection, officer), empty(connection, officer)]
    work()
    documents = [record_of(case)[0] for case in cases]
    content = storage.read(documents[1])
    with time_machine.travel(timezone.now() + dt.timedelta(days=1200)):
        assert retention.purge_due() == 2
    for row in documents:
        row.refresh_from_db()
        row.case.refresh_from_db()
    assert documents[0].destroyed_at
    assert not (storage.root() / documents[0].path).exists()
    assert documents[1].destroyed_at is None
    assert storage.read(documents[1]) == content
    disclosure.opened(document=documents[1], actor=auditor)
    told = [dataclasses.asdict(found) for row in documents if (found := by_code(row.code))]
    different = {name for name, value in told[0].items() if value != told[1][name]}
    assert different == {"kind", "reference", "code", "sha256"}, "nobody learns from it how the request ended"


def test_the_world_learns_that_it_was_issued_and_not_how_it_ended(connection: Connection, officer: User) -> None:
    case = refused(connection, officer)
    work()
    document, _record, _text = record_of(case)
    for found in (by_code(document.code), by_file(storage.read(document)).issued):
        assert found
        assert found.label == "Record of how a request ended"
        assert found.reference == case.reference


def test_reading_it_is_a_right_where_it_holds_personal_data(
    connection: Connection, officer: User, administrator: User
) -> None:
    cases = [refused(connection, officer), empty(connection, officer)]
    work()
    from dsr.permissions import Role  # noqa: PLC0415
    from tests.builders import make_user  # noqa: PLC0415

    auditor = make_user("aud@example.com", "Audrey Auditor", Role.AUDITOR)
    for group in auditor.groups.all():
        group.permissions.clear()
    refusal, nothing = (record_of(case)[0] for case in cases)
    with pytest.raises(NotAllowed):
        disclosure.opened(document=refusal, actor=auditor)
    disclosure.opened(document=nothing, actor=auditor, download=True)


def test_drawn_once_however_often_it_is_run(connection: Connection, officer: User) -> None:
    case = refused(connection, officer)
    work()
    closing_records.draw(case.pk)
    closing_records.ask_for(case)
    work()
    assert case.documents.filter(kind="refusal").count() == 1


def test_of_two_runs_at_once_one_keeps_its_record_and_no_file_is_left(
    connection: Connection, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = refused(connection, officer)
    write = storage.write
    was_run: list[bool] = []

    def write_late(*args: Any, **options: Any) -> storage.Stored:
        if not was_run:
            was_run.append(True)
            closing_records.draw(case.pk)
        return write(*args, **options)

    monkeypatch.setattr("dsr.storage.write", write_late)
    with pytest.raises(WrongState):
        closing_records.draw(case.pk)
    document = case.documents.get(kind="refusal")
    files = [path.relative_to(storage.root()).as_posix() for path in storage.root().glob("*/*") if path.is_file()]
    assert document.path in files
    assert len(files) == case.documents.count()


def test_where_it_fails_the_case_is_closed_all_the_same_and_it_is_tried_again_alone(
    connection: Connection, officer: User, approver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise NeedsPerson("certificate_ended")

    case = refused(connection, officer)
    with monkeypatch.context() as broken:
        broken.setattr("dsr.services.closing_records.sealed", fail)
        work()
    case.refresh_from_db()
    assert case.state == "refused"
    shown = closing_record_of(case)
    assert shown
    assert shown.can_be_asked_for
    assert "ended" in shown.problem

    with pytest.raises(NotAllowed):
        closing.draw_record_again(case=case, actor=approver)
    closing.draw_record_again(case=case, actor=officer)
    shown = closing_record_of(case)
    assert shown
    assert shown.is_working
    work()
    shown = closing_record_of(case)
    assert shown
    assert shown.document
    with pytest.raises(WrongState):
        closing.draw_record_again(case=case, actor=officer)


def test_a_closing_that_is_rolled_back_asks_for_no_record(
    connection: Connection, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = reviewed(file_case(officer, connection), officer)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("dsr.services.transition.move", fail)
    with pytest.raises(RuntimeError):
        closing.refuse(case=case, actor=officer, ground="excessive", reason=REASON)
    assert not Errand.objects.exists()


def test_other_ends_have_no_such_record(connection: Connection, officer: User) -> None:
    case = reviewed(file_case(officer, connection), officer)
    closing.withdraw(case=case, actor=officer, reason="by letter")
    assert closing_record_of(case) is None
    with pytest.raises(WrongState):
        closing.draw_record_again(case=case, actor=officer)
    closing_records.draw(case.pk)
    assert not case.documents.filter(kind__in=["refusal", "nothing_found"]).exists()


@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_each_is_in_the_language_of_its_case(
    connection: Connection, officer: User, settings: Settings, language: str
) -> None:
    titles = {
        "de": ("Ablehnung eines Antrags auf Auskunft", "Keine Daten gefunden im SegMetrics-Konto"),
        "fr": ("Refus d’une demande d’accès", "Aucune donnée trouvée dans le compte SegMetrics"),
        "es": ("Denegación de una solicitud de acceso", "No se encontraron datos en la cuenta"),
    }
    settings.ENV = dataclasses.replace(settings.ENV, document_language=language)
    cases = [
        refused(connection, officer, kind="access", language=language, ground="unfounded"),
        empty(connection, officer, kind="access", language=language),
    ]
    work()
    for case, title in zip(cases, titles[language], strict=True):
        assert title in record_of(case)[2]


def test_the_handler_is_the_errands_own() -> None:
    assert errands.HANDLERS["closing_record"] is closing_records.draw
