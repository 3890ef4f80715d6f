"""Files that no row names are set aside, not removed: the database may be the one that is wrong."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from dsr import durable, storage
from dsr.jobs import tasks
from dsr.models import AuditEntry, Case, Connection, Document, NotificationKind, User
from dsr.services import disposal, notifying, noting, orphans
from tests.builders import file_case, prepared
from tests.path.driving import draw_nothing
from tests.rewinding import Mark

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(connection: Connection, officer: User, monkeypatch: pytest.MonkeyPatch) -> Case:
    draw_nothing(monkeypatch)
    return prepared(file_case(officer, connection), officer)


def age(path: str, *, days: int = 2) -> Path:
    file = storage.root() / path
    then = time.time() - days * 24 * 60 * 60
    os.utime(file, (then, then))
    return file


def test_it_is_set_aside_after_a_day_and_destroyed_after_thirty_more(case: Case) -> None:
    named = [age(row.path) for row in case.documents.all()]
    orphan = storage.write(case, b"left by a killed process").path
    assert orphans.clear_away() == 0, "its row may still come"
    content = age(orphan).read_bytes()
    tasks.retain()
    assert not (storage.root() / orphan).exists()
    kept = orphans.quarantine() / timezone.localdate().isoformat() / orphan
    assert kept.read_bytes() == content
    entry = AuditEntry.objects.latest("sequence")
    assert (entry.verb, entry.facts) == ("files_set_aside", {"count": 1})

    day = orphans.quarantine() / timezone.localdate().isoformat()
    at_its_end = day.rename(day.with_name((timezone.localdate() - dt.timedelta(days=30)).isoformat()))
    orphans.clear_away()
    assert (at_its_end / orphan).exists()
    at_its_end.rename(day.with_name((timezone.localdate() - dt.timedelta(days=31)).isoformat()))
    orphans.clear_away()
    assert not [path for path in orphans.quarantine().rglob("*") if path.is_file()]
    entry = AuditEntry.objects.latest("sequence")
    assert (entry.verb, entry.facts) == ("set_aside_destroyed", {"count": 1})
    assert all(path.exists() for path in named)


def test_where_it_cannot_be_set_aside_whatever_else_has_come_to_its_day_goes(
    case: Case, officer: User, caplog: pytest.LogCaptureFixture
) -> None:
    """As on a disk that is full: no folder can be made."""
    orphans.quarantine().write_bytes(b"")
    orphan = age(storage.write(case, b"left by a killed process").path)
    notifying.tell(case, NotificationKind.NEEDS_PERSON, [officer])
    officer.notifications.update(read_at=timezone.now() - dt.timedelta(days=91))
    tasks.retain()
    assert orphan.exists()
    assert "task clear_away failed: " in caplog.text
    assert not officer.notifications.exists()


def test_what_a_row_calls_destroyed_and_what_was_never_whole_go_at_once(case: Case) -> None:
    export = Document.objects.get(case=case, kind="export")
    content = (storage.root() / export.path).read_bytes()
    disposal.destroy(export)
    (storage.root() / export.path).write_bytes(content)
    half = (storage.root() / export.path).with_suffix(".part")
    half.write_bytes(b"half")
    age(export.path)
    age(half.relative_to(storage.root()).as_posix())
    assert orphans.clear_away() == 2
    assert not half.exists()
    assert not (storage.root() / export.path).exists()
    assert not orphans.quarantine().exists()


@pytest.mark.parametrize("database", ["older than the ledger", "without a document"])
def test_a_database_that_is_not_that_of_the_files_takes_none_away(
    database: str, connection: Connection, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_nothing(monkeypatch)
    case = file_case(officer, connection)
    backup = Mark.here()
    prepared(case, officer)
    files = [age(row.path) for row in case.documents.all()]
    assert files
    if database == "older than the ledger":
        noting.anchor()
        backup.rewind(ledger_too=False)
        Document.objects.create(
            case=case, kind="letter", path="aa/b", content_type="", size=0, sha256="", created_at=timezone.now()
        )
    else:
        backup.rewind()
    assert orphans.clear_away() == 0
    assert all(path.exists() for path in files)


def test_without_its_audit_entry_no_trace_is_lost(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    orphan = storage.write(case, b"left by a killed process").path
    age(orphan)

    def refuse(**_: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr("dsr.audit.record", refuse)
    with pytest.raises(DatabaseError):
        orphans.clear_away()
    assert (orphans.quarantine() / timezone.localdate().isoformat() / orphan).exists()


def test_what_was_set_aside_is_not_destroyed_before_its_entry_is_committed(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    orphan = storage.write(case, b"left by a killed process").path
    age(orphan)
    orphans.clear_away()
    day = orphans.quarantine() / timezone.localdate().isoformat()
    old = day.rename(day.with_name((timezone.localdate() - dt.timedelta(days=31)).isoformat()))

    def refuse(**_: Any) -> None:
        raise DatabaseError

    with monkeypatch.context() as broken:
        broken.setattr("dsr.audit.record", refuse)
        with pytest.raises(DatabaseError):
            orphans.clear_away()
    assert (old / orphan).exists()

    orphans.clear_away()
    assert not old.exists()
    verbs = [entry.verb for entry in AuditEntry.objects.order_by("-sequence")[:2]]
    assert verbs == ["set_aside_destroyed", "set_aside_destruction_begun"]


def test_a_file_that_is_discarded_is_gone_from_the_disk_too(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(durable, "sync", synced.append)
    path = Document.objects.filter(case=case)[0].path
    storage.discard(path)
    assert synced == [(storage.root() / path).parent]
    storage.discard("zz/never-there")
