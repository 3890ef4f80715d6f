"""The worked examples of docs/deadlines.md, each filed, asked, answered and extended as the table says."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import time_machine

from dsr.models import Connection, User
from dsr.services import extension, holidays, identity
from tests.builders import file_case

PAGE = Path(__file__).resolve().parents[2] / "docs" / "deadlines.md"
pytestmark = pytest.mark.django_db


def day(text: str) -> dt.date:
    return dt.datetime.strptime(text.strip(), "%d %b %Y").date()  # noqa: DTZ007  (a date has no zone)


def noon(of: dt.date) -> time_machine.travel:
    return time_machine.travel(f"{of}T12:00:00+01:00", tick=False)


def examples() -> list[tuple[str, ...]]:
    lines = PAGE.read_text().split("## Worked examples")[1].split("\n## ")[0].splitlines()
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines if line.startswith("|")]
    return rows[2:]


@pytest.mark.parametrize(("received", "stopped", "extended", "added", "due", "why"), examples())
def test_worked_example(
    received: str,
    stopped: str,
    extended: str,
    added: str,
    due: str,
    why: str,
    connection: Connection,
    officer: User,
    administrator: User,
) -> None:
    with noon(day(received)):
        case = file_case(officer, connection, received_on=day(received))
        if added:
            holidays.add(actor=administrator, day=day(added), name="The city's day", every_year=False)
    acts = [(day(extended), "extend")] if extended else []
    for pause in filter(None, stopped.split(",")):
        asked, answered = pause.split("–")
        acts += [(day(asked), "ask"), (day(answered), "answer")]
    for when, what in sorted(acts, key=lambda act: act[0]):
        with noon(when):
            if what == "ask":
                identity.ask(case=case, actor=officer)
            elif what == "answer":
                identity.note_answer(case=case, actor=officer, answered_on=when)
            else:
                extension.extend(case=case, actor=officer, reason="many requests at once")

    case.refresh_from_db()
    assert case.due_on == day(due), why


def test_the_table_is_there() -> None:
    assert len(examples()) >= 30
    assert all(why for *_, why in examples())
