"""Merges against each other, against a search that runs, and against the end of the request they lead to."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import DatabaseError
from django.db import connection as database

from dsr.connectors.segmetrics import Account
from dsr.exceptions import WrongState
from dsr.jobs import runner
from dsr.models import Case, Connection, Job, User
from dsr.services import closing, matching, merging
from tests.builders import file_case, work
from tests.races.test_people import meet_at, stopped_by_sqlite
from tests.races.together import PATIENCE, Meeting, at_once


@pytest.fixture
def pair(officer: User, connection: Connection) -> tuple[Case, Case]:
    return file_case(officer, connection), file_case(officer, connection, emails=["l.dare@example.com"])


def merge(case: Case, into: Case, actor: User) -> None:
    merging.merge(
        case=Case.objects.get(pk=case.pk), into=Case.objects.get(pk=into.pk), actor=actor, reason="wrote twice"
    )


def live_jobs(case: Case) -> int:
    return Job.objects.filter(case=case, status__in=["due", "running"]).count()


def test_each_into_the_other(
    pair: tuple[Case, Case],
    officer: User,
    second_officer: User,
    row_locks: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = pair
    meet_at(Meeting(guarded=row_locks), monkeypatch, merging, "_both_locked")

    raised = at_once(lambda: merge(first, second, officer), lambda: merge(second, first, second_officer))

    failed = [error for error in raised if error]
    states = sorted(Case.objects.values_list("state", flat=True))
    if not failed and not row_locks and database.vendor != "sqlite":
        assert states == ["merged", "merged"], "off, where one is through before the other writes: nobody would answer"
        return
    assert len(failed) == 1, "never both: they would end in each other, and nobody would answer"
    assert isinstance(failed[0], WrongState if row_locks else DatabaseError), "an answer, or an error page"
    assert states == ["merged", "received"]
    assert [live_jobs(case) for case in Case.objects.order_by("state")] == [0, 1]


def test_into_one_that_is_withdrawn(
    pair: tuple[Case, Case],
    officer: User,
    second_officer: User,
    row_locks: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case, into = pair
    meeting = Meeting(guarded=row_locks)
    meet_at(meeting, monkeypatch, merging, "_both_locked")
    meet_at(meeting, monkeypatch, closing, "locked")

    raised = at_once(
        lambda: merge(case, into, officer),
        lambda: closing.withdraw(case=Case.objects.get(pk=into.pk), actor=second_officer, reason="by phone"),
    )

    for row in pair:
        row.refresh_from_db()
    if not row_locks:
        if database.vendor == "sqlite":
            assert stopped_by_sqlite(raised)
        else:
            assert (case.state, into.state, live_jobs(into)) == ("merged", "withdrawn", 1), "a search for nobody"
        return
    assert raised[1] is None
    assert raised[0] is None or isinstance(raised[0], WrongState)
    assert (into.state, live_jobs(into)) == ("withdrawn", 0)
    assert case.state == ("received" if raised[0] else "merged"), "into an open one, or not at all"


def test_while_the_search_of_the_other_has_read_what_to_look_for(
    pair: tuple[Case, Case], officer: User, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard: a merge takes that search off and asks for another."""
    case, into = pair
    job = into.jobs.get()
    reading, merged = threading.Event(), threading.Event()
    look_up = Account.look_up

    def wait_then_look_up(self: Account, *what: Any) -> Any:
        reading.set()
        assert merged.wait(timeout=PATIENCE)
        return look_up(self, *what)

    def merge_meanwhile() -> None:
        assert reading.wait(timeout=PATIENCE)
        merge(case, into, officer)
        merged.set()

    monkeypatch.setattr(Account, "look_up", wait_then_look_up)
    if not guarded:
        monkeypatch.setattr(matching, "begin_search", lambda _case, **_of: None)

    assert at_once(lambda: runner.run(job.pk), merge_meanwhile) == [None, None]
    work()

    into.refresh_from_db()
    assert into.state == "matching"
    assert into.lookups.filter(identifier__in=into.identifiers.all()).count() == (2 if guarded else 1)
    asked = {row.identifier.value for row in into.lookups.select_related("identifier__case") if row.identifier}
    assert ("linda.dare@example.com" in asked) == guarded, "off: nobody ever looked for it"
