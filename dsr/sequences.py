"""Numbers that are never given twice: SQLite forgets the last one where a migration builds a table anew.

A case's number stands in its reference, and the ledger may know references of cases that a restore has lost, above all
that the table holds. So a migration that rebuilds the table on SQLite notes its last number before and puts it back
after: `RunPython(note, noop)` first, `RunPython(put_back, noop)` last.
"""

from __future__ import annotations

from typing import Any

_TABLE = "dsr_case"
_noted: dict[str, int] = {}


def note(_apps: Any, schema_editor: Any) -> None:
    """Remember the last number that was given."""
    if schema_editor.connection.vendor == "sqlite":
        _noted[schema_editor.connection.alias] = last_number(schema_editor.connection)


def put_back(_apps: Any, schema_editor: Any) -> None:
    """Never below what it was."""
    last = _noted.pop(schema_editor.connection.alias, 0)
    if not last:
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("UPDATE sqlite_sequence SET seq = MAX(seq, %s) WHERE name = %s", [last, _TABLE])
        if not cursor.rowcount:  # SQLite drops the row with an empty table
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [_TABLE, last])


def last_number(connection: Any) -> int:
    """The last number of a case that SQLite has given, or 0."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [_TABLE])
        row = cursor.fetchone()
    return row[0] if row else 0
