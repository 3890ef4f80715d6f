"""Who was asked who they are and doesn't answer: whose turn it is, when closing is proposed, and who is told of it."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import time_machine
from pytest_django import Settings

from dsr.models import Case, Connection, LetterKind, LetterStatus, NotificationKind, User
from dsr.permissions import Role
from dsr.selectors import cases, silence
from dsr.services import assignment, identity, letters, notifying, reminding
from tests.builders import file_case, record_processing, work
from tests.services.letter_cases import send
from tests.services.test_proofs import PASSPORT

pytestmark = pytest.mark.django_db
OFFICER = frozenset({Role.PRIVACY_OFFICER.value})
WAITS, SILENT, MINE = "waits for the person", "closing is proposed", "waits for the officer"


def at(day: str) -> time_machine.travel:
    return time_machine.travel(f"{day}T12:00:00+01:00", tick=False)


@pytest.fixture
def case(officer: User, connection: Connection) -> Case:
    """Searched, given to Anna, and with whom to ask in its letters."""
    record_processing(connection, officer)
    with at("2026-11-03"):
        case = file_case(officer, connection, received_on=dt.date(2026, 11, 3))
        assignment.assign(case=case, actor=officer, to=officer)
        work()
    case.refresh_from_db()
    return case


@pytest.fixture
def asked(case: Case, officer: User) -> Case:
    with at("2026-11-05"):
        identity.ask(case=case, actor=officer)
    return case


def places(case: Case, officer: User, day: str) -> list[str]:
    """In which of the lists it stands on this day."""
    with at(day):
        conditions = {
            WAITS: silence.waits_for_subject(),
            SILENT: silence.is_silent(),
            MINE: cases.awaits(officer, OFFICER),
        }
        return [name for name, wanted in conditions.items() if Case.objects.filter(wanted, pk=case.pk).exists()]


def test_it_is_the_persons_turn_for_thirty_days_and_the_officers_again_after_them(asked: Case, officer: User) -> None:
    assert places(asked, officer, "2026-11-05") == [WAITS]
    assert places(asked, officer, "2026-12-04") == [WAITS], "29 days later"
    assert places(asked, officer, "2026-12-05") == [SILENT, MINE]
    with at("2026-12-05"):
        assert silence.proposes_to_close(asked)
        assert not Case.objects.filter(cases.is_overdue()).exists(), "the clock stands still as before"


def test_before_the_question_and_after_the_answer_it_is_the_officers(asked: Case, officer: User) -> None:
    assert places(file_case(officer, asked.connection), officer, "2026-11-05") == []
    with at("2026-12-10"):
        identity.note_answer(case=asked, actor=officer)
        assert not silence.proposes_to_close(asked)
    assert places(asked, officer, "2026-12-10") == [MINE]


def test_a_proof_that_came_in_is_an_answer_that_somebody_has_to_look_at(asked: Case, officer: User) -> None:
    with at("2026-11-20"):
        identity.add_proof(case=asked, actor=officer, proof=PASSPORT)
    assert places(asked, officer, "2026-11-20") == [MINE]
    assert places(asked, officer, "2026-12-20") == [MINE]
    with at("2026-12-20"):
        identity.note_answer(case=asked, actor=officer)
        identity.ask(case=asked, actor=officer)
    assert places(asked, officer, "2027-01-18") == [WAITS], "that proof was from before the second question"
    assert places(asked, officer, "2027-01-19") == [SILENT, MINE]


def test_asked_too_late_the_clock_runs_so_it_stays_the_officers(case: Case, officer: User) -> None:
    with at("2026-11-20"):
        identity.ask(case=case, actor=officer)
    assert places(case, officer, "2026-11-25") == [MINE]
    assert places(case, officer, "2026-12-20") == [SILENT, MINE]


def test_after_a_reminder_by_letter_the_days_are_counted_anew(asked: Case, officer: User) -> None:
    with at("2026-12-06"):
        reminder = send(asked, officer, LetterKind.IDENTITY)
        work()
        assert not silence.proposes_to_close(asked)
        assert silence.asked_on(asked) == dt.date(2026, 12, 6)
    assert places(asked, officer, "2027-01-04") == [WAITS]
    assert places(asked, officer, "2027-01-05") == [SILENT, MINE]
    with at("2026-12-08"):
        letters.note_bounced(letter=reminder, actor=officer)
        assert silence.asked_on(asked) == dt.date(2026, 11, 5), "one that came back asked nobody"
    assert places(asked, officer, "2026-12-09") == [SILENT, MINE]


def test_another_letter_is_no_reminder(asked: Case, officer: User) -> None:
    with at("2026-12-06"):
        letter = send(asked, officer, LetterKind.ACKNOWLEDGEMENT)
        work()
        letter.refresh_from_db()
        assert letter.status == LetterStatus.SENT
        assert silence.proposes_to_close(asked)


@pytest.mark.parametrize(("days", "expected"), [(0, [WAITS]), (3, [SILENT, MINE])])
def test_the_days_are_a_setting(asked: Case, officer: User, settings: Settings, days: int, expected: list[str]) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, silence_days=days)
    assert places(asked, officer, "2026-11-08") == expected
    with at("2026-11-08"):
        assert silence.proposes_to_close(asked) is bool(days)
    if not days:
        assert places(asked, officer, "2028-11-08") == [WAITS]


def test_the_day_is_that_of_the_controllers_time_zone(case: Case, officer: User) -> None:
    with time_machine.travel("2026-11-05T23:30:00+00:00", tick=False):  # the sixth in Berlin
        identity.ask(case=case, actor=officer)
    assert places(case, officer, "2026-12-05") == [WAITS]
    assert places(case, officer, "2026-12-06") == [SILENT, MINE]


def told(user: User) -> int:
    return user.notifications.filter(kind=NotificationKind.SILENT).count()


def test_the_officer_is_told_once_of_each_silence(asked: Case, officer: User, second_officer: User) -> None:
    for day in ("2026-12-04", "2026-12-05", "2026-12-06", "2026-12-30"):
        with at(day):
            reminding.remind()
            notifying.mark_read(user=officer)
        assert told(officer) == (0 if day == "2026-12-04" else 1)
    for day in ("2027-04-30", "2028-04-30"):
        with at(day):  # what was read long ago is removed, but not while it would only be said again
            notifying.forget_old()
            reminding.remind()
        assert told(officer) == 1
    assert told(second_officer) == 0, "it is given to Anna"
    with at("2028-05-02"):
        identity.note_answer(case=asked, actor=officer)
        notifying.forget_old()
    assert told(officer) == 0


def test_after_a_reminder_they_are_told_once_more(asked: Case, officer: User) -> None:
    with at("2026-12-05"):
        reminding.remind()
    with at("2026-12-06"):
        send(asked, officer, LetterKind.IDENTITY)
        work()
    for day in ("2027-01-04", "2027-01-05", "2027-01-06"):
        with at(day):
            reminding.remind()
    assert told(officer) == 2
