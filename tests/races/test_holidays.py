"""A request is filed while a holiday is added."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection as database

from dsr.deadline import Deadline
from dsr.models import Case, Connection, User
from dsr.services import holidays, intake
from tests.builders import file_case
from tests.races.together import Meeting, at_once


@pytest.mark.skipif(database.vendor != "postgresql", reason="SQLite has one writer, which is alone from its first read")
def test_no_request_keeps_a_due_date_on_the_new_holiday(
    guarded: bool, connection: Connection, officer: User, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting, deadline, count_anew = Meeting(guarded=guarded), intake.legal_deadline, holidays._count_anew
    if not guarded:
        monkeypatch.setattr(intake, "_hold_holidays", lambda: None)

    def read_and_wait(received_on: dt.date) -> Deadline:
        found = deadline(received_on)
        meeting.wait()
        return found

    def count_and_wait(*args: object, **kwargs: object) -> int:
        changed: int = count_anew(*args, **kwargs)  # type: ignore[arg-type]
        meeting.wait()
        return changed

    monkeypatch.setattr(intake, "legal_deadline", read_and_wait)
    monkeypatch.setattr(holidays, "_count_anew", count_and_wait)
    with time_machine.travel("2026-11-05T12:00:00+01:00"):
        raised = at_once(
            lambda: file_case(officer, connection, received_on=dt.date(2026, 11, 3)),
            lambda: holidays.add(actor=administrator, day=dt.date(2026, 12, 3), name="City day", every_year=False),
        )

    assert raised == [None, None]
    assert Case.objects.get().due_on == (dt.date(2026, 12, 4) if guarded else dt.date(2026, 12, 3))
