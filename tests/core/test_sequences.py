"""A case's number is given once, also after a migration that builds the table anew."""

from __future__ import annotations

from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection as database

from dsr import sequences, triggers
from dsr.models import Case, Connection, User
from tests.builders import file_case

LAST_WITHOUT = "0012"
"""Migrations up to this one are applied everywhere; of a later one the last number has to be carried over."""
MIGRATIONS = sorted(path.stem for path in (Path(sequences.__file__).parent / "migrations").glob("0*.py"))


@pytest.mark.skipif(database.vendor != "sqlite", reason="PostgreSQL changes a table in place")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_carried", [True, False])
def test_the_table_is_built_anew(is_carried: bool, connection: Connection, officer: User) -> None:
    file_case(officer, connection)
    with database.cursor() as cursor:
        cursor.execute("UPDATE sqlite_sequence SET seq = 5000 WHERE name = 'dsr_case'")
    triggers.lift(database)
    with database.constraint_checks_disabled(), database.schema_editor() as editor:
        if is_carried:
            sequences.note(None, editor)
        editor._remake_table(Case)  # type: ignore[attr-defined]
        if is_carried:
            sequences.put_back(None, editor)
    triggers.install(database)

    assert (sequences.last_number(database) == 5000) is is_carried
    assert (file_case(officer, connection).pk == 5001) is is_carried


@pytest.mark.skipif(database.vendor != "sqlite", reason="PostgreSQL changes a table in place")
@pytest.mark.django_db(transaction=True)
def test_no_later_migration_forgets_it() -> None:
    later = [row for row in MIGRATIONS if row[:4] > LAST_WITHOUT]
    assert later
    for name in later:
        said = StringIO()
        call_command("sqlmigrate", "dsr", name, stdout=said)
        if 'CREATE TABLE "new__dsr_case"' in said.getvalue():
            steps = [getattr(row, "code", None) for row in import_module(f"dsr.migrations.{name}").Migration.operations]
            assert steps[0] is sequences.note, f"{name}: see dsr/sequences.py"
            assert sequences.put_back in steps, f"{name}: see dsr/sequences.py"
