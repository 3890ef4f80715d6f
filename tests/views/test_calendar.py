"""Due dates in a calendar program: one address for each person, which ends with the right to read."""

from __future__ import annotations

import re

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.cache import caches
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dsr.models import AuditEntry, CalendarFeed, Case, Connection, Safeguards, User
from dsr.services import calendars, identity, mfa_reset, users
from dsr.views import limits
from tests.builders import file_case, work
from tests.views.conftest import SignIn

pytestmark = pytest.mark.django_db


def read(token: str) -> str:
    answer = Client().get(f"/calendar/{token}.ics")
    assert answer.status_code == 200
    return answer.content.decode()


def is_dead(token: str) -> bool:
    answer = Client().get(f"/calendar/{token}.ics")
    return answer.status_code == 404 and not answer.content


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def test_open_cases_with_number_type_and_state_and_no_name(
    officer: User, connection: Connection, auditor: User
) -> None:
    with time_machine.travel("2026-11-05T12:00:00+01:00", tick=False):
        case = file_case(officer, connection)
        Case.objects.filter(pk=case.pk).update(due_on="2026-12-31")
        done = file_case(officer, connection)
        Case.objects.filter(pk=done.pk).update(state="withdrawn", closed_at="2026-11-05T12:00:00Z")
        text = read(calendars.make(actor=auditor))

    lines = unfolded(text)
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert lines.count("BEGIN:VEVENT") == 1
    for line in (
        f"UID:{case.reference}@localhost",
        "DTSTAMP:20261105T110000Z",
        "DTSTART;VALUE=DATE:20261231",
        "DTEND;VALUE=DATE:20270101",
        f"SUMMARY:{case.reference} · Erasure\\, Art. 17 · Received",
    ):
        assert line in lines
    assert not re.search("linda|dare|example|anna", text, re.IGNORECASE)


def test_a_clock_that_stands_still_is_told_and_long_lines_are_folded(officer: User, connection: Connection) -> None:
    case = file_case(officer, connection)
    work()
    case.refresh_from_db()
    identity.ask(case=case, actor=officer)

    text = read(calendars.make(actor=officer))

    assert any("Clock stopped since" in line and "waiting for the person" in line for line in unfolded(text))
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert "\n" not in text.replace("\r\n", "")


def test_the_same_uid_after_the_date_has_moved(officer: User, connection: Connection) -> None:
    case, token = file_case(officer, connection), calendars.make(actor=officer)
    before = [line for line in unfolded(read(token)) if line.startswith("UID:")]
    Case.objects.filter(pk=case.pk).update(due_on="2027-01-04")
    after = read(token)
    assert [line for line in unfolded(after) if line.startswith("UID:")] == before
    assert "DTSTART;VALUE=DATE:20270104" in after


def test_no_session_and_nothing_stored(officer: User) -> None:
    for token in (calendars.make(actor=officer), "wrong"):
        answer = Client().get(f"/calendar/{token}.ics")
        assert not answer.cookies
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "no-referrer"
        assert Client().post(f"/calendar/{token}.ics").status_code == 405


def test_the_address_is_shown_once_renewed_and_ended(officer: User, sign_in: SignIn, client: Client) -> None:
    browser = sign_in(officer)
    assert "Make an address" in browser.get("/calendar/").content.decode()

    def made() -> str:
        html = browser.post("/calendar/").content.decode()
        found = re.search(r"http://localhost:8000/calendar/([\w-]{43})\.ics", html)
        assert found
        return found[1]

    first = made()
    assert first not in browser.get("/calendar/").content.decode()
    assert "BEGIN:VCALENDAR" in read(first)
    second = made()
    assert is_dead(first)
    assert "BEGIN:VCALENDAR" in read(second)
    stored = str(list(CalendarFeed.objects.values())) + str(list(AuditEntry.objects.values()))
    assert first not in stored
    assert second not in stored

    ended = browser.post("/calendar/end/", follow=True).content.decode()
    assert "The address has ended" in ended
    assert is_dead(second)
    verbs = AuditEntry.objects.filter(verb__startswith="calendar").order_by("sequence").values_list("verb", flat=True)
    assert list(verbs) == ["calendar_made", "calendar_made", "calendar_ended"]


def test_it_ends_with_the_role_and_for_good_with_the_account(officer: User, administrator: User) -> None:
    token = calendars.make(actor=officer)
    groups = list(officer.groups.all())
    officer.groups.clear()
    assert is_dead(token)
    officer.groups.set(groups)
    assert "BEGIN:VCALENDAR" in read(token)

    User.objects.filter(pk=officer.pk).update(is_active=False)
    assert is_dead(token)
    User.objects.filter(pk=officer.pk).update(is_active=True)

    users.deactivate(actor=administrator, user=officer)
    User.objects.filter(pk=officer.pk).update(is_active=True)
    assert is_dead(token), "a closed account that is opened again has no address"


def test_it_needs_the_second_factor_that_the_role_needs(officer: User) -> None:
    token = calendars.make(actor=officer)
    Safeguards.objects.filter(pk=Safeguards.current().pk).update(mfa_roles=["Privacy officer"])
    assert is_dead(token)
    Authenticator.objects.create(user=officer, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert "BEGIN:VCALENDAR" in read(token)


def test_a_reset_of_the_second_factors_ends_it(officer: User) -> None:
    token = calendars.make(actor=officer)
    mfa_reset.reset(user=officer)
    assert is_dead(token)


def test_whoever_guesses_is_stopped(
    officer: User, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.LIMITS, "pages", 3)
    caches["process"].clear()
    token = calendars.make(actor=officer)
    answers = [Client().get(f"/calendar/{word}.ics").status_code for word in ("a", "b", "c", token)]
    assert answers == [404, 404, 404, 429]


def test_its_queries_do_not_grow_with_the_cases(officer: User, connection: Connection) -> None:
    token, counted = calendars.make(actor=officer), []
    for cases in (1, 6):
        while Case.objects.count() < cases:
            file_case(officer, connection)
        read(token)
        with CaptureQueriesContext(database) as queries:
            assert read(token).count("BEGIN:VEVENT") == cases
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 10
