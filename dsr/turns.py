"""Acts that come one after the other, though they share no row: each kind has a lock, until its transaction ends.

SQLite's IMMEDIATE transaction is alone anyway; PostgreSQL takes an advisory lock.
"""

from __future__ import annotations

from enum import IntEnum, unique

from django.db import connection


@unique
class Turn(IntEnum):
    """Any numbers, as long as all processes take the same. Of the first three, each is taken after those above it."""

    HALTS = 7_391_642_005
    """Each step of a deletion or a change takes it, after its case's row."""
    HOLDS = 7_391_642_002
    AUDIT_LOG = 7_391_642_001
    """The last of its transaction."""
    SCHEDULE = 7_391_642_003
    FILING = 7_391_642_004
    """Taken before any row."""


def take(turn: Turn, *, shared: bool = False) -> None:
    """Wait for whoever has this turn, and keep others from it. Those that share it go beside each other."""
    if connection.vendor == "postgresql":
        lock = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {lock}(%s)", [int(turn)])
