"""Reports as signed PDFs: asked for, drawn by the worker, recognised by anybody, kept by the backup."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import hashlib
import io
import json
import os
from pathlib import Path

import jsonschema
import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from dsr import storage
from dsr.evidence import attached, signing
from dsr.evidence.accounts import Figures
from dsr.evidence.pictures import attachments
from dsr.evidence.records import Drawn
from dsr.exceptions import InvalidInput, NotAllowed, NotReady, StorageFull, WrongState
from dsr.exports.accounts import figures_as_csv, register_as_csv
from dsr.jobs import errands
from dsr.models import (
    AuditEntry,
    Connection,
    Errand,
    ErrandStatus,
    Integration,
    ProcessingRecord,
    Recipient,
    Report,
    ReportKind,
    User,
)
from dsr.periods import Period
from dsr.selectors import issued, register
from dsr.selectors.figures import figures_of
from dsr.services import orphans, reports
from dsr.uploads import Letter
from tests.builders import file_case, work
from tests.evidence.reading import pages_of
from tests.evidence.reports import TEXTS

pytestmark = pytest.mark.django_db

YEAR = Period(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


def text_of(report: Report) -> str:
    pdf = storage.read(report)
    return " ".join(pages_of(Drawn(pdf=pdf, pages=report.pages, sha256=report.sha256)))


def made(actor: User, kind: ReportKind = ReportKind.REPORT, language: str = "en") -> Report:
    report = reports.ask(actor=actor, kind=kind, language=language, period=YEAR)
    work()
    report.refresh_from_db()
    return report


def a_record(connection: Connection, administrator: User, language: str = "en", **texts: str) -> ProcessingRecord:
    fields = {**TEXTS, "source": "-", "automated_decisions": "-", "authority": "-", **texts}
    return ProcessingRecord.objects.create(
        connection=connection, language=language, updated_at=timezone.now(), updated_by=administrator, **fields
    )


def test_the_worker_draws_it_signed_and_anybody_can_ask_about_it(auditor: User) -> None:
    report = reports.ask(actor=auditor, kind=ReportKind.REPORT, language="en", period=YEAR)
    assert report.path == ""

    work()
    report.refresh_from_db()
    pdf = storage.read(report)

    assert report.is_made
    assert hashlib.sha256(pdf).hexdigest() == report.sha256
    assert (storage.root() / report.path).read_bytes()[:4] != b"%PDF", "it stands encrypted"
    checked = signing.check(pdf)
    assert checked.is_sound
    assert checked.fingerprint in issued.fingerprints()
    found = issued.by_code(report.code)
    assert found
    assert (found.kind, found.reference, found.is_superseded) == ("report", report.reference, False)
    assert issued.by_file(pdf).issued == found
    assert issued.by_file(pdf + b" ").verdict != "issued"
    record = attached.read(pdf)
    assert (record.schema, record.problem) == ("dsr-desk/report/1", "")
    assert record.record["made_by_reference"] == auditor.staff_reference
    assert auditor.full_name not in json.dumps(record.record)


def test_manage_py_evidence_verify_knows_it(auditor: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = made(auditor)
    file = tmp_path / "report.pdf"
    file.write_bytes(storage.read(report))

    call_command("evidence", "verify", str(file))

    said = capsys.readouterr().out
    assert f"report of {report.reference}" in said
    assert "WRONG" not in said


@pytest.mark.parametrize("kind", list(ReportKind))
def test_the_attached_record_fits_its_published_schema(
    kind: ReportKind, auditor: User, administrator: User, connection: Connection
) -> None:
    a_record(connection, administrator)
    [(_, content)] = attachments(storage.read(made(auditor, kind)))

    published = json.loads((SCHEMAS / f"{kind}-1.json").read_text())

    jsonschema.validate(json.loads(content), published)


def test_a_run_that_is_repeated_leaves_it_as_it_is(auditor: User) -> None:
    report = made(auditor)
    files = list(storage.root().glob("*/*"))

    reports.draw(report.pk)

    assert Report.objects.get().sha256 == report.sha256
    assert list(storage.root().glob("*/*")) == files
    assert AuditEntry.objects.filter(verb="report_made").count() == 1


def test_of_two_runs_at_once_one_counts_and_nothing_is_left_of_the_other(
    auditor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = reports.ask(actor=auditor, kind=ReportKind.REPORT, language="en", period=YEAR)
    write = storage.write

    def overtaken(case: None, content: bytes) -> storage.Stored:
        stored = write(case, content)
        monkeypatch.setattr(storage, "write", write)
        reports.draw(report.pk)
        return stored

    monkeypatch.setattr(storage, "write", overtaken)
    reports.draw(report.pk)

    report.refresh_from_db()
    assert [path.relative_to(storage.root()).as_posix() for path in storage.root().glob("*/*")] == [report.path]
    assert storage.is_intact(report)


def test_what_fails_is_told_and_can_be_tried_again_alone(auditor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> storage.Stored:
        raise StorageFull("full")

    report = reports.ask(actor=auditor, kind=ReportKind.REPORT, language="en", period=YEAR)
    with monkeypatch.context() as patch:
        patch.setattr(storage, "write", full)
        work()
    errand = Errand.objects.get()
    assert (errand.status, errand.problem) == (ErrandStatus.FAILED, "storage_full")

    reports.try_again(actor=auditor, report=report)
    with pytest.raises(WrongState):
        reports.try_again(actor=auditor, report=report)
    work()

    report.refresh_from_db()
    assert report.is_made
    with pytest.raises(WrongState):
        reports.try_again(actor=auditor, report=report)


def test_an_approver_makes_and_takes_none(approver: User, auditor: User) -> None:
    report = made(auditor)
    with pytest.raises(NotAllowed):
        reports.ask(actor=approver, kind=ReportKind.REPORT, language="en", period=YEAR)
    with pytest.raises(NotAllowed):
        reports.downloaded(actor=approver, report=report)
    with pytest.raises(NotAllowed):
        reports.try_again(actor=approver, report=report)
    with pytest.raises(NotAllowed):
        reports.taken_as_table(actor=approver, kind=ReportKind.REPORT, period=YEAR)


def test_a_download_stands_in_the_audit_log_and_needs_a_finished_one(officer: User) -> None:
    report = reports.ask(actor=officer, kind=ReportKind.REPORT, language="en", period=YEAR)
    with pytest.raises(NotReady):
        reports.downloaded(actor=officer, report=report)
    work()
    report.refresh_from_db()

    reports.downloaded(actor=officer, report=report)

    entry = AuditEntry.objects.get(verb="report_downloaded")
    assert (entry.actor, entry.facts["report"]) == (officer.staff_reference, report.reference)
    assert entry.facts["sha256"] == report.sha256


@pytest.mark.parametrize(
    ("period", "field"),
    [
        (None, "start"),
        (Period(dt.date(2026, 2, 1), dt.date(2026, 1, 31)), "end"),
        (Period(dt.date(2010, 1, 1), dt.date(2026, 1, 31)), "end"),
        (Period(dt.date(1000, 1, 1), dt.date(1000, 1, 31)), "start"),
    ],
)
def test_a_period_that_is_none_is_refused(period: Period | None, field: str, auditor: User) -> None:
    with pytest.raises(InvalidInput) as refused:
        reports.ask(actor=auditor, kind=ReportKind.REPORT, language="en", period=period)
    assert refused.value.field == field
    with pytest.raises(InvalidInput):
        reports.ask(actor=auditor, kind=ReportKind.REPORT, language="xx", period=YEAR)
    assert not Report.objects.exists()


def test_the_database_takes_no_report_without_its_period(auditor: User) -> None:
    for fields in ({"kind": "report"}, {"kind": "register", "start": YEAR.start, "end": YEAR.end}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Report.objects.create(asked_by=auditor, asked_at=timezone.now(), language="en", reference="x", **fields)


def test_its_file_is_no_orphan(auditor: User, officer: User, connection: Connection) -> None:
    letter = Letter(name="letter.txt", content=b"Please delete my data.", content_type="text/plain", pages=0)
    file_case(officer, connection, letter=letter)
    report, orphan = made(auditor), storage.write(None, b"left by a killed process").path
    for path in storage.root().glob("*/*"):
        os.utime(path, (0, 0))

    assert orphans.clear_away() == 1

    assert storage.is_intact(report)
    assert not (storage.root() / orphan).exists()


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_the_register_says_what_is_recorded_and_what_is_missing(
    language: str, auditor: User, administrator: User, connection: Connection
) -> None:
    a_record(connection, administrator, purposes="To see which <b>ad</b> sold.", security=" ")
    Recipient.objects.create(connection=connection, name="Example Ads Ltd", what="addresses")
    missing = {"en": "missing", "de": "fehlt", "fr": "manque", "es": "falta"}[language]

    text = text_of(made(auditor, ReportKind.REGISTER, language))

    assert "To see which <b>ad</b> sold." in text
    assert "Example Ads Ltd (addresses)" in text
    assert missing in text
    assert "30" in text


def test_a_record_of_the_language_goes_before_one_of_another(administrator: User, connection: Connection) -> None:
    a_record(connection, administrator, "de", purposes="Werbung messen")
    assert register.entries("fr")[0].language == "de"
    a_record(connection, administrator, "fr", purposes="Mesurer la publicité")
    [entry] = register.entries("fr")
    assert (entry.language, entry.particulars[1].text) == ("fr", "Mesurer la publicité")
    assert register.entries("en")[0].language == "fr", "the one that was seen to last"
    assert register.entries("de")[0].language == "de"


def test_the_register_takes_the_same_queries_for_many_connections(connection: Connection, administrator: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(database) as captured:
            register.entries("en")
        return len(captured)

    a_record(connection, administrator)
    one = queries()
    for number in range(5):
        other = Connection.objects.create(name=f"Shop {number}", account_id=f"a{number}")
        Integration.objects.create(connection=other, integration_id="int1", label="Shop")
        a_record(other, administrator)
    assert queries() == one


def _opened(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_figures_as_csv_are_those_of_the_page(officer: User, connection: Connection) -> None:
    file_case(officer, connection)
    today = timezone.localdate()
    figures = figures_of(Period(today - dt.timedelta(days=40), today))

    rows = _opened(figures_as_csv(figures))

    values = {(row["figure"], row["code"]): row["value"] for row in rows}
    assert values["received", ""] == "1"
    assert values["received_by_type", "erasure"] == "1"
    assert values["open", ""] == "1"
    assert values["days_median", "all"] == ""
    assert {row["to"] for row in rows} == {today.isoformat()}
    spoken_of = {field.name for field in dataclasses.fields(Figures)}
    assert len(spoken_of) == 20, "a new figure needs its row here"


def test_a_formula_in_the_register_is_disarmed(administrator: User, connection: Connection) -> None:
    connection.name = "=1+1"
    connection.save()
    a_record(connection, administrator, purposes='=HYPERLINK("http://example.com")\n@SUM(1)')

    [row] = _opened(register_as_csv(register.entries("en")))

    assert row["connection"] == "'=1+1"
    assert row["purposes"] == "'=HYPERLINK(\"http://example.com\")\n'@SUM(1)"
    assert row["told_of_an_erasure"] == ""
    assert _opened(register_as_csv(())) == []


def test_the_demo_says_so_on_it(auditor: User, settings: Settings) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, name="demo")
    assert "Demonstration" in text_of(made(auditor))


def test_an_errand_of_a_report_that_is_gone_fails_alone(auditor: User) -> None:
    report = reports.ask(actor=auditor, kind=ReportKind.REPORT, language="en", period=YEAR)
    Report.objects.filter(pk=report.pk).delete()
    work()
    assert Errand.objects.get().status == ErrandStatus.FAILED
    assert not errands.run(Errand.objects.get().pk)
