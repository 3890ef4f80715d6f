"""A closed case's contents are destroyed on their day; killed at any instant, it ends as if it had not been."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.utils import timezone

from dsr import audit, storage
from dsr.exceptions import KeyDestroyed, NotReady
from dsr.jobs import tasks
from dsr.models import (
    AuditEntry,
    Candidate,
    Case,
    CaseKey,
    Connection,
    Document,
    Identifier,
    Impact,
    Job,
    Lookup,
    PlanLine,
    Reason,
    User,
)
from dsr.services import closing, retention
from dsr.uploads import Letter
from tests.builders import approve, file_case, prepared, work
from tests.path.driving import draw_nothing
from tests.path.test_kills import Killed, Killer, at_each_write
from tests.rewinding import Mark

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)


@pytest.fixture
def erased(connection: Connection, officer: User, approver: User) -> Case:
    """An erasure that was completed, with a letter."""
    letter = Letter(name="letter.txt", content_type="text/plain", content=b"Please erase me.", pages=0)
    case = prepared(file_case(officer, connection, note="called twice", letter=letter), officer)
    approve(case, approver)
    work()
    case.refresh_from_db()
    assert case.state == "completed"
    return case


def make_due(case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(purge_on=timezone.localdate())


def files() -> set[str]:
    return {path.relative_to(storage.root()).as_posix() for path in storage.root().rglob("*") if path.is_file()}


def what_is_left(case: Case) -> dict[str, Any]:
    """All that a purge leaves, without the times."""
    fields = Case.objects.values(
        "subject_name_sealed", "note_sealed", "identity_note_sealed", "attention_facts", "report_lookup", "outcome"
    ).get(pk=case.pk)
    return {
        "case": {name: bytes(value) if isinstance(value, memoryview) else value for name, value in fields.items()},
        "rows": {
            model.__name__: model.objects.filter(case=case).count()
            for model in (CaseKey, Identifier, Lookup, Reason, Job)
        },
        "lines": list(PlanLine.objects.filter(plan__case=case).values_list("object", "object_id", "step", "attempts")),
        "contacts": list(Candidate.objects.filter(case=case).values_list("contact_id", "holdings_digest", "decision")),
        "documents": [
            (row.kind, row.path, row.sha256, row.destroyed_at is None, bytes(row.name_sealed), row.files)
            for row in Document.objects.filter(case=case)
        ],
        "files": files(),
    }


def test_on_its_day_everything_of_the_person_goes_and_the_record_stays(erased: Case) -> None:
    certificate = erased.documents.get(kind="certificate")
    bytes_before = storage.read(certificate)
    assert Impact.objects.exists()
    make_due(erased)
    tasks.retain()
    assert not Impact.objects.exists()
    erased = Case.objects.get(pk=erased.pk)

    assert erased.purged_at
    assert not CaseKey.objects.filter(case=erased).exists()
    assert (erased.subject_name, erased.note) == ("", "")
    with pytest.raises(KeyDestroyed):
        _ = erased.data_key
    assert files() == {certificate.path}
    assert storage.read(certificate) == bytes_before
    assert (erased.state, erased.outcome, erased.kind) == ("completed", "erased", "erasure")
    left = what_is_left(erased)
    assert set(left["rows"].values()) == {0}
    assert [(row[0], row[1], row[2]) for row in left["lines"]] == [
        ("invoice", "234115", "done"),
        ("subscription", "7712", "done"),
        ("contact", "1004", "done"),
    ]
    assert left["contacts"] == [("1004", "", "same_person")]
    entry = AuditEntry.objects.get(verb="case_purged")
    assert entry.facts["documents"] == 3
    assert entry.facts["keys"] == 1
    assert audit.verify() is None


def test_an_open_case_is_never_purged_and_a_closed_one_not_before_its_day(
    connection: Connection, officer: User, erased: Case
) -> None:
    still_open = file_case(officer, connection)
    Case.objects.filter(pk=still_open.pk).update(purge_on=timezone.localdate() - dt.timedelta(days=1))
    assert retention.purge_due() == 0
    for case in (still_open, erased):
        with pytest.raises(NotReady):
            retention.purge(case=case)
        assert CaseKey.objects.filter(case=case).exists()


def test_a_second_run_has_nothing_to_do(erased: Case) -> None:
    make_due(erased)
    assert retention.purge_due() == 1
    before = what_is_left(erased)
    assert retention.purge_due() == 0
    retention.purge(case=erased)
    retention.purge(case=erased, ordered_by_ledger=True)
    assert what_is_left(erased) == before
    assert AuditEntry.objects.filter(verb="case_purged").count() == 1


def test_what_a_ledger_orders_is_purged_whatever_state_the_backup_has_it_in(
    connection: Connection, officer: User, approver: User
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    retention.purge(case=case, ordered_by_ledger=True)
    assert not CaseKey.objects.filter(case=case).exists()
    assert not case.approvals.filter(voided_at=None).exists()
    work()
    assert files() == set()
    assert AuditEntry.objects.get(verb="case_purged").facts["why"] == "ledger"
    assert case.closed_at, "nothing waits for it any more"


@contextmanager
def at_each_removal(killer: Killer) -> Iterator[None]:
    """Right before each file is removed."""
    discard = storage.discard

    def watched(path: str) -> None:
        killer.pass_by()
        discard(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "discard", watched)
        yield


def run_killed(case: Case, killer: Killer) -> bool:
    try:
        with at_each_removal(killer), at_each_write(killer):
            retention.purge(case=Case.objects.get(pk=case.pk))
    except Killed:
        return True
    return False


def test_killed_before_any_write_or_removal_it_ends_the_same(erased: Case) -> None:
    make_due(erased)
    all_files = {path: (storage.root() / path).read_bytes() for path in files()}
    mark = Mark.here()
    counter = Killer()
    assert not run_killed(erased, counter)
    undisturbed = what_is_left(erased)
    assert counter.instants > 12

    for instant in range(1, counter.instants + 1):
        mark.rewind()
        for path, content in all_files.items():
            (storage.root() / path).write_bytes(content)
        assert run_killed(erased, Killer(instant)), instant
        half = Case.objects.get(pk=erased.pk)
        gone = set(all_files) - files()
        assert not gone or half.is_purged, "the row must know of it before the first byte goes"
        assert bool(half.purged_at) == (not CaseKey.objects.filter(case=half).exists()), instant
        assert retention.purge_due() == 1, instant
        assert what_is_left(erased) == undisturbed, instant
        assert AuditEntry.objects.filter(verb="case_purged").count() == 1, instant
        assert audit.verify() is None


def test_a_file_that_cannot_be_removed_keeps_no_other_case(
    erased: Case, connection: Connection, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = file_case(officer, connection)
    work()
    closing.withdraw(case=other, actor=officer, reason="by phone")
    make_due(erased)
    make_due(other)
    letter = erased.documents.get(kind="letter").path
    discard = storage.discard

    def refused(path: str) -> None:
        if path == letter:
            raise PermissionError
        discard(path)

    with monkeypatch.context() as patch:
        patch.setattr(storage, "discard", refused)
        assert retention.purge_due() == 1
    assert CaseKey.objects.filter(case=erased).exists()
    assert Case.objects.get(pk=other.pk).purged_at
    assert retention.purge_due() == 1
