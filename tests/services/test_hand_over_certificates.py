"""The certificate of a hand-over, of access and of portability: what it says, what it must not, what becomes of it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from dsr import audit, storage
from dsr.evidence import signing
from dsr.exceptions import WrongState
from dsr.models import AuditEntry, Case, Connection, Document, Errand, User
from dsr.selectors.closing_record import closing_record_of
from dsr.selectors.issued import by_code, by_file
from dsr.selectors.timeline import story_of
from dsr.services import closing, disclosure, handover_links, packaging, redactions, retention
from dsr.states import Kind
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case, prepared, reviewed, work
from tests.evidence.reading import attachments_of, words_of

pytestmark = pytest.mark.django_db

HOW = "Handed to Linda Dare in person at 4 Mill Lane"
REASON = "the address of an employee, Tom Agent"
PACKAGES = [Kind.ACCESS, Kind.PORTABILITY]


def ready(officer: User, connection: Connection, kind: Kind = Kind.ACCESS, **fields: Any) -> Case:
    return prepared(file_case(officer, connection, kind=kind, **fields), officer)


def handed_over(case: Case, officer: User) -> Case:
    closing.hand_over(case=case, actor=officer, how=HOW)
    work()
    case.refresh_from_db()
    return case


def certificate_of(case: Case) -> tuple[Document, dict[str, Any], str]:
    document = case.documents.get(kind="certificate")
    pdf = storage.read(document)
    return document, json.loads(attachments_of(pdf)["record.json"]), words_of(pdf)


def package_of(case: Case) -> Document:
    package = packaging.current(case)
    assert package
    return package


def rows_of(package: Document) -> dict[str, int]:
    with zipfile.ZipFile(io.BytesIO(storage.read(package))) as archive:
        return {
            name: len(list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"))))) - 1
            for name in archive.namelist()
            if name.endswith(".csv")
        }


@pytest.mark.parametrize(
    ("kind", "title", "right"),
    [
        (Kind.ACCESS, "Certificate on an access request", "Access, Art. 15"),
        (Kind.PORTABILITY, "Certificate on a request for portability", "Portability, Art. 20"),
    ],
)
def test_it_says_what_was_handed_over_when_and_by_whom(
    connection: Connection, officer: User, second_officer: User, kind: Kind, title: str, right: str
) -> None:
    case = ready(officer, connection, kind, external_ids=["cust-4711"])
    closing.hand_over(case=case, actor=second_officer, how=HOW)
    assert not case.documents.filter(kind="certificate").exists(), "nothing is drawn in the web process"
    work()
    case.refresh_from_db()

    document, record, text = certificate_of(case)

    plan, package, entry = case.current_plan, package_of(case), AuditEntry.objects.get(verb="hand_over")
    assert plan
    assert plan.export
    assert plan.evidence
    for words in (
        title, right, case.reference, f"SegMetrics {connection.account_id}", "Package handed over", "l•••@e•••.com",
        "given in the request; nothing answered", "1004", "Ruled out as other people", "2087",
        f"Prepared by {officer.staff_reference}", f"Handed over by {second_officer.staff_reference}",
        f"Contacts decided on by {officer.staff_reference}", "by no link of this site",
        "A privacy officer left nothing out",
    ):  # fmt: skip
        assert words in text, words
    assert [row["contact_id"] for row in record["contacts"]] == ["1004"]
    assert record["due_on"] == case.due_on.isoformat()
    assert record["received_on"] == case.received_on.isoformat()
    assert record["right"] == kind
    assert {row["file"]: row["rows"] for row in record["held"]} == rows_of(package)
    assert sum(row["rows"] for row in record["held"]) > 3
    assert record["package_sha256"] == package.sha256
    assert record["plan_fingerprint"] == plan.fingerprint
    assert (record["evidence_sha256"], record["export_sha256"]) == (plan.evidence.sha256, plan.export.sha256)
    assert record["audit_head"] == {"sequence": entry.sequence, "hash": entry.hash}
    assert signing.check(storage.read(document)).is_sound
    assert (case.state, case.outcome) == ("completed", "handed_over"), "the errand moved nothing"
    assert story_of(case)[0].what == "Certificate issued"
    assert audit.verify() is None


@pytest.mark.parametrize("kind", PACKAGES)
def test_it_claims_no_receipt_and_holds_nothing_personal(connection: Connection, officer: User, kind: Kind) -> None:
    case = ready(officer, connection, kind, external_ids=["cust-4711"])
    redactions.add_redaction(case=case, actor=officer, text="linda.dare", reason=REASON)
    work()
    handed_over(case, officer)

    _document, record, text = certificate_of(case)

    assert "Whether the package was received and opened, and whether whoever has it is the person, isn't known" in text
    assert f"account {connection.account_id} alone, not of other systems" in text
    for claim in ("no data held", "tamper-proof", "compliant", "all data", "was deleted"):
        assert claim not in text.lower()
    for personal in ("Linda", "Dare", "linda", "cust-4711", "Mill Lane", "Tom", "employee", "Anna", "example.com"):
        assert personal not in text, personal
        assert personal not in json.dumps(record), personal


@pytest.mark.parametrize(("kind", "article"), [(Kind.ACCESS, "Art. 15(4) GDPR"), (Kind.PORTABILITY, "Art. 20(4) GDPR")])
def test_what_was_left_out_is_told_by_ground_and_count(
    connection: Connection, officer: User, kind: Kind, article: str
) -> None:
    case = ready(officer, connection, kind)
    for path in ("first_name", "last_name"):
        redactions.add_redaction(case=case, actor=officer, path=path, reason=REASON)
    work()
    handed_over(case, officer)

    _document, record, text = certificate_of(case)

    assert [(row["ground"].split(":")[0], row["count"]) for row in record["left_out"]] == [(article, 2)]
    assert f"2 fields or texts, by a privacy officer. {article}" in text


def test_a_link_is_told_by_what_the_audit_log_saw_of_it_before_the_hand_over(
    connection: Connection, officer: User
) -> None:
    cases = {name: ready(officer, connection) for name in ("fetched", "only made", "fetched afterwards")}
    for name, case in cases.items():
        made = handover_links.create(case=case, actor=officer, days=7)
        link = handover_links.open_by(token=made.token, code=made.code)
        assert link
        if name == "fetched":
            handover_links.sent(link)
            handover_links.sent(link)
        closing.hand_over(case=case, actor=officer, how=HOW)
        if name == "fetched afterwards":
            handover_links.sent(link)
    work()

    ways = {name: certificate_of(case)[1]["hand_over"]["way"] for name, case in cases.items()}

    assert "sent in full by it 2 times, last on" in ways["fetched"]
    assert "by it the package was not sent in full before" in ways["only made"]
    assert ways["fetched afterwards"] == ways["only made"]


def test_other_ends_have_none(sandbox: Sandbox, connection: Connection, officer: User) -> None:
    withdrawn = ready(officer, connection)
    closing.withdraw(case=withdrawn, actor=officer, reason="by letter")
    refused, empty = (file_case(officer, connection, kind=Kind.PORTABILITY) for _ in range(2))
    closing.refuse(case=reviewed(refused, officer), actor=officer, ground="excessive", reason="the third time")
    closing.nothing_found(case=reviewed(empty, officer, same=()), actor=officer)
    work()
    assert not Document.objects.filter(kind="certificate").exists()
    assert closing_record_of(withdrawn) is None


def test_a_hand_over_that_is_rolled_back_asks_for_none(
    connection: Connection, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = ready(officer, connection)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("dsr.services.transition.move", fail)
    with pytest.raises(RuntimeError):
        closing.hand_over(case=case, actor=officer, how=HOW)
    assert not Errand.objects.filter(kind="closing_record").exists()


@pytest.mark.parametrize("kind", PACKAGES)
def test_it_outlives_the_purge_and_is_verified_by_code_file_and_command(
    connection: Connection, officer: User, auditor: User, kind: Kind, tmp_path: Any
) -> None:
    case = handed_over(ready(officer, connection, kind), officer)
    document = case.documents.get(kind="certificate")
    content = storage.read(document)
    file = tmp_path / "certificate.pdf"
    file.write_bytes(content)
    for purged in (False, True):
        if purged:
            with time_machine.travel(timezone.now() + dt.timedelta(days=1200)):
                assert retention.purge_due() == 1
            document.refresh_from_db()
        assert storage.read(document) == content
        for found in (by_code(document.code), by_file(content).issued):
            assert found
            assert (found.label, found.reference) == ("Certificate", case.reference)
        said = io.StringIO()
        call_command("evidence", "verify", str(file), stdout=said)
        assert "The database knows the package that it names, by its SHA-256" in said.getvalue()
        assert "The audit log holds the entry that it names" in said.getvalue()
        assert "WRONG" not in said.getvalue()
        disclosure.opened(document=document, actor=auditor, download=True)
    assert AuditEntry.objects.filter(verb="document_downloaded", facts__document=document.pk).count() == 2


def test_a_package_that_the_database_does_not_know_is_told(
    connection: Connection, officer: User, tmp_path: Any
) -> None:
    case = handed_over(ready(officer, connection), officer)
    file = tmp_path / "certificate.pdf"
    file.write_bytes(storage.read(case.documents.get(kind="certificate")))
    case.documents.filter(kind="package").update(sha256="0" * 64)
    said = io.StringIO()
    with pytest.raises(CommandError):
        call_command("evidence", "verify", str(file), stdout=said)
    assert "WRONG The database knows no package with the SHA-256 that it names" in " ".join(said.getvalue().split())


def test_drawn_late_it_says_that_what_the_package_held_was_not_counted(connection: Connection, officer: User) -> None:
    """A case from before there were such certificates, whose package is gone by now."""
    case = handed_over(ready(officer, connection), officer)
    Errand.objects.filter(kind="closing_record").delete()
    case.documents.filter(kind="certificate").delete()
    case.documents.filter(kind="package").update(destroyed_at=timezone.now())
    closing.draw_record_again(case=case, actor=officer)
    work()
    _document, record, text = certificate_of(case)
    assert record["held"] == []
    assert "had been destroyed when this certificate was drawn, so what its tables held was not counted" in text
    with pytest.raises(WrongState):
        closing.draw_record_again(case=case, actor=officer)


def test_a_damaged_package_leaves_the_case_closed_and_is_told(connection: Connection, officer: User) -> None:
    case = ready(officer, connection)
    closing.hand_over(case=case, actor=officer, how=HOW)
    file = storage.root() / package_of(case).path
    file.write_bytes(file.read_bytes()[:-200])
    work()
    case.refresh_from_db()
    assert case.state == "completed"
    shown = closing_record_of(case)
    assert shown
    assert shown.can_be_asked_for
    assert shown.advice
