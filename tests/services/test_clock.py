"""The clock of the time limit, from the question about the identity to the answer (EDPB 01/2022, section 5.3)."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from dsr.exceptions import InvalidInput, NotReady, WrongState
from dsr.models import AuditEntry, Case, Connection, Notification, User
from dsr.periods import Period
from dsr.selectors import cases
from dsr.selectors.due import due_of
from dsr.selectors.figures import figures_of
from dsr.selectors.timeline import story_of
from dsr.services import closing, extension, identity, reminding
from tests.builders import file_case, work

pytestmark = pytest.mark.django_db
RECEIVED = dt.date(2026, 11, 3)


def at(moment: str) -> time_machine.travel:
    return time_machine.travel(moment if "T" in moment else f"{moment}T12:00:00+01:00", tick=False)


@pytest.fixture
def case(officer: User, connection: Connection) -> Case:
    with at("2026-11-03"):
        case = file_case(officer, connection, received_on=RECEIVED)
        work()
    case.refresh_from_db()
    return case


@pytest.fixture
def paused(case: Case, officer: User) -> Case:
    with at("2026-11-05"):
        identity.ask(case=case, actor=officer)
    return case


def test_from_the_question_to_the_answer_it_stands_still(paused: Case, officer: User) -> None:
    assert (paused.paused_on, paused.due_on) == (dt.date(2026, 11, 5), dt.date(2026, 12, 3))
    with at("2026-11-20"):
        identity.confirm(case=paused, actor=officer, method="reply", answered_on=dt.date(2026, 11, 12))

    assert (paused.paused_on, paused.paused_days, paused.due_on) == (None, 7, dt.date(2026, 12, 10))
    assert "with 7 days on which the clock stood still, 10 December 2026" in paused.deadline.explanation
    entries = AuditEntry.objects.filter(case=paused.reference)
    assert entries.get(verb="identity_asked").facts == {"method": "", "clock": "stopped"}
    assert entries.get(verb="identity_confirmed").facts == {
        "method": "reply",
        "clock": "runs",
        "days": 7,
        "answered_on": "2026-11-12",
        "before": "2026-12-03",
        "due_on": "2026-12-10",
    }
    story = [event.what for event in story_of(paused)]
    assert "Proof of identity asked for; the clock stopped" in story
    assert any(words.endswith("; the clock runs again after 7 days, due 10 December 2026") for words in story)


def test_corrected_afterwards_nothing_is_added_twice(paused: Case, officer: User) -> None:
    with at("2026-11-12"):
        identity.confirm(case=paused, actor=officer, method="reply")
    with at("2026-11-19"):
        identity.confirm(case=paused, actor=officer, method="known_facts")
    assert (paused.paused_days, paused.due_on) == (7, dt.date(2026, 12, 10))


@pytest.mark.parametrize("day", ["2026-11-04", "2026-11-13"])
def test_no_answer_before_the_question_and_none_of_tomorrow(paused: Case, officer: User, day: str) -> None:
    with at("2026-11-12"), pytest.raises(InvalidInput) as refused:
        identity.confirm(case=paused, actor=officer, method="reply", answered_on=dt.date.fromisoformat(day))
    paused.refresh_from_db()
    assert refused.value.field == "answered_on"
    assert (paused.identity, paused.paused_on) == ("asked", dt.date(2026, 11, 5))


def test_asked_twice_it_stands_since_the_first_question(paused: Case, officer: User) -> None:
    with at("2026-11-09"):
        identity.ask(case=paused, actor=officer)
    assert paused.paused_on == dt.date(2026, 11, 5)


def test_without_a_question_there_is_no_answer_to_note(case: Case, officer: User) -> None:
    with at("2026-11-05"), pytest.raises(WrongState):
        identity.note_answer(case=case, actor=officer)


@pytest.mark.parametrize(
    ("moment", "day"),
    [("2026-11-05T22:59:00+00:00", "2026-11-05"), ("2026-11-05T23:01:00+00:00", "2026-11-06")],
)
def test_the_days_are_those_of_the_controllers_time_zone(case: Case, officer: User, moment: str, day: str) -> None:
    with at(moment):
        identity.ask(case=case, actor=officer)
    assert case.paused_on == dt.date.fromisoformat(day)
    with at("2026-11-10T23:01:00+00:00"):
        identity.confirm(case=case, actor=officer, method="reply")
    assert case.answered_on == dt.date(2026, 11, 11)


def test_a_time_limit_that_has_run_out_is_not_stopped_by_a_second_question(paused: Case, officer: User) -> None:
    with at("2026-11-06"):
        identity.note_answer(case=paused, actor=officer)
    Case.objects.filter(pk=paused.pk).update(answered_on=dt.date(2026, 12, 2))
    with at("2026-12-05"):
        identity.ask(case=paused, actor=officer)
    assert paused.paused_on is None


def test_while_it_stands_the_case_says_so_and_is_not_overdue(paused: Case) -> None:
    Case.objects.filter(pk=paused.pk).update(due_on=dt.date(2026, 12, 4))
    paused.refresh_from_db()
    for day in ("2026-11-30", "2026-12-20"):
        with at(day):
            due = due_of(paused)
            assert (due.words, due.tone) == ("Clock stopped since 5 November: waiting for the person", "still")
            assert not Case.objects.filter(cases.is_overdue()).exists()
            assert not Case.objects.filter(cases.is_due_soon()).exists()
            assert Case.objects.filter(cases.is_open()).count() == 1
            assert figures_of(Period(dt.date(2026, 11, 1), dt.date(2026, 12, 31))).overdue == 0
    with at("2027-01-02"):
        assert "since 5 November 2026" in due_of(paused).words


def test_nobody_is_reminded_of_it_meanwhile(paused: Case) -> None:
    for day in ("2026-12-01", "2026-12-20"):
        with at(day):
            reminding.remind()
    assert not Notification.objects.filter(case=paused, kind__in=["due_soon", "overdue"]).exists()


def test_before_it_stopped_a_case_was_overdue(case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(due_on=dt.date(2026, 11, 10), paused_on=dt.date(2026, 11, 15))
    for end, overdue in ((dt.date(2026, 11, 12), 1), (dt.date(2026, 11, 20), 0)):
        with at("2026-11-25"):
            assert figures_of(Period(dt.date(2026, 11, 1), end)).overdue == overdue


@pytest.mark.parametrize("ending", ["refused", "withdrawn"])
def test_a_case_that_is_closed_meanwhile_is_in_time(paused: Case, officer: User, ending: str) -> None:
    with at("2026-12-20"):
        if ending == "refused":
            closing.refuse(case=paused, actor=officer, ground="identity", reason="no answer in six weeks")
        else:
            closing.withdraw(case=paused, actor=officer, reason="by phone")
        assert (paused.paused_on, paused.paused_days) == (None, 45)
        assert paused.due_on == dt.date(2027, 1, 18), "3 December and 45 days is a Sunday"
        assert due_of(paused).words == "Closed in time"
    entry = AuditEntry.objects.filter(case=paused.reference, facts__to=ending).get()
    assert entry.facts["days"] == 45
    if ending == "refused":
        assert (paused.identity, entry.facts["ground"]) == ("refused", "identity")


@pytest.mark.parametrize(("day", "passes"), [("2026-12-10", True), ("2026-12-11", False)])
def test_the_first_month_stands_still_too(paused: Case, officer: User, day: str, passes: bool) -> None:
    with at("2026-11-12"):
        identity.confirm(case=paused, actor=officer, method="reply")
    with at(day):
        assert extension.may_extend(paused) == passes
        if passes:
            extension.extend(case=paused, actor=officer, reason="complex")
        else:
            with pytest.raises(NotReady, match="first month is over"):
                extension.extend(case=paused, actor=officer, reason="complex")
    assert paused.extended == passes


def test_it_is_extended_while_the_clock_stands_still(paused: Case, officer: User) -> None:
    with at("2026-12-20"):
        assert extension.tell_by(paused) >= dt.date(2026, 12, 20)
        extension.extend(case=paused, actor=officer, reason="complex")
        assert paused.due_on == dt.date(2027, 2, 3), "the pause is counted once it is over"
        identity.confirm(case=paused, actor=officer, method="reply")
    assert paused.due_on == dt.date(2027, 3, 22), "3 February and 45 days is a Saturday"
