"""Documents: who reads and who takes away, that each opening is counted, and that nothing in them runs."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.test import Client

from dsr import storage
from dsr.models import AuditEntry, Case, Connection, Document, User
from dsr.services import closing
from dsr.uploads import Letter
from tests.builders import approve, file_case, work
from tests.views.conftest import SignIn


def openings(document: Document) -> int:
    return AuditEntry.objects.filter(verb="document_opened", facts__document=document.pk).count()


def address(document: Document, rest: str = "") -> str:
    return f"/cases/{document.case.reference}/documents/{document.pk}/{rest}"


@pytest.fixture
def export(waiting_case: Case) -> Document:
    return waiting_case.documents.get(kind="export")


@pytest.fixture
def evidence(waiting_case: Case) -> Document:
    return waiting_case.documents.get(kind="evidence")


def test_a_pdf_is_read_as_pictures_and_counted_once(approver: User, evidence: Document, sign_in: SignIn) -> None:
    browser = sign_in(approver)

    page = browser.get(address(evidence)).content.decode()
    picture = browser.get(address(evidence, "pages/1.png"))

    assert address(evidence, "pages/1.png") in page
    assert picture["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    assert openings(evidence) == 1


def test_a_picture_asked_for_by_itself_is_counted_too(approver: User, evidence: Document, sign_in: SignIn) -> None:
    sign_in(approver).get(address(evidence, "pages/2.png"))

    assert openings(evidence) == 1


@pytest.mark.parametrize("number", [0, 999])
def test_a_page_that_is_not_there(number: int, approver: User, evidence: Document, sign_in: SignIn) -> None:
    assert sign_in(approver).get(address(evidence, f"pages/{number}.png")).status_code == 404


def test_a_document_is_found_under_its_own_case_only(
    officer: User, export: Document, connection: Connection, sign_in: SignIn
) -> None:
    other = file_case(officer, connection)
    browser = sign_in(officer)
    for rest in ("", "download/", "pages/1.png", "entry/?name=report.html", "report/?name=report.html"):
        assert browser.get(f"/cases/{other.reference}/documents/{export.pk}/{rest}").status_code == 404

    assert openings(export) == 0


def test_the_auditor_reads_no_contents_but_the_certificate(
    approver: User, auditor: User, waiting_case: Case, export: Document, sign_in: SignIn
) -> None:
    approve(waiting_case, approver)
    work()
    certificate = waiting_case.documents.get(kind="certificate")
    browser = sign_in(auditor)

    for rest in ("", "pages/1.png", "download/", "entry/?name=report.html", "report/?name=report.html"):
        assert browser.get(address(export, rest)).status_code == 403
    assert browser.get(address(certificate)).status_code == 200
    assert browser.get(address(certificate, "download/")).status_code == 200


def test_a_right_that_is_taken_away_ends_an_opened_document_too(
    approver: User, auditor: User, evidence: Document, sign_in: SignIn
) -> None:
    browser = sign_in(approver)
    browser.get(address(evidence))
    approver.groups.set(auditor.groups.all())

    assert browser.get(address(evidence, "pages/1.png")).status_code == 403


def test_downloading_is_a_right_of_its_own(officer: User, approver: User, export: Document, sign_in: SignIn) -> None:
    assert sign_in(approver).get(address(export, "download/")).status_code == 403

    answer = sign_in(officer).get(address(export, "download/"))

    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    assert (answer["X-Accel-Buffering"], answer["Accept-Ranges"]) == ("no", "none"), "nothing on a proxy's disk"
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert AuditEntry.objects.filter(verb="document_downloaded", facts__document=export.pk).count() == 1


def test_an_export_lists_its_files_and_shows_each(officer: User, export: Document, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    listing = browser.get(address(export)).content.decode()

    for file in export.files:
        assert file["sha256"] in listing
        assert browser.get(address(export, "entry/"), {"name": file["name"]}).status_code == 200
    assert (
        "linda.dare@example.com"
        in browser.get(address(export, "entry/"), {"name": "tables/contacts.csv"}).content.decode()
    )


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "linda.dare@example.com", "report.html\x00"])
def test_a_file_that_the_export_lacks_is_not_found_and_not_written_down(
    name: str, officer: User, export: Document, sign_in: SignIn
) -> None:
    answer = sign_in(officer).get(address(export, "entry/"), {"name": name})

    assert answer.status_code == 404
    assert openings(export) == 0


def test_the_report_is_caged(officer: User, export: Document, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    page = browser.get(address(export, "entry/?name=report.html")).content.decode()
    answer = browser.get(address(export, "report/?name=report.html"))

    assert "<iframe" in page
    assert "sandbox src=" in page
    policy = answer["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "script-src" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert openings(export) == 1


def test_only_pages_are_given_out_as_pages(officer: User, export: Document, sign_in: SignIn) -> None:
    assert sign_in(officer).get(address(export, "report/?name=tables/contacts.csv")).status_code == 404


def test_a_letter_in_text_stays_text(officer: User, connection: Connection, sign_in: SignIn) -> None:
    letter = Letter(name="l.txt", content_type="text/plain", content=b"<script>alert(1)</script>", pages=0)
    case = file_case(officer, connection, letter=letter)

    page = sign_in(officer).get(address(case.documents.get())).content.decode()

    assert "&lt;script&gt;alert(1)" in page


def test_a_lost_file_is_told_as_a_page(officer: User, export: Document, sign_in: SignIn) -> None:
    (storage.root() / export.path).unlink()

    for rest in ("download/", "entry/?name=report.html"):
        answer = sign_in(officer).get(address(export, rest))
        assert answer.status_code == 410
        assert "missing" in answer.content.decode()


@pytest.mark.parametrize("how", ["opened", "read"])
def test_a_file_that_the_system_cannot_read_is_told_as_a_page(
    officer: User, export: Document, evidence: Document, sign_in: SignIn, how: str
) -> None:
    for document in (export, evidence):
        path = storage.root() / document.path
        path.unlink()
        if how == "read":
            path.symlink_to("/proc/self/mem")  # its first byte is an error of input and output
        else:
            path.mkdir()

    for document, rest in [
        (export, "download/"),
        (export, "entry/?name=report.html"),
        (evidence, "download/"),
        (evidence, "pages/1.png"),
    ]:
        answer = sign_in(officer).get(address(document, rest))
        assert answer.status_code == 410
        assert "Have whoever runs the site look at its rights and its disk" in answer.content.decode()


def test_documents_of_a_withdrawn_case_can_still_be_read(
    officer: User, waiting_case: Case, evidence: Document, sign_in: SignIn
) -> None:
    closing.withdraw(case=waiting_case, actor=officer, reason="changed their mind")

    assert sign_in(officer).get(address(evidence)).status_code == 200


def test_a_page_with_documents_is_not_kept_by_the_browser(officer: User, evidence: Document, sign_in: SignIn) -> None:
    browser: Client = sign_in(officer)
    for rest in ("", "pages/1.png", "download/"):
        assert browser.get(address(evidence, rest))["Cache-Control"] == "no-store"
