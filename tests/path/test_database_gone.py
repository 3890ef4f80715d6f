"""The database goes away in the middle of a job, at any write or commit; later the job ends as if it hadn't."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, close_old_connections, connections
from django.db import connection as database
from django.utils import timezone

from dsr import audit, storage
from dsr.jobs import tasks
from dsr.models import AuditEntry, Case, Connection, Job, PlanLine, User
from dsr.services import preparation
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, prepared, reviewed, save_review, work
from tests.path.driving import after_a_kill, certificates, draw_nothing, effective_deletes, furnish
from tests.path.test_kills import ORDER
from tests.rewinding import without_slots

pytestmark = [pytest.mark.usefixtures("shared_database")]
WRITES = ("INSERT", "UPDATE", "DELETE")


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)


class Outage:
    """Counts the instants of a run, and takes the database away at one of them."""

    def __init__(self, at: int | None = None) -> None:
        self.instants = 0
        self.struck = False
        self._at = at
        self._other: sqlite3.Connection | None = None

    def is_now(self) -> bool:
        self.instants += 1
        self.struck = self.struck or self.instants == self._at
        return self.instants == self._at

    def begin(self) -> None:
        """PostgreSQL ends our connection; on SQLite another process holds the whole database."""
        if database.vendor == "sqlite":
            self._other = sqlite3.connect(database.settings_dict["NAME"], isolation_level=None)
            self._other.execute("BEGIN EXCLUSIVE")
            return
        row = database.settings_dict
        with psycopg.connect(
            host=row["HOST"], port=row["PORT"] or 5432, user=row["USER"], password=row["PASSWORD"], dbname=row["NAME"]
        ) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [database.connection.info.backend_pid])

    def end(self) -> None:
        if self._other:
            self._other.close()
        close_old_connections()  # as django-q does ahead of each task


@contextmanager
def before_each_write(outage: Outage) -> Iterator[None]:
    """On SQLite a transaction can't be locked out once it has begun: there, ahead of each one."""

    def watched(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        is_write = sql.startswith(WRITES)
        if database.vendor == "sqlite":
            is_write = sql.startswith("BEGIN") or (is_write and not database.in_atomic_block)
        if is_write and outage.is_now():
            outage.begin()
        return execute(sql, params, many, context)

    with database.execute_wrapper(watched):
        yield


@contextmanager
def before_each_commit(outage: Outage) -> Iterator[None]:
    """It is lost with its transaction."""

    def go_away(commit: Callable[[], None]) -> None:
        if outage.is_now():
            outage.begin()
        commit()

    with _commits(go_away):
        yield


@contextmanager
def after_each_commit(outage: Outage) -> Iterator[None]:
    """It is committed, and we never hear of it."""

    def lose_the_answer(commit: Callable[[], None]) -> None:
        commit()
        if outage.is_now():
            outage.begin()
            raise OperationalError("server closed the connection unexpectedly")

    with _commits(lose_the_answer):
        yield


@contextmanager
def _commits(instead: Callable[[Callable[[], None]], Any]) -> Iterator[None]:
    commit: Callable[[], None] = database._commit  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_commit", lambda: instead(commit))
        yield


WHERE = [before_each_write, before_each_commit, after_each_commit]
Where = Callable[[Outage], Any]


@pytest.fixture(params=WHERE, ids=[where.__name__ for where in WHERE])
def where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Where:
    if database.vendor == "sqlite":
        if request.param is not before_each_write:
            pytest.skip("SQLite has no connection to lose; whoever has begun to write can't be locked out")
        # The product waits for 30 seconds before it gives up.
        monkeypatch.setitem(connections.settings["default"]["OPTIONS"], "timeout", 0.05)
        database.close()
    chosen: Where = request.param
    return chosen


def run_with(where: Where, outage: Outage, case: Case) -> None:
    """Run the case's job as the queue does, with the outage; then the database is back, and a worker comes by."""
    job = case.jobs.get(status="due")
    without_slots()
    with where(outage):
        tasks.run_job(job.pk)
    outage.end()
    after_a_kill()
    Job.objects.filter(status="due").update(next_at=timezone.now())
    work()
    case.refresh_from_db()


def each_instant(where: Where, fresh_case: Callable[[], Case], check: Callable[[Case], None]) -> None:
    """Undisturbed runs, which count the instants, and then one run for each of them."""
    counted = []
    for _ in range(3):
        counter = Outage()
        case = fresh_case()
        run_with(where, counter, case)
        check(case)
        counted.append(counter.instants)
    # The first one writes more: it makes the key of all certificates. A slow machine lets a leased slot pass, and
    # then takes another one.
    instants = min(counted)
    assert instants > 1
    for instant in range(1, instants + 1):
        outage = Outage(instant)
        case = fresh_case()
        run_with(where, outage, case)
        assert outage.struck, instant
        check(case)
    assert audit.verify() is None


def entries(case: Case, verb: str) -> list[dict[str, Any]]:
    found = AuditEntry.objects.filter(case=case.reference, verb=verb).order_by("sequence")
    return list(found.values_list("facts", flat=True))


def every_document_is_whole(case: Case) -> None:
    assert all(storage.is_intact(document) for document in case.documents.all())
    assert not list(storage.root().rglob("*.part"))


def test_while_erasing(sandbox: Sandbox, connection: Connection, officer: User, approver: User, where: Where) -> None:
    def approved() -> Case:
        furnish(sandbox)
        case = prepared(file_case(officer, connection), officer)
        approve(case, approver)
        return case

    def check(case: Case) -> None:
        assert (case.state, case.outcome) == ("completed", "erased")
        assert certificates(case) == 1
        every_document_is_whole(case)
        assert effective_deletes(sandbox) == ORDER
        assert all(line.is_finished for line in PlanLine.objects.filter(plan__case=case))
        assert [(row["integration"], row["object"], row["id"]) for row in entries(case, "step_done")] == ORDER
        assert len(entries(case, "certify")) == 1

    each_instant(where, approved, check)


def test_while_preparing(sandbox: Sandbox, connection: Connection, officer: User, where: Where) -> None:
    def requested() -> Case:
        case = reviewed(file_case(officer, connection), officer)
        save_review(case, officer)
        preparation.request(case=case, actor=officer)
        return case

    def check(case: Case) -> None:
        assert case.state == "awaiting_approval"
        assert sorted(case.documents.values_list("kind", flat=True)) == ["evidence", "export"]
        every_document_is_whole(case)
        assert len(entries(case, "finish_preparing")) == len(entries(case, "export_finished")) == 1
        assert sandbox.deletes() == []

    each_instant(where, requested, check)
