"""Two runs of one filing against each other, and a person who stops it and goes on at the instants that matter."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from dsr.agents import filing as agents_filing
from dsr.agents.inputs import FileRequest
from dsr.jobs import errands
from dsr.models import Case, Connection, Errand, FilingBatch, FilingRow, User
from dsr.selectors import filing
from dsr.services import filing_many, filing_worker, intake
from tests.races.together import Meeting, at_once
from tests.tables import begun, line


def test_two_runs_on_one_row(
    connection: Connection, officer: User, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a run is taken for dead and isn't. The guard: the row's conditional UPDATE in the case's transaction."""
    batch = begun(officer, connection, line(1))
    row = filing_worker._next(batch.pk)
    assert row
    if not guarded:
        monkeypatch.setattr(filing_worker, "_mark", lambda _row, _case: None)

    at_once(lambda: filing_worker._file(row), lambda: filing_worker._file(row))

    assert Case.objects.count() == (1 if guarded else 2)


def test_a_stop_right_before_a_row(
    connection: Connection, officer: User, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard: inside the case's transaction, under the batch's lock, it is asked whether it was stopped."""
    batch = begun(officer, connection, line(1), line(2))
    file_request = intake.file_request

    def file_after_the_stop(**arguments: Any) -> Case:
        at_once(lambda: filing_many.stop(batch=batch, actor=officer))
        return file_request(**arguments)

    def mark_without_asking(row: FilingRow, case: Case) -> None:
        FilingRow.objects.filter(pk=row.pk).update(status="filed", case=case, content_sealed=b"")

    monkeypatch.setattr(intake, "file_request", file_after_the_stop)
    if not guarded:
        monkeypatch.setattr(filing_worker, "_mark", mark_without_asking)
    errands.run(Errand.objects.get(kind="filing").pk)

    assert Case.objects.count() == filing.counts(batch)["filed"] == (0 if guarded else 1)


def test_going_on_at_the_instant_when_the_worker_notices_the_stop(
    connection: Connection, officer: User, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard: a run that finds itself stopped ends its errand under the lock, so “Go on” hands over a new one."""
    batch = begun(officer, connection, line(1))
    filing_many.stop(batch=batch, actor=officer)
    end = errands._end

    def end_after_going_on(*arguments: Any, **options: Any) -> None:
        monkeypatch.setattr(errands, "_end", end)
        at_once(lambda: filing_many.go_on(batch=batch, actor=officer))
        end(*arguments, **options)

    monkeypatch.setattr(errands, "_end", end_after_going_on)
    if not guarded:
        monkeypatch.setattr(filing_worker, "_end_errand", lambda _batch: None)
    errands.run(Errand.objects.get(kind="filing").pk)

    assert filing.is_worked_on(FilingBatch.objects.get(pk=batch.pk)) == guarded


def test_two_ai_clients_file_for_the_same_person(
    connection: Connection, officer: User, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard: whether one is open already is asked in the transaction that files, one filing at a time."""
    meeting = Meeting(guarded=guarded)
    ask = intake._raise_if_open
    file_request = intake.file_request

    def ask_and_wait(*arguments: Any, **options: Any) -> None:
        ask(*arguments, **options)
        meeting.wait()

    def ask_before(**arguments: Any) -> Case:
        typed = intake.checked_identifiers(arguments["emails"], arguments["external_ids"])
        ask_and_wait(typed, arguments["connection"], told_of=arguments["although_open"])
        return file_request(**arguments)

    if guarded:
        monkeypatch.setattr(intake, "_raise_if_open", ask_and_wait)
    else:
        monkeypatch.setattr(intake, "_raise_if_open", lambda *_arguments, **_options: None)
        monkeypatch.setattr(intake, "file_request", ask_before)
    asked = FileRequest(
        kind="access",
        subject_name="Noemi Formula",
        emails=["noemi@example.com"],
        received_on=timezone.localdate(),
        channel="email",
    )

    assert at_once(*[lambda: agents_filing.file_request(officer, asked)] * 2) == [None, None]

    assert Case.objects.count() == (1 if guarded else 2)
