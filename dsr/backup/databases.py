"""The database as one file, as it is at one instant, and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from dsr import durable
from dsr.backup import files, postgresql
from dsr.exceptions import BackupError

NAMES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}


@dataclass(frozen=True)
class Contents:
    """What the dumped database says of itself."""

    documents: list[tuple[str, str]]
    """The path and the reference, of the case or the report, of each file that isn't destroyed."""
    migrations: list[str]
    audit_head: str
    ledger_line: int


def dump(folder: Path) -> Contents:
    """Write the database into `folder`, and read in the very same state what belongs to it."""
    target = folder / NAMES[connection.vendor]
    if connection.vendor == "postgresql":
        with _snapshot() as (cursor, snapshot):
            postgresql.dump(target, snapshot=snapshot)
            contents = _contents(cursor)
    else:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(target)])
        with closing(sqlite3.connect(target)) as copy:
            contents = _contents(copy.cursor())
    target.chmod(0o600)
    durable.sync(target)
    return contents


@contextmanager
def _snapshot() -> Iterator[tuple[Any, str]]:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor, cursor.fetchone()[0]


def _contents(cursor: Any) -> Contents:
    def rows(query: str) -> list[Any]:
        cursor.execute(query)
        found: list[Any] = cursor.fetchall()
        return found

    head = rows("SELECT sequence, hash FROM dsr_auditentry ORDER BY sequence DESC LIMIT 1")
    mark = rows("SELECT number FROM dsr_ledgermark")
    documents = rows(
        "SELECT d.path, c.reference FROM dsr_document d JOIN dsr_case c ON c.id = d.case_id "
        "WHERE d.destroyed_at IS NULL ORDER BY d.id"
    )
    reports = rows("SELECT path, reference FROM dsr_report WHERE path <> '' ORDER BY id")
    return Contents(
        documents=[*documents, *reports],
        migrations=[f"{app}.{name}" for app, name in rows("SELECT app, name FROM django_migrations ORDER BY id")],
        audit_head=":".join(map(str, head[0])) if head else "0:" + "0" * 64,
        ledger_line=mark[0][0] if mark else 0,
    )


def raise_if_not_empty() -> None:
    """Refuse a database that has tables. Raises `BackupError`."""
    tables = connection.introspection.table_names()
    if tables:
        raise BackupError(
            f"The database isn't empty: it has {len(tables)} tables. A restore goes into an empty place only. Stop the "
            "site, then set DATABASE_URL to a new, empty database (with SQLite: DSR_DATA_DIR to a new folder)."
        )


def load(folder: Path) -> None:
    """Fill the empty database: all of it or nothing, whenever this is killed."""
    source = folder / NAMES[connection.vendor]
    if connection.vendor == "postgresql":
        postgresql.load(source)
        return
    connection.close()
    place = Path(str(connection.settings_dict["NAME"]))
    for ending in ("-wal", "-shm"):
        place.with_name(place.name + ending).unlink(missing_ok=True)
    files.copy(source, place)
