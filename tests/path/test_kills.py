"""The worker is killed at any instant, comes back when its lease is over, and everything ends as if it had not been."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction

from dsr import audit
from dsr.exports.records import PackageWritten
from dsr.models import Approval, AuditEntry, Case, Connection, Job, PlanLine, User
from dsr.services import closing, packaging, processing
from dsr.states import Kind
from segmetrics_client.sandbox.testing import Sandbox
from segmetrics_client.transport import Wire
from tests.builders import approve, file_case, prepared, work
from tests.path.driving import after_a_kill, certificates, draw_nothing, effective_deletes, furnish, held
from tests.rewinding import Mark, slots_that_last

pytestmark = pytest.mark.django_db

ORDER = [("int9", "invoice", "234115"), ("int9", "subscription", "7712"), ("int9", "contact", "1004")]


class Killed(BaseException):
    """Not an Exception: no handler of the product may catch it, as none catches a SIGKILL."""


class Killer:
    """Counts the instants of a run and ends it at one of them."""

    def __init__(self, at: int | None = None) -> None:
        self.instants = 0
        self._at = at

    def pass_by(self) -> None:
        self.instants += 1
        if self.instants == self._at:
            raise Killed


@pytest.fixture(autouse=True)
def _no_drawing_and_as_many_writes_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)
    slots_that_last(monkeypatch)


@contextmanager
def at_each_call(killer: Killer) -> Iterator[None]:
    """Right before and right after each HTTP call."""
    exchange = Wire.exchange

    def watched(self: Wire, *args: Any, **options: Any) -> Any:
        killer.pass_by()
        answer = exchange(self, *args, **options)
        killer.pass_by()
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Wire, "exchange", watched)
        yield


@contextmanager
def at_each_write(killer: Killer) -> Iterator[None]:
    """Right before each statement that writes: so between any two commits, and within each transaction."""

    def watched(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            killer.pass_by()
        return execute(sql, params, many, context)

    with database.execute_wrapper(watched):
        yield


def run_killed(where: Callable[[Killer], Any], killer: Killer) -> bool:
    """Run the due jobs under the killer. Whether it struck."""
    try:
        with where(killer):
            work()
    except Killed:
        return True
    return False


def assert_as_undisturbed(case: Case, sandbox: Sandbox, undisturbed: Any, instant: int) -> None:
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("completed", "erased"), instant
    assert held(sandbox) == undisturbed, instant
    assert effective_deletes(sandbox) == ORDER, instant
    assert certificates(case) == 1, instant
    assert all(line.is_finished for line in PlanLine.objects.filter(plan__case=case)), instant
    assert Approval.objects.filter(case=case, voided_at=None).count() == 1, instant
    once = ("approve", "certify", "finish_preparing", "export_finished")
    for verb in once:
        assert AuditEntry.objects.filter(verb=verb).count() == 1, (verb, instant)
    steps = AuditEntry.objects.filter(verb="step_done").order_by("sequence").values_list("facts", flat=True)
    assert [(row["integration"], row["object"], row["id"]) for row in steps] == ORDER, instant
    assert audit.verify() is None


@pytest.mark.parametrize("where", [at_each_call, at_each_write], ids=["around each call", "before each write"])
def test_killed_while_erasing(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, where: Callable[[Killer], Any]
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    mark = Mark.here()
    counter = Killer()
    assert not run_killed(where, counter)
    undisturbed = held(sandbox)
    assert counter.instants > 15

    for instant in range(1, counter.instants + 1):
        mark.rewind()
        furnish(sandbox)
        assert run_killed(where, Killer(instant)), instant
        after_a_kill()
        assert_as_undisturbed(case, sandbox, undisturbed, instant)


@pytest.mark.parametrize("where", [at_each_call, at_each_write], ids=["around each call", "before each write"])
def test_killed_while_preparing(
    sandbox: Sandbox, connection: Connection, officer: User, where: Callable[[Killer], Any]
) -> None:
    case = file_case(officer, connection)
    mark = Mark.here()
    counter = Killer()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.builders.work", lambda: run_killed(where, counter) or None)
        prepared(Case.objects.get(pk=case.pk), officer)
    for instant in range(1, counter.instants + 1):
        mark.rewind()
        killer = Killer(instant)

        def killed_once(killer: Killer = killer) -> None:
            if run_killed(where, killer):
                after_a_kill()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("tests.builders.work", killed_once)
            again = prepared(Case.objects.get(pk=case.pk), officer)
        assert again.state == "awaiting_approval", instant
        assert again.candidates.filter(superseded=False).count() == 2, instant
        assert again.documents.count() == 2, instant
        assert AuditEntry.objects.filter(verb="finish_search").count() == 1, instant
        assert sandbox.deletes() == []


def test_killed_while_the_record_of_a_refusal_is_drawn(connection: Connection, officer: User) -> None:
    case = file_case(officer, connection)
    work()
    closing.refuse(case=case, actor=officer, ground="identity", reason="the address isn't hers")

    def assert_as_undisturbed(instant: int) -> None:
        assert [row.kind for row in case.documents.all()] == ["refusal"], instant
        assert AuditEntry.objects.filter(verb="closing_record_issued").count() == 1, instant
        assert Case.objects.get(pk=case.pk).state == "refused"

    assert_each_kill_ends_alike(assert_as_undisturbed)


@pytest.mark.parametrize("kind", [Kind.ACCESS, Kind.PORTABILITY])
def test_killed_between_the_hand_over_and_its_certificate(connection: Connection, officer: User, kind: Kind) -> None:
    case = prepared(file_case(officer, connection, kind=kind), officer)
    closing.hand_over(case=case, actor=officer, how="by post")

    def assert_as_undisturbed(instant: int) -> None:
        assert certificates(case) == 1, instant
        for verb in ("hand_over", "closing_record_issued"):
            assert AuditEntry.objects.filter(verb=verb).count() == 1, (verb, instant)
        ended = Case.objects.get(pk=case.pk)
        assert (ended.state, ended.outcome) == ("completed", "handed_over"), instant

    assert_each_kill_ends_alike(assert_as_undisturbed)


def test_killed_while_the_package_is_made(
    connection: Connection, officer: User, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = PackageWritten(files=(), signed_by="")
    monkeypatch.setattr("dsr.services.packaging.write_package", lambda *_, **__: nothing)
    case = prepared(file_case(officer, connection, kind=Kind.ACCESS), officer)
    before = packaging.current(case)
    processing.save_record(connection=connection, actor=administrator, language="en", told={"source": "Elsewhere"})
    case.refresh_from_db()

    def assert_as_undisturbed(instant: int) -> None:
        now = packaging.current(case)
        assert now, instant
        assert now != before, instant
        assert case.documents.filter(kind="package", destroyed_at=None).count() == 1, "the one before is destroyed"
        assert AuditEntry.objects.filter(verb="package_made").count() == 2, instant
        assert Case.objects.get(pk=case.pk).state == "ready"

    assert_each_kill_ends_alike(assert_as_undisturbed)


def assert_each_kill_ends_alike(assert_as_undisturbed: Callable[[int], None]) -> None:
    mark = Mark.here()
    counter = Killer()
    assert not run_killed(at_each_write, counter)
    assert_as_undisturbed(0)
    assert counter.instants >= 4
    for instant in range(1, counter.instants + 1):
        mark.rewind()
        assert run_killed(at_each_write, Killer(instant)), instant
        after_a_kill()
        assert_as_undisturbed(instant)


def test_killed_before_the_approval_is_committed_nothing_is_deleted(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    case = prepared(file_case(officer, connection), officer)
    counter = Killer()
    with transaction.atomic(), at_each_write(counter):
        approve(case, approver)
        transaction.set_rollback(True)
    case.refresh_from_db()
    for instant in range(1, counter.instants + 1):
        with pytest.raises(Killed), at_each_write(Killer(instant)):
            approve(case, approver)
        case.refresh_from_db()
        assert case.state == "awaiting_approval", instant
        assert not Approval.objects.filter(case=case).exists(), instant
        assert not Job.objects.filter(case=case, kind="erase").exists(), instant
        after_a_kill()
        assert sandbox.deletes() == [], instant
    approve(case, approver)
    work()
    assert effective_deletes(sandbox) == ORDER


def test_a_run_that_dies_each_time_reaches_a_person(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    for _ in range(10):
        case.refresh_from_db()
        if case.state != "erasing":
            break
        try:
            with at_each_call(Killer(2)):
                after_a_kill()
        except Killed:
            continue
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "gave_up")
    assert sandbox.deletes() == []
