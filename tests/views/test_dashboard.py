"""The dashboard: each number is a link into exactly the requests that it counts."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from dsr.models import Case, Connection, ReturnWatch, User
from dsr.permissions import Role
from dsr.selectors.cases import OFFICERS_TURN, counts_for
from dsr.selectors.weeks import last_weeks
from dsr.services import assignment, preferences
from tests.builders import file_case, make_user
from tests.many import make_many
from tests.views.conftest import SignIn


@pytest.fixture
def busy(connection: Connection, officer: User, second_officer: User) -> None:
    make_many(120, connection=connection, filed_by=second_officer, officers=(officer, None, second_officer))


def listed(page: str) -> int:
    found = re.search(r"(\d+) entr", page)
    return int(found[1]) if found else 0


@pytest.mark.parametrize(
    ("who", "labels"),
    [
        ("officer", {"Mine", "Unassigned", "Needs a person", "Overdue", "Due within a week", "Open in all"}),
        ("officer", {"Waiting for the data subject", "No answer for 30 days"}),
        ("approver", {"Waiting for my approval", "Unassigned", "Overdue", "Due within a week", "Open in all"}),
        ("auditor", {"Unassigned", "Needs a person", "Overdue", "Due within a week", "Open in all"}),
        ("both", {"Mine", "Waiting for my approval"}),
    ],
)
def test_each_number_is_that_of_the_list_it_leads_to(
    who: str, labels: set[str], busy: None, officer: User, approver: User, auditor: User, sign_in: SignIn
) -> None:
    both = make_user("both@example.com", "Both Roles", Role.PRIVACY_OFFICER, Role.APPROVER)
    assignment.assign(case=Case.objects.filter(state="review")[0], actor=officer, to=both)
    browser = sign_in({"officer": officer, "approver": approver, "auditor": auditor, "both": both}[who])
    tiles = [tile for row in browser.get("/").context["tile_rows"] for tile in row]

    assert labels <= {label for label, *_rest in tiles}
    for label, number, address, _tone in tiles:
        assert number, f"{label} should count something here"
        page = browser.get(address)
        assert page.status_code == 200, "the address itself leads there, whatever was chosen before"
        assert listed(page.content.decode()) == number, label


def test_what_this_person_worked_on_does_not_wait_for_their_approval(
    busy: None, second_officer: User, sign_in: SignIn
) -> None:
    approver_too = make_user("filer@example.com", "Filer", Role.APPROVER)
    one = Case.objects.filter(state="awaiting_approval")[0]
    before = tile(sign_in(approver_too).get("/").context, "Waiting for my approval")
    one.actors.create(user=approver_too, act="decided", at=timezone.now())

    assert tile(sign_in(approver_too).get("/").context, "Waiting for my approval") == before - 1


def test_where_closing_is_never_proposed_there_is_no_number_for_it(
    busy: None, officer: User, sign_in: SignIn, settings: Settings
) -> None:
    before = sign_in(officer).get("/").context
    both = tile(before, "Waiting for the data subject") + tile(before, "No answer for 30 days")
    settings.ENV = dataclasses.replace(settings.ENV, silence_days=0)
    browser = sign_in(officer)
    page = browser.get("/")

    assert tile(page.context, "Waiting for the data subject") == both
    assert "No answer" not in page.content.decode()
    listing = browser.get("/admin/dsr/case/?state=silent").content.decode()
    assert listed(listing) == 0
    assert "No answer for" not in listing


def test_what_waits_for_the_data_subject_does_not_wait_for_the_officer(
    busy: None, officer: User, sign_in: SignIn
) -> None:
    browser = sign_in(officer)
    menu = next(item for item in browser.get("/").context["menu"] if item.label == "Waiting for me")
    turn = Case.objects.filter(state__in=OFFICERS_TURN).count()

    assert menu.count == turn - tile(browser.get("/").context, "Waiting for the data subject")
    assert listed(browser.get("/admin/dsr/case/?state=waiting").content.decode()) == menu.count


def tile(context: Any, label: str) -> int:
    found: int = next(number for row in context["tile_rows"] for name, number, *_rest in row if name == label)
    return found


def test_the_weeks_are_counted_by_arrival_and_by_answer(connection: Connection, officer: User) -> None:
    def case(number: int, received: str, closed: str = "", state: str = "completed") -> None:
        Case.objects.create(
            reference=f"DSR-1999-{number:06d}",
            kind="access",
            state=state if closed else "review",
            channel="email",
            connection=connection,
            received_on=received,
            due_on="2026-12-31",
            subject_name_sealed=b"",
            filed_by=officer,
            filed_at=timezone.now(),
            closed_at=timezone.make_aware(dt.datetime.fromisoformat(closed)) if closed else None,
        )

    with time_machine.travel("2026-11-26T12:00:00Z"):
        case(1, "2026-11-23")  # the Monday of this week
        case(2, "2026-11-22", "2026-11-26T09:00")  # last week's Sunday, answered after four days
        case(3, "2026-08-01", "2026-09-07T00:30", state="refused")  # answered on the first Monday that counts
        case(4, "2026-08-01", "2026-09-06T23:30")  # a day too early
        case(5, "2026-11-23", "2026-11-24T09:00", state="withdrawn")  # no answer

        found = last_weeks(timezone.localdate())

    assert [(week.label, week.received, week.answered) for week in found.weeks if week.received or week.answered] == [
        ("7 Sep", 0, 1),
        ("16 Nov", 1, 0),
        ("23 Nov", 2, 1),
    ]
    assert {row.code: row.count for row in found.within if row.count} == {"0-7": 1, "31-60": 1}


def test_the_charts_stand_there_with_their_numbers_in_words(busy: None, officer: User, sign_in: SignIn) -> None:
    page = sign_in(officer).get("/").content.decode()

    assert "<title>Received and answered by week</title>" in page
    assert "<title>Days to the answer</title>" in page
    assert page.count("As a table") == 2
    assert "style=" not in page


def test_empty_it_says_what_will_stand_there(
    officer: User, auditor: User, connection: Connection, sign_in: SignIn
) -> None:
    assert "No request yet" in sign_in(officer).get("/").content.decode()
    nothing_yet = sign_in(auditor).get("/").content.decode()
    assert "No request in the last twelve weeks" in nothing_yet
    assert "As a table" not in nothing_yet


def test_while_somebody_is_away_their_requests_are_the_substitute_s_as_well(
    officer: User, second_officer: User, connection: Connection, sign_in: SignIn
) -> None:
    case = file_case(officer, connection, assigned_to=officer)
    browser = sign_in(second_officer)
    mine = "/admin/dsr/case/?officer=me"
    assert case.reference not in browser.get(mine).content.decode()
    today = timezone.localdate()
    preferences.save(user=officer, mails="never", away_from=today, away_until=today, substitute=second_officer)

    assert case.reference in browser.get(mine).content.decode()
    assert counts_for(second_officer, frozenset({"Privacy officer"})).mine == 1
    assert counts_for(officer, frozenset({"Privacy officer"})).mine == 1
    with time_machine.travel(timezone.now() + dt.timedelta(days=1)):
        assert counts_for(second_officer, frozenset({"Privacy officer"})).mine == 0


def test_a_watch_for_returns_that_broke_off_is_told_to_who_can_mend_it(
    connection: Connection, officer: User, administrator: User, auditor: User, sign_in: SignIn
) -> None:
    ReturnWatch.objects.create(connection=connection, problem="key_refused")
    words = "Acme Webshop: The last look for people who were erased broke off: SegMetrics refuses the API key."
    for person, sees in ((officer, True), (administrator, True), (auditor, False)):
        assert (words in sign_in(person).get("/").content.decode()) is sees
    Connection.objects.update(is_active=False)
    assert words not in sign_in(officer).get("/").content.decode()
