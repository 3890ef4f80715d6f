"""Reports on the screen: figures, register, what was made, and who sees it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dsr import storage
from dsr.models import AuditEntry, Case, Connection, Errand, Report, ReportKind, User
from dsr.services import reports
from tests.builders import file_case, work
from tests.services.test_reports import YEAR, a_record
from tests.views.conftest import SignIn

PAGES = ("/admin/reports/", "/admin/reports/register/")
INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:")


@pytest.fixture
def read(auditor: User, sign_in: SignIn) -> Callable[[str], str]:
    browser = sign_in(auditor)

    def page(address: str) -> str:
        return browser.get(address).content.decode()

    return page


def test_without_a_case_the_page_is_calm(read: Callable[[str], str]) -> None:
    page = read("/admin/reports/")

    assert "Nothing to count in these days" in page
    assert "<svg" not in page
    assert "None yet." in page
    assert "No connection yet" in read("/admin/reports/register/")


def test_the_figures_are_drawn_and_name_nobody(
    read: Callable[[str], str], officer: User, connection: Connection
) -> None:
    file_case(officer, connection, received_on=timezone.localdate())  # the page begins with this year

    page = read("/admin/reports/")

    assert page.count("<svg") >= 3
    assert "Requests by month" in page
    assert not INLINE.search(page)
    assert "linda" not in page.lower()
    assert Case.objects.get().reference not in page


def test_the_preset_that_is_shown_is_marked(read: Callable[[str], str]) -> None:
    today = timezone.localdate()
    page = read(f"/admin/reports/?start={today:%Y-%m}-01&end={today}")

    assert re.search(r'aria-current="true">This (month|year)<', page)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("start=2026-02-01&end=2026-01-01", "The last day is before the first one."),
        ("start=&end=2026-01-01", "This field is required."),
        ("start=2026-02-30&end=2026-03-01", "Enter a valid date."),
        ("start=2026-01-01", "This field is required."),
        ("start=2010-01-01&end=2026-12-31", "Choose ten years at most."),
        ("start=0001-01-01&end=9999-12-31", "Choose a day of the years 2000 to 2099."),
        ("start='%22<script>&end=2026-01-01", "Enter a valid date."),
        ("start=9999-12-31&end=9999-12-31", "Choose a day of the years 2000 to 2099."),
        ("start=2099-12-31&end=2099-12-31", ""),
        ("start=2000-01-01&end=2000-01-01", ""),
    ],
)
def test_a_period_that_is_none_is_told_beside_its_field(query: str, said: str, auditor: User, sign_in: SignIn) -> None:
    answer = sign_in(auditor).get(f"/admin/reports/?{query}")

    assert answer.status_code == (422 if said else 200)
    assert said in answer.content.decode()
    assert "<script>" not in answer.content.decode()
    assert sign_in(auditor).get(f"/admin/reports/figures.csv?{query}").status_code == (302 if said else 200)


def test_a_report_is_asked_for_drawn_and_taken_away(auditor: User, sign_in: SignIn) -> None:
    browser = sign_in(auditor)
    answer = browser.post(
        "/admin/reports/make/", {"kind": "report", "start": "2026-01-01", "end": "2026-12-31", "language": "de"}
    )
    assert answer["Location"] == "/admin/reports/?start=2026-01-01&end=2026-12-31"
    page = browser.get(answer["Location"]).content.decode()
    assert "Waiting for the worker" in page
    assert not INLINE.search(page)
    assert browser.get("/admin/reports/progress/?waiting=1").status_code == 204
    assert "HX-Refresh" not in browser.get("/admin/reports/progress/?waiting=1")

    work()

    assert browser.get("/admin/reports/progress/?waiting=1")["HX-Refresh"] == "true"
    report = Report.objects.get()
    assert (report.language, report.asked_by) == ("de", auditor)
    pdf = browser.get(f"/admin/reports/{report.pk}/download/")
    assert pdf.getvalue() == storage.read(report)
    assert report.reference in pdf["Content-Disposition"]
    assert AuditEntry.objects.filter(verb="report_downloaded").count() == 1
    assert f"/admin/reports/{report.pk}/download/" in browser.get("/admin/reports/").content.decode()


def test_the_register_is_asked_for_too(auditor: User, connection: Connection, sign_in: SignIn) -> None:
    browser = sign_in(auditor)
    assert browser.post("/admin/reports/make/", {"kind": "register", "language": "fr"})["Location"] == PAGES[1]
    work()
    assert Report.objects.get().is_made


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "report", "start": "2026-02-01", "end": "2026-01-01", "language": "en"},
        {"kind": "report", "language": "en"},
        {"kind": "register", "language": "xx"},
        {},
    ],
)
def test_what_cannot_be_made_is_told(given: dict[str, str], auditor: User, sign_in: SignIn) -> None:
    answer = sign_in(auditor).post("/admin/reports/make/", given, follow=True)

    assert 'class="error"' in answer.content.decode()
    assert not Report.objects.exists()


def test_what_failed_is_told_and_tried_again(auditor: User, sign_in: SignIn) -> None:
    report = reports.ask(actor=auditor, kind=ReportKind.REPORT, language="en", period=YEAR)
    Errand.objects.update(status="failed", problem="certificate_ended")
    browser = sign_in(auditor)
    page = browser.get("/admin/reports/").content.decode()
    assert "The signing certificate has ended" in page

    assert browser.get(f"/admin/reports/{report.pk}/download/", follow=True).status_code == 200
    browser.post(f"/admin/reports/{report.pk}/again/")
    work()

    report.refresh_from_db()
    assert report.is_made
    assert "error" in browser.post(f"/admin/reports/{report.pk}/again/", follow=True).content.decode()


def test_a_file_that_is_missing_is_told(auditor: User, sign_in: SignIn) -> None:
    report = reports.ask(actor=auditor, kind=ReportKind.REPORT, language="en", period=YEAR)
    work()
    report.refresh_from_db()
    (storage.root() / report.path).unlink()

    assert "A stored file is missing." in (
        sign_in(auditor).get(f"/admin/reports/{report.pk}/download/", follow=True).content.decode()
    )


def test_the_list_of_what_was_made_has_pages(auditor: User, sign_in: SignIn) -> None:
    for _ in range(25):
        reports.ask(actor=auditor, kind=ReportKind.REGISTER, language="en")
    browser = sign_in(auditor)

    first, second = (browser.get(f"/admin/reports/?page={number}").content.decode() for number in (1, 2))

    newest, *_, oldest = Report.objects.order_by("-pk").values_list("reference", flat=True)
    assert newest in first
    assert oldest in second
    assert oldest not in first
    assert "Page 2 of 2" in second
    assert browser.get("/admin/reports/?page=nonsense").status_code == 200


def test_the_pages_take_the_same_queries_for_many(
    auditor: User, officer: User, administrator: User, connection: Connection, sign_in: SignIn
) -> None:
    browser = sign_in(auditor)

    def queries() -> list[int]:
        found = []
        for page in PAGES:
            with CaptureQueriesContext(database) as captured:
                assert browser.get(page).status_code == 200
            found.append(len(captured))
        return found

    a_record(connection, administrator)
    file_case(officer, connection)
    reports.ask(actor=auditor, kind=ReportKind.REGISTER, language="en")
    queries()
    few = queries()
    for _ in range(6):
        file_case(officer, connection)
        reports.ask(actor=auditor, kind=ReportKind.REGISTER, language="en")

    assert queries() == few


def test_the_register_tells_what_is_missing(
    read: Callable[[str], str], administrator: User, connection: Connection
) -> None:
    assert "Nothing is recorded yet." in read(PAGES[1])
    a_record(connection, administrator, purposes="<i>Selling</i>")

    page = read(PAGES[1])

    assert "1 particular is missing." in page
    assert "&lt;i&gt;Selling&lt;/i&gt;" in page
    assert "covers the processing behind the SegMetrics connections" in page
    assert "those of another one are shown" in read(f"{PAGES[1]}?language=fr")
    assert "DSR_ORGANISATION_ADDRESS" in page


def test_tables_are_taken_away_with_an_entry_in_the_audit_log(
    auditor: User, administrator: User, connection: Connection, sign_in: SignIn
) -> None:
    browser = sign_in(auditor)
    figures = browser.get("/admin/reports/figures.csv?start=2026-01-01&end=2026-12-31")
    register = browser.get("/admin/reports/register.csv")

    for answer in (figures, register):
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.content.startswith(b"\xef\xbb\xbf")
        assert "attachment" in answer["Content-Disposition"]
    assert [row.facts["kind"] for row in AuditEntry.objects.filter(verb="report_table_taken")] == ["report", "register"]


def test_the_menu_leads_there_for_whoever_may(auditor: User, approver: User, sign_in: SignIn) -> None:
    assert 'href="/admin/reports/"' in sign_in(auditor).get("/").content.decode()
    assert 'href="/admin/reports/"' not in sign_in(approver).get("/").content.decode()


def test_the_public_page_knows_a_report(auditor: User, sign_in: SignIn) -> None:
    reports.ask(actor=auditor, kind=ReportKind.REPORT, language="en", period=YEAR)
    work()
    report = Report.objects.get()

    page = sign_in(auditor).get(f"/verify/{report.code}/").content.decode()

    assert "Report on requests" in page
    assert report.reference in page
    assert auditor.full_name not in page.replace("Adi Auditor</span>", "")
