"""How many deletions a person approves in a day. The race needs PostgreSQL: SQLite has one writer at a time."""

from __future__ import annotations

import datetime as dt
import threading
from contextlib import suppress

import pytest
import time_machine
from django.db import connection as database
from django.db import connections

from dsr.exceptions import NotReady
from dsr.models import Approval, Case, Connection, User
from dsr.permissions import Role
from dsr.services import approval, daily_limit, holds
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, make_connection, make_user, prepared, set_levels
from tests.path.driving import draw_nothing
from tests.races.together import GIVE_UP_AFTER, PATIENCE

BERLIN = dt.timezone(dt.timedelta(hours=1))  # in winter
NOON = dt.datetime(2026, 11, 25, 12, 0, tzinfo=BERLIN)
LATE = dt.datetime(2026, 11, 25, 23, 59, tzinfo=BERLIN)
MIDNIGHT = dt.datetime(2026, 11, 26, 0, 1, tzinfo=BERLIN)


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)


def cases(officer: User, connection: Connection, count: int) -> list[Case]:
    return [prepared(file_case(officer, connection), officer) for _ in range(count)]


@pytest.mark.django_db
def test_after_so_many_a_person_is_told_when_to_go_on(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    set_levels(approvals_per_day=2, cooling_off_minutes=60)
    with time_machine.travel(NOON):
        first, second, third = cases(officer, connection, 3)
        approve(first, approver)
        approve(second, approver)
        with pytest.raises(NotReady, match=r"2 deletions today.*tomorrow, 26 November 2026"):
            approve(third, approver)
        third.refresh_from_db()
        assert third.state == "awaiting_approval"
        assert not third.jobs.filter(kind="erase").exists()
    with time_machine.travel(LATE), pytest.raises(NotReady):
        approve(third, approver)
    with time_machine.travel(LATE):
        approve(third, make_user("cleo@example.com", "Cleo Approver", Role.APPROVER))
    assert third.state == "erasing"


@pytest.mark.django_db
def test_the_day_is_the_controllers(sandbox: Sandbox, connection: Connection, officer: User, approver: User) -> None:
    """One minute after midnight in Berlin it is still the day before in UTC."""
    set_levels(approvals_per_day=1, cooling_off_minutes=60)
    with time_machine.travel(LATE):
        first, second, third = cases(officer, connection, 3)
        approve(first, approver)
    with time_machine.travel(MIDNIGHT):
        approve(second, approver)
    with time_machine.travel(MIDNIGHT + dt.timedelta(hours=10)), pytest.raises(NotReady):
        approve(third, approver)
    assert Approval.objects.count() == 2


@pytest.mark.django_db
def test_what_was_voided_counts_too(sandbox: Sandbox, connection: Connection, officer: User, approver: User) -> None:
    set_levels(approvals_per_day=1, cooling_off_minutes=60)
    with time_machine.travel(NOON):
        first, second = cases(officer, connection, 2)
        approve(first, approver)
        Approval.objects.update(voided_at=NOON)
        with pytest.raises(NotReady):
            approve(second, approver)


@pytest.mark.skipif("database.vendor != 'postgresql'")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("is_locked", "passed"), [(False, 2), (True, 1)])
def test_two_approvals_at_once_do_not_both_pass(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, is_locked: bool, passed: int
) -> None:
    """Both wait for each other after the count: without the lock they meet there, with it the second waits before."""
    officer = make_user("anna@example.com", "Anna Officer", Role.PRIVACY_OFFICER)
    approver = make_user("bea@example.com", "Bea Approver", Role.APPROVER)
    set_levels(approvals_per_day=1, cooling_off_minutes=60)
    both = cases(officer, make_connection(sandbox), 2)
    meeting = threading.Barrier(2)
    count = daily_limit.raise_if_reached

    def counted_together(person: User) -> None:
        count(person)
        with suppress(threading.BrokenBarrierError):
            meeting.wait(timeout=GIVE_UP_AFTER if is_locked else PATIENCE)

    monkeypatch.setattr(daily_limit, "raise_if_reached", counted_together)
    # Asking for legal holds takes turns too, which would order the two as well.
    monkeypatch.setattr(holds, "_take_turn", lambda: None)
    if not is_locked:
        monkeypatch.setattr(approval, "_locked_person", lambda person: person)

    def one(case: Case) -> None:
        try:
            with suppress(NotReady):
                approve(case, approver)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(case,)) for case in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=2 * PATIENCE)

    assert Approval.objects.count() == passed
    assert database.vendor == "postgresql"
