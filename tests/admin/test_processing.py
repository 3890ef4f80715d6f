"""What is told about the processing: the administrator writes it, by language; gaps are told."""

from __future__ import annotations

import pytest
from django.test import Client

from dsr.demo.records import RECORDS
from dsr.exceptions import InvalidInput, NotAllowed
from dsr.models import AuditEntry, Connection, ProcessingRecord, Recipient, User
from dsr.selectors.processing import digest_of
from dsr.services import processing
from tests.builders import processing_record
from tests.marks import seen_on
from tests.views.conftest import SignIn


@pytest.fixture
def browser(administrator: User, sign_in: SignIn) -> Client:
    return sign_in(administrator)


def at(connection: Connection, rest: str = "record/") -> str:
    return f"/admin/dsr/connection/{connection.pk}/{rest}"


def test_one_language_is_written_and_the_others_are_told_as_missing(browser: Client, connection: Connection) -> None:
    page = browser.get(at(connection)).content.decode()
    assert page.count("Not written") == 4

    answer = browser.post(at(connection, "record/de/"), RECORDS["de"], follow=True).content.decode()

    assert "can be answered in this language" in answer
    assert (answer.count("Complete"), answer.count("Not written")) == (1, 3)
    record = ProcessingRecord.objects.get()
    assert (record.language, record.updated_by.full_name) == ("de", "Max Admin")
    assert record.purposes.splitlines() == RECORDS["de"]["purposes"].splitlines()
    entry = AuditEntry.objects.get(verb="record_saved")
    assert entry.facts == {"connection": connection.pk, "language": "de", "digest": digest_of(record)}


def test_a_gap_is_kept_and_told(browser: Client, connection: Connection) -> None:
    told = RECORDS["fr"] | {"authority": " ", "security": ""}
    answer = browser.post(at(connection, "record/fr/"), told, follow=True).content.decode()

    assert "Still missing: Supervisory authority." in answer
    assert "Missing: Supervisory authority, Security measures." in answer
    assert "Has gaps" in answer
    assert "Missing:" in browser.get(at(connection, "record/fr/")).content.decode()


def test_a_change_is_a_new_digest(administrator: User, connection: Connection) -> None:
    before = digest_of(processing_record(connection, by=administrator))
    changed = processing.save_record(
        connection=connection, actor=administrator, language="en", told={"purposes": "Another one"}
    )
    assert digest_of(changed) != before
    assert changed.recipients == RECORDS["en"]["recipients"], "what wasn't told stays"


@pytest.mark.parametrize(
    "text", ["VIP", "VIP =", "= often", "VIP = often\nvip = seldom"], ids=["no sign", "no meaning", "no tag", "twice"]
)
def test_tags_without_a_meaning_are_refused_with_their_line(browser: Client, connection: Connection, text: str) -> None:
    answer = browser.post(at(connection, "record/en/"), RECORDS["en"] | {"tag_meanings": f"A = first\n{text}"})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert f"Line {1 + len(text.splitlines())} " in page
    assert "aria-invalid" in page
    assert not ProcessingRecord.objects.exists()


def test_nobody_else_writes_it(officer: User, approver: User, auditor: User, connection: Connection) -> None:
    for user in (officer, approver, auditor):
        with pytest.raises(NotAllowed):
            processing.save_record(connection=connection, actor=user, language="en", told=RECORDS["en"])
        with pytest.raises(NotAllowed):
            processing.save_recipient(
                recipient=Recipient(connection=connection, name="X", email="x@example.com"), actor=user
            )
    assert not ProcessingRecord.objects.exists()
    assert not Recipient.objects.exists()


def test_a_language_that_there_is_not_is_refused(administrator: User, connection: Connection) -> None:
    with pytest.raises(InvalidInput):
        processing.save_record(connection=connection, actor=administrator, language="xx", told=RECORDS["en"])


def test_a_recipient_is_added_changed_and_put_out_of_use(browser: Client, connection: Connection) -> None:
    form = {
        "name": "Postkutsche GmbH",
        "email": "",
        "address": "",
        "language": "de",
        "what": "e-mail",
        "is_active": "on",
    }
    refused = browser.post(at(connection, "recipients/add/"), form)
    assert refused.status_code == 422
    assert "told somewhere" in refused.content.decode()
    browser.post(at(connection, "recipients/add/"), form | {"email": "privacy@postkutsche.example.com"})
    row = connection.recipients.get()
    twice = browser.post(at(connection, "recipients/add/"), form | {"email": "other@example.com"})
    assert "stands in the list already" in twice.content.decode()

    del form["is_active"]
    here = at(connection, f"recipients/{row.pk}/")
    page = browser.post(here, form | {"address": "Deichstraße 8"} | seen_on(browser, here), follow=True)

    row.refresh_from_db()
    assert (row.is_active, row.email) == (False, "")
    assert "Not in use" in page.content.decode()
    assert list(AuditEntry.objects.order_by("sequence").values_list("verb", flat=True)) == [
        "recipient_added",
        "recipient_changed",
    ]


def test_a_recipient_of_another_connection_is_not_found_here(
    browser: Client, administrator: User, connection: Connection
) -> None:
    row = processing.save_recipient(
        recipient=Recipient(connection=connection, name="X", email="x@example.com"), actor=administrator
    )
    assert browser.get(f"/admin/dsr/connection/{connection.pk + 1}/recipients/{row.pk}/").status_code == 404


def test_the_connection_s_page_leads_there(browser: Client, connection: Connection) -> None:
    page = browser.get(at(connection, "change/")).content.decode()
    assert f'href="{at(connection)}"' in page
