"""Extending the time limit: Art. 12(3), second and third sentence."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from dsr.exceptions import InvalidInput, NotReady, WrongState
from dsr.models import AuditEntry, Case, Connection, Reason, User
from dsr.services import closing, extension
from tests.builders import file_case, work

pytestmark = pytest.mark.django_db
RECEIVED = dt.date(2026, 11, 3)


def at(day: str) -> time_machine.travel:
    return time_machine.travel(f"{day}T12:00:00+01:00", tick=False)


@pytest.fixture
def case(officer: User, connection: Connection) -> Case:
    with at("2026-11-04"):
        return file_case(officer, connection, received_on=RECEIVED)


def test_two_further_months_count_from_the_original_start(case: Case, officer: User) -> None:
    with at("2026-11-20"):
        extension.extend(case=case, actor=officer, reason="forty requests at once")
    assert case.extended
    assert case.due_on == dt.date(2027, 2, 3), "not two months from the day of the extension"
    assert "Three months" in case.deadline.explanation
    assert extension.tell_by(case) == dt.date(2026, 12, 3)
    entry = AuditEntry.objects.get(case=case.reference, verb=extension.EXTENDED)
    assert entry.facts == {"due_on": "2027-02-03", "before": "2026-12-03"}
    assert Reason.objects.get(entry=entry).text == "forty requests at once"


def test_days_on_which_the_clock_stood_still_are_added(case: Case, officer: User) -> None:
    Case.objects.filter(pk=case.pk).update(paused_days=5)
    with at("2026-11-20"):
        extension.extend(case=case, actor=officer, reason="complex")
    assert case.due_on == dt.date(2027, 2, 8)


@pytest.mark.parametrize(("day", "passes"), [("2026-12-03", True), ("2026-12-04", False)])
def test_only_within_the_first_month(case: Case, officer: User, day: str, passes: bool) -> None:
    with at(day):
        assert extension.may_extend(case) == passes
        if passes:
            extension.extend(case=case, actor=officer, reason="complex")
        else:
            with pytest.raises(NotReady, match="first month is over"):
                extension.extend(case=case, actor=officer, reason="complex")
    case.refresh_from_db()
    assert case.extended == passes


def test_once_with_a_reason_and_while_the_case_is_open(case: Case, officer: User) -> None:
    with at("2026-11-20"):
        with pytest.raises(InvalidInput):
            extension.extend(case=case, actor=officer, reason=" ")
        extension.extend(case=case, actor=officer, reason="complex")
        with pytest.raises(WrongState, match="no second"):
            extension.extend(case=case, actor=officer, reason="still complex")
        assert case.due_on == dt.date(2027, 2, 3)
        work()
        case.refresh_from_db()
        closing.withdraw(case=case, actor=officer, reason="by phone")
        Case.objects.filter(pk=case.pk).update(extended=False)
        with pytest.raises(WrongState, match="closed"):
            extension.extend(case=case, actor=officer, reason="x")
