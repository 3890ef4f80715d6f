"""Each page in its reader's language, their time zone and their dates; the law's days are the same for everybody."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.translation import gettext as _

from dsr.dates import DateStyle
from dsr.languages import SCREENS
from dsr.models import AuditEntry, Case, Connection, Preferences, User
from dsr.services import calendars
from tests.builders import file_case, record_processing, work
from tests.marks import find_mark
from tests.tables import line, uploaded
from tests.views.conftest import SignIn
from tests.views.test_roles import OK, PAGES

pytestmark = pytest.mark.django_db

AUCKLAND, LOS_ANGELES = "Pacific/Auckland", "America/Los_Angeles"


def chooses(user: User, language: str = "", **chosen: str) -> User:
    Preferences.objects.update_or_create(user=user, defaults={"language": language, **chosen})
    return user


def said(words: str, language: str) -> str:
    with translation.override(language):
        return _(words)


def html_lang(page: Any) -> str:
    """What the page says it is in; nothing for a part of a page, or for what is none."""
    found = re.search(rb'<html lang="([^"]*)"', page.getvalue())
    return found[1].decode() if found else ""


def test_each_page_of_a_case_in_each_language(officer: User, pages: list[str], sign_in: SignIn) -> None:
    browser = sign_in(officer)
    for language in SCREENS:
        chooses(officer, language)
        for page in pages:
            answer = browser.get(page)
            assert (answer.status_code, answer["Content-Language"]) == (200, language), page
            assert html_lang(answer) in {language, ""}, page
        assert said("Requests", language) in browser.get("/").content.decode()


def test_every_other_page_in_each_language(
    officer: User, approver: User, auditor: User, administrator: User, connection: Connection, sign_in: SignIn
) -> None:
    record_processing(connection, administrator)
    known = {
        "case": file_case(officer, connection).reference,
        "connection": connection.pk,
        "batch": uploaded(officer, connection, line(1)).reference,
    }
    people = [officer, approver, auditor, administrator]
    browsers = [sign_in(person) for person in people]
    for language in SCREENS:
        for person in people:
            chooses(person, language, time_zone=AUCKLAND)
        for path, wanted in PAGES.items():
            who = next((at for at, status in enumerate(wanted) if status == OK), None)
            if who is None or path.startswith("/package/"):
                continue
            answer = browsers[who].get(path.format(**known), follow=True)  # the list goes back to its filters
            assert answer.status_code == OK, path
            assert html_lang(answer) in {language, ""}, path
            assert answer["Content-Language"] == language, path
        refused = browsers[people.index(approver)].get("/cases/new/")
        assert (refused.status_code, html_lang(refused)) == (403, language)


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("fr-CA", "fr"),
        ("it, es;q=0.4", "es"),
        ("en-US", "en-gb"),
        ("ja", "en-gb"),
        ("*", "en-gb"),
        ("", "en-gb"),
        ("../../etc/passwd;q=x", "en-gb"),
    ],
)
def test_before_the_sign_in_the_browser_says_which_language(asked: str, language: str) -> None:
    browser = Client(headers={"Accept-Language": asked})
    for page in ("/accounts/sign-in/", "/verify/", "/accounts/password/", "/nothing/here/"):
        answer = browser.get(page)
        assert html_lang(answer) == answer["Content-Language"] == language, page
        assert "Accept-Language" in answer["Vary"], page
    assert said("Sign in", language) in browser.get("/accounts/sign-in/").content.decode()


def test_whoever_chose_none_reads_as_the_browser_asks_and_a_choice_counts_more(officer: User) -> None:
    browser = Client(headers={"Accept-Language": "fr"})
    browser.force_login(officer)
    assert html_lang(browser.get("/")) == "fr"
    chooses(officer, "de")
    assert html_lang(browser.get("/")) == "de"
    chooses(officer, "")
    assert html_lang(browser.get("/")) == "fr"
    assert html_lang(Client().get("/accounts/sign-in/")) == "en-gb", "nobody's choice stays for the next one"


def test_it_is_chosen_on_the_page_of_preferences(officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    page = browser.get("/preferences/").content.decode()
    assert '<option value="Pacific/Auckland">Auckland</option>' in page
    assert "Europe/Berlin</option>" in page
    given = {"mails": "at_once", "language": "de", "time_zone": AUCKLAND, "dates": "iso"}
    answer = browser.post("/preferences/", given, follow=True)
    assert html_lang(answer) == "de"
    assert said("Saved.", "de") in answer.content.decode()
    row = Preferences.of(officer)
    assert (row.language, row.time_zone, row.dates) == ("de", AUCKLAND, "iso")
    for wrong in ({"language": "it"}, {"time_zone": "Mars/Olympus"}, {"dates": ""}):
        answer = browser.post("/preferences/", {**given, **wrong})
        assert answer.status_code == 422
        assert f'id="id_{next(iter(wrong))}_error"' in answer.content.decode()


def test_a_choice_costs_no_query(officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)

    def queries() -> list[str]:
        with CaptureQueriesContext(database) as captured:
            browser.get("/notifications/")
        return [row["sql"] for row in captured if "dsr_preferences" in row["sql"]]

    queries()
    without = queries()
    chooses(officer, "de", time_zone=AUCKLAND, dates=DateStyle.ISO)
    assert len(queries()) == len(without) == 1
    assert "dsr_user" in without[0], "it comes with the person"


@pytest.fixture
def apart(officer: User, second_officer: User) -> tuple[User, User]:
    return chooses(officer, time_zone=AUCKLAND), chooses(second_officer, time_zone=LOS_ANGELES)


def due_words(page: str) -> str:
    found = re.search(r'<div class="due">(.*?)</div>', page, re.DOTALL)
    assert found
    return re.sub(r"<[^>]+>|\s+", " ", found[1])


# Noon in Berlin on the day that it is due; in Auckland the next day has begun, in Los Angeles it is the night before.
@pytest.mark.parametrize(
    ("now", "words", "is_overdue"),
    [
        ("2026-12-03T12:00:00Z", "Due today", False),
        ("2026-12-03T22:59:00Z", "Due today", False),
        ("2026-12-03T23:01:00Z", "1 day overdue", True),
        ("2026-12-04T05:00:00Z", "1 day overdue", True),
    ],
)
def test_what_is_due_is_due_for_everybody_at_the_same_moment(
    apart: tuple[User, User], connection: Connection, sign_in: SignIn, now: str, words: str, is_overdue: bool
) -> None:
    with time_machine.travel("2026-11-03T12:00:00Z", tick=False):
        case = file_case(apart[0], connection, received_on=dt.date(2026, 11, 3))
    assert case.due_on == dt.date(2026, 12, 3)
    with time_machine.travel(now, tick=False):
        shown = []
        for person in apart:
            browser = sign_in(person)
            page = due_words(browser.get(f"/cases/{case.reference}/").content.decode())
            assert words in page
            assert "due Thursday 3 December 2026" in page
            overdue = browser.get("/admin/dsr/case/?due=overdue").content.decode()
            assert (case.reference in overdue) == is_overdue
            shown.append(page)
        assert shown[0] == shown[1]


@pytest.mark.parametrize(
    ("now", "today"), [("2026-11-03T12:00:00Z", "2026-11-03"), ("2026-11-03T23:30:00Z", "2026-11-04")]
)
def test_a_request_arrives_on_the_same_day_wherever_it_is_filed(
    apart: tuple[User, User], connection: Connection, sign_in: SignIn, now: str, today: str
) -> None:
    after = (dt.date.fromisoformat(today) + dt.timedelta(days=1)).isoformat()
    with time_machine.travel(now, tick=False):
        for person in apart:
            browser = sign_in(person)
            assert f'max="{today}"' in browser.get("/cases/new/").content.decode()
            given = {
                "connection": connection.pk, "kind": "erasure", "subject_name": "Linda Dare", "channel": "letter",
                "emails": f"{person.staff_reference.lower()}@example.com", "received_on": today, "language": "en",
            }  # fmt: skip
            assert browser.post("/cases/new/", given).status_code == 302
            given["emails"] = f"later-{given['emails']}"
            early = browser.post("/cases/new/", {**given, "received_on": after})
            assert (early.status_code, "lies in the future" in early.content.decode()) == (422, True)
    one, other = Case.objects.order_by("pk")
    assert one.received_on.isoformat() == other.received_on.isoformat() == today
    assert (one.due_on, one.reference[:8]) == (other.due_on, other.reference[:8])


def test_moments_are_told_in_each_one_s_zone_and_dates_as_they_want_them(
    apart: tuple[User, User], connection: Connection, sign_in: SignIn
) -> None:
    with time_machine.travel("2026-11-03T12:00:00Z", tick=False):
        case = file_case(apart[0], connection, received_on=dt.date(2026, 11, 3))
    with time_machine.travel("2026-11-09T12:00:00Z", tick=False):
        pages = [sign_in(person).get(f"/cases/{case.reference}/").content.decode() for person in apart]
        assert ("4 Nov, 01:00" in pages[0], "3 Nov, 04:00" in pages[1]) == (True, True)
        assert (f"Times in {AUCKLAND}." in pages[0], f"Times in {LOS_ANGELES}." in pages[1]) == (True, True)
        chooses(apart[0], dates=DateStyle.ISO)
        page = sign_in(apart[0]).get(f"/cases/{case.reference}/").content.decode()
        assert "2026-11-04 01:00" in page
        assert "One month from 2026-11-03 is 2026-12-03" in page
        assert not re.search(r"\d (November|December) 2026", page)


def test_a_letter_s_fields_say_in_which_language_they_are(
    officer: User, administrator: User, connection: Connection, sign_in: SignIn
) -> None:
    record_processing(connection, administrator, "fr")
    case = file_case(officer, connection, language="fr")
    chooses(officer, "de")
    browser = sign_in(officer)
    page = browser.get(f"/cases/{case.reference}/letters/new/acknowledgement/").content.decode()
    assert re.search(r'<textarea name="body"[^>]* lang="fr"', page)
    assert '<html lang="de"' in page
    chooses(administrator, "de")
    page = sign_in(administrator).get("/letters/refusal/es/").content.decode()
    assert re.search(r'<textarea name="body"[^>]* lang="es"', page)


def test_the_list_as_csv_has_their_words_and_the_days_of_machines(
    officer: User, connection: Connection, sign_in: SignIn
) -> None:
    case = file_case(officer, connection)
    chooses(officer, "fr", dates=DateStyle.LANGUAGE)
    answer = sign_in(officer).get("/admin/dsr/case/export.csv")
    heading, row = csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig")))
    assert heading[0] == said("Request", "fr")
    assert said("Received", "fr") in row
    assert case.due_on.isoformat() in row


def test_a_calendar_is_in_its_owner_s_language(officer: User, connection: Connection) -> None:
    file_case(officer, connection)
    token = calendars.make(actor=chooses(officer, "es", time_zone=AUCKLAND))
    text = Client(headers={"Accept-Language": "de"}).get(f"/calendar/{token}.ics").content.decode().replace("\r\n ", "")
    assert said("DSR Desk: due dates", "es") in text
    assert said("Received", "es") in text
    assert "DTSTART;VALUE=DATE:2" in text


def test_what_the_worker_does_is_told_to_each_reader_in_their_language(
    officer: User, second_officer: User, connection: Connection, sign_in: SignIn
) -> None:
    case = file_case(officer, connection)
    case.jobs.update(status="running", doing="reading", doing_with="1004")
    for person, language in ((officer, "de"), (second_officer, "fr")):
        page = sign_in(chooses(person, language)).get(f"/cases/{case.reference}/").content.decode()
        assert said("Reading contact %(id)s", language) % {"id": "1004"} in page
    case.jobs.update(status="due", doing="", doing_with="")
    work()


def test_what_is_done_by_a_german_browser_stands_in_the_log_as_from_any_other(
    officer: User, second_officer: User, connection: Connection, sign_in: SignIn
) -> None:
    trails = []
    for person, language in ((officer, "en-gb"), (second_officer, "de")):
        browser = sign_in(chooses(person, language, time_zone=AUCKLAND))
        case = file_case(person, connection, emails=[f"{language}@example.com"])
        work()
        here = f"/cases/{case.reference}/"
        for act, given in (
            ("identity/ask/", {}),
            ("identity/confirm/", {"method": "signed_letter", "answered_on": case.received_on.isoformat()}),
            ("language/", {"language": "fr"}),
            ("refuse/", {"ground": "excessive", "reason": "again and again"}),
        ):
            mark = find_mark(browser.get(here).content.decode(), f"{here}{act}")
            browser.post(f"{here}{act}", {**given, "seen": mark})
        trail = AuditEntry.objects.filter(case=case.reference).order_by("sequence")
        trails.append([(row.verb, {**row.facts, "contacts": []}) for row in trail])
    assert len(trails[0]) > 4
    assert trails[0] == trails[1]
