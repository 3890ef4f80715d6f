"""The pages on which many requests are filed from a table."""

from __future__ import annotations

import html

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dsr.models import AuditEntry, Case, Connection, Errand, FilingBatch, User
from dsr.services import filing_many
from dsr.views.idle import BACKGROUND
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case, make_connection, work
from tests.tables import as_file, begun, line, table, uploaded
from tests.views.conftest import SignIn

NEW = "/cases/new/many/"


@pytest.fixture
def browser(officer: User, connection: Connection, sign_in: SignIn) -> Client:
    return sign_in(officer)


def address(batch: FilingBatch, verb: str = "") -> str:
    return f"{NEW}{batch.reference}/{verb}"


def test_from_the_file_to_the_requests(browser: Client, connection: Connection) -> None:
    page = browser.get("/cases/new/").content.decode()
    assert f'href="{NEW}"' in page
    answer = browser.post(NEW, {"connection": connection.pk, "file": table([line(1), line(2)])}, follow=True)
    page = answer.content.decode()
    batch = FilingBatch.objects.get()
    assert answer.redirect_chain == [(address(batch), 302)]
    assert "Pia Person 1" in page
    assert "pia2@example.com" in page
    assert "File 2 requests" in page

    page = browser.post(address(batch, "file/"), {"seen": "0"}, follow=True).content.decode()
    assert "0 of 2 rows done" in page
    assert "Stop" in page
    assert "htmx" in page
    assert "Pia Person" not in page, "a whole name: the token of a form may hold three letters"
    work()
    page = browser.get(address(batch)).content.decode()
    assert "Finished" in page
    for case in Case.objects.all():
        assert f'href="/cases/{case.reference}/"' in page
    assert "htmx" not in page, "nothing is left to follow"
    assert batch.reference in browser.get(NEW).content.decode()


def test_the_empty_list_leads_there(browser: Client, approver: User, sign_in: SignIn) -> None:
    assert f'href="{NEW}"' in browser.get("/admin/dsr/case/").content.decode()
    assert f'href="{NEW}"' not in sign_in(approver).get("/admin/dsr/case/").content.decode()


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "This file is empty"), (b"PK\x03\x04", "workbook"), (b"\x00\x01", "not a CSV"), (b"a;b\r\n1;2", "columns")],
)
def test_a_file_that_can_not_be_read_is_refused_beside_its_field(
    content: bytes, said: str, browser: Client, connection: Connection
) -> None:
    answer = browser.post(NEW, {"connection": connection.pk, "file": as_file(content)})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert 'id="id_file_error"' in page
    assert not FilingBatch.objects.exists()


def test_a_file_of_50_mb_and_no_file_are_refused(browser: Client, connection: Connection) -> None:
    huge = as_file(b"type,name\r\n" + b"x" * (50 * 1024**2))
    assert "larger than 2 MB" in browser.post(NEW, {"connection": connection.pk, "file": huge}).content.decode()
    assert browser.post(NEW, {"connection": connection.pk}).status_code == 422
    assert browser.post(NEW, {"file": table([line(1)])}).status_code == 422


def test_the_only_connection_is_chosen_beforehand(browser: Client, sandbox: Sandbox) -> None:
    assert "selected>Acme Webshop" in browser.get(NEW).content.decode()
    make_connection(sandbox, name="Second")
    assert "selected>Acme Webshop" not in browser.get(NEW).content.decode()


def test_errors_stand_beside_rows_and_nothing_is_ticked_beforehand(
    browser: Client, officer: User, connection: Connection
) -> None:
    known = file_case(officer, connection, emails=["pia2@example.com"])
    batch = uploaded(
        officer,
        connection,
        line(1, channel="telepathy", name="<b>Eve</b>"),
        line(2),
        line(3),
        line(4, emails="pia3@example.com"),
    )
    page = browser.get(address(batch)).content.decode()

    assert "<code>channel</code> Write one of these: email, letter," in page
    assert "&lt;b&gt;Eve" in page
    assert f'href="/cases/{known.reference}/"' in page
    assert "Row 4 of this file has it" in page
    assert "checked" not in page
    assert 'name="row_3"' in page
    assert 'name="row_5"' in page
    assert 'name="row_2"' not in page

    answer = browser.post(address(batch, "file/"), {"row_3": "file", "seen": str(known.pk)})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Say for each marked row" in page
    assert page.count(" checked") == 1, "what was chosen stays chosen"
    assert "Choose one." in page
    answer = browser.post(address(batch, "file/"), {"row_3": "leave", "row_5": "file", "seen": str(known.pk)})
    assert answer.status_code == 302
    work()
    page = browser.get(address(batch)).content.decode()
    assert "channel: Write one of these: email" in page
    assert Case.objects.count() == 3


@pytest.mark.parametrize("nonsense", [{}, {"seen": "x", "row_": "file", "row_x": "file", "row_²": "file"}])
def test_a_form_that_no_page_of_ours_sent_files_no_double(
    nonsense: dict[str, str], browser: Client, officer: User, connection: Connection
) -> None:
    file_case(officer, connection, emails=["pia1@example.com"])
    batch = uploaded(officer, connection, line(1))
    assert browser.post(address(batch, "file/"), {"row_2": "file", **nonsense}).status_code == 422
    assert not Errand.objects.exists()


def test_a_choice_for_each_of_two_thousand_rows_can_be_sent(
    browser: Client, officer: User, connection: Connection
) -> None:
    batch = uploaded(officer, connection, *[line(number, emails="pia@example.com") for number in range(2000)])
    browser.get(address(batch))
    with CaptureQueriesContext(database) as captured:
        page = browser.get(address(batch)).content.decode()
    assert page.count('value="leave"') == 1999
    assert len(captured) <= 12
    choices = {f"row_{number}": "leave" for number in range(3, 2002)}
    assert browser.post(address(batch, "file/"), {"seen": "0", **choices}).status_code == 302
    work()
    assert Case.objects.count() == 1


def test_the_page_follows_by_itself_and_is_loaded_anew_at_the_end(
    browser: Client, officer: User, connection: Connection
) -> None:
    batch = begun(officer, connection, line(1))
    piece = browser.get(address(batch, "progress/?asked=3"))
    assert "0 of 1 rows done" in piece.content.decode()
    assert "asked=4" in piece.content.decode()
    assert "delay:2.2s" in piece.content.decode(), "it asks ever less often"
    assert "filing_progress" in BACKGROUND
    browser.post(address(batch, "stop/"))
    assert browser.get(address(batch, "progress/"))["HX-Refresh"] == "true"
    page = browser.get(address(batch)).content.decode()
    assert "Go on" in page
    assert "Still waiting" in page
    page = browser.post(address(batch, "go-on/"), follow=True).content.decode()
    assert "0 of 1 rows done" in page
    assert "Throw" not in page, "while it runs, it is stopped first"
    work()
    assert browser.get(address(batch, "progress/"))["HX-Refresh"] == "true"


def test_the_rows_that_were_not_filed_are_taken_away_by_whoever_uploaded_them(
    browser: Client, officer: User, second_officer: User, connection: Connection, sign_in: SignIn
) -> None:
    batch = begun(officer, connection, line(1, name="=1+1", channel="x"), line(2))
    work()
    assert address(batch, "not-filed.csv") in browser.get(address(batch)).content.decode()
    answer = browser.get(address(batch, "not-filed.csv"))
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    assert '"\'=1+1"' in answer.content.decode()
    other = sign_in(second_officer)
    assert address(batch, "not-filed.csv") not in other.get(address(batch)).content.decode()
    assert "whoever uploaded" in other.get(address(batch, "not-filed.csv"), follow=True).content.decode()
    assert AuditEntry.objects.filter(verb="filing_rest_taken").count() == 1


def test_what_is_thrown_away_is_shown_by_its_numbers_alone(
    browser: Client, officer: User, connection: Connection
) -> None:
    batch = uploaded(officer, connection, line(1), line(2))
    page = browser.post(address(batch, "throw-away/"), follow=True).content.decode()
    assert "Thrown away" in page
    assert "The rows were destroyed on" in page
    assert "Pia Person" not in page
    assert "Thrown away" in browser.get(NEW).content.decode()
    assert "moved on" in browser.post(address(batch, "throw-away/"), follow=True).content.decode()
    assert browser.post(address(batch, "file/")).status_code == 409


def test_the_template_opens_in_a_spreadsheet(browser: Client) -> None:
    answer = browser.get(f"{NEW}template.csv")
    assert answer.content.startswith(b'\xef\xbb\xbf"type","name","emails"')
    assert answer.content == filing_many.template()


def test_why_it_stopped_is_said(browser: Client, officer: User, connection: Connection) -> None:
    batch = begun(officer, connection, line(1))
    Connection.objects.update(is_active=False)
    work()
    assert "not in use any more" in browser.get(address(batch)).content.decode()
    assert "not in use" in browser.post(address(batch, "go-on/"), follow=True).content.decode()
    Errand.objects.update(status="failed", problem="storage_full")
    FilingBatch.objects.update(stage="filing")
    page = browser.get(address(batch)).content.decode()
    assert "The worker gave up. The disk is full." in page
    assert "Throw away what isn't filed" in html.unescape(page)
    assert "The rows were destroyed on" in browser.post(address(batch, "throw-away/"), follow=True).content.decode()
