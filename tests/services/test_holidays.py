"""Holidays that the organisation adds, and what becomes of open cases."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from dsr import audit
from dsr.exceptions import InvalidInput, NotAllowed, WrongState
from dsr.models import AuditEntry, Case, Connection, Holiday, User
from dsr.services import closing, holidays, identity
from tests.builders import file_case, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(db: None) -> object:
    with time_machine.travel("2026-11-05T12:00:00+01:00", tick=False):
        yield


def filed(officer: User, connection: Connection, day: int) -> Case:
    return file_case(officer, connection, received_on=dt.date(2026, 11, day))


def add(administrator: User, day: str = "2026-12-03", *, every_year: bool = False) -> int:
    return holidays.add(actor=administrator, day=dt.date.fromisoformat(day), name="City day", every_year=every_year)


def test_due_dates_of_open_cases_are_counted_anew_and_back(
    officer: User, administrator: User, connection: Connection
) -> None:
    closed, moved, other = (filed(officer, connection, day) for day in (3, 3, 4))
    work()
    closed.refresh_from_db()
    closing.withdraw(case=closed, actor=officer, reason="by phone")

    assert add(administrator) == 1

    for case in (closed, moved, other):
        case.refresh_from_db()
    assert (moved.due_on, other.due_on) == (dt.date(2026, 12, 4), dt.date(2026, 12, 4))
    assert "a holiday added by the organisation" in moved.deadline.explanation
    assert closed.due_on == dt.date(2026, 12, 3)
    holiday = Holiday.objects.get()
    entries = AuditEntry.objects.filter(verb=holidays.RECOUNTED)
    assert [(row.case, row.facts) for row in entries] == [
        (moved.reference, {"before": "2026-12-03", "due_on": "2026-12-04", "holiday": holiday.pk})
    ]
    assert AuditEntry.objects.get(verb="holiday_added").facts == {
        "holiday": holiday.pk,
        "day": "2026-12-03",
        "every_year": False,
        "cases": 1,
    }

    assert holidays.remove(actor=administrator, holiday=holiday) == 1
    moved.refresh_from_db()
    assert moved.due_on == dt.date(2026, 12, 3)
    assert "organisation" not in moved.deadline.explanation
    assert audit.verify() is None
    with pytest.raises(WrongState):
        holidays.remove(actor=administrator, holiday=holiday)


def test_pauses_and_extensions_are_counted_with_it(officer: User, administrator: User, connection: Connection) -> None:
    case = filed(officer, connection, 3)
    identity.ask(case=case, actor=officer)
    with time_machine.travel("2026-11-12T12:00:00+01:00", tick=False):
        identity.confirm(case=case, actor=officer, method="reply")
        assert case.due_on == dt.date(2026, 12, 10)
        assert add(administrator, "2026-12-10") == 1
    case.refresh_from_db()
    assert case.due_on == dt.date(2026, 12, 11)


def test_one_of_every_year_counts_in_each(officer: User, administrator: User, connection: Connection) -> None:
    add(administrator, "2019-12-03", every_year=True)
    assert filed(officer, connection, 3).due_on == dt.date(2026, 12, 4)


def test_all_or_nothing(
    officer: User, administrator: User, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = filed(officer, connection, 3)
    told = AuditEntry.objects.count()
    record = audit.record

    def full(**given: object) -> object:
        if given["verb"] == "holiday_added":
            raise OSError("the disk is full")
        return record(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(audit, "record", full)
    with pytest.raises(OSError, match="full"):
        add(administrator)
    case.refresh_from_db()
    assert case.due_on == dt.date(2026, 12, 3)
    assert (Holiday.objects.count(), AuditEntry.objects.count()) == (0, told)


@pytest.mark.parametrize(
    ("day", "name", "every_year", "field"),
    [
        ("2026-12-03", "  ", False, "name"),
        ("2026-12-03", "x" * 101, False, "name"),
        ("2026-12-05", "A Saturday", False, "day"),
        ("2026-12-25", "Christmas", False, "day"),
        ("1026-12-03", "A slip", True, "day"),
        ("2026-12-07", "There already", False, "day"),
        ("2026-12-07", "There already", True, "day"),
        ("2026-12-31", "There in every year", False, "day"),
    ],
)
def test_what_cannot_be_added(administrator: User, day: str, name: str, every_year: bool, field: str) -> None:
    add(administrator, "2026-12-07")
    add(administrator, "2025-12-31", every_year=True)
    with pytest.raises(InvalidInput) as refused:
        holidays.add(actor=administrator, day=dt.date.fromisoformat(day), name=name, every_year=every_year)
    assert refused.value.field == field
    assert Holiday.objects.count() == 2


def test_only_an_administrator(officer: User, administrator: User) -> None:
    with pytest.raises(NotAllowed):
        add(officer)
    add(administrator)
    with pytest.raises(NotAllowed):
        holidays.remove(actor=officer, holiday=Holiday.objects.get())


def test_the_name_does_not_stand_in_the_audit_log(administrator: User) -> None:
    add(administrator)
    assert "City day" not in str(list(AuditEntry.objects.values()))
