"""What a database keeps of rows that are gone: clear it after a purge, and after rows of a file were destroyed.

SQLite overwrites deleted content (`secure_delete`), but its write-ahead log still holds the old pages, so that is
folded in and cut to nothing. PostgreSQL keeps dead rows until they are vacuumed: the small tables that hold keys and
keyed hashes are written anew, the others are vacuumed. No copy outside the database is reached from here: backups,
archived WAL, replicas, snapshots of the disk.
"""

from __future__ import annotations

import datetime as dt
import logging

from django.db import DatabaseError, connection
from django.db.models import Model
from django.utils import timezone

from dsr.models import (
    Candidate,
    Case,
    CaseKey,
    Change,
    Document,
    Errand,
    FilingBatch,
    FilingRow,
    HandOver,
    Identifier,
    Impact,
    Job,
    LegalHold,
    Lookup,
    OutgoingLetter,
    Package,
    Plan,
    PlanLine,
    Reason,
    RecipientNotice,
    Redaction,
)

logger = logging.getLogger(__name__)

_WRITTEN_ANEW: tuple[type[Model], ...] = (CaseKey, FilingBatch, Identifier, Candidate, HandOver)
_VACUUMED: tuple[type[Model], ...] = (
    Case,
    Change,
    Document,
    Errand,
    FilingRow,
    Impact,
    Job,
    LegalHold,
    Lookup,
    OutgoingLetter,
    Package,
    Plan,
    PlanLine,
    Reason,
    RecipientNotice,
    Redaction,
)
_LATELY = dt.timedelta(days=1)
"""Traces are cleared again for a day after a purge: a reader may have been in the way, or the worker been killed."""


def clear() -> None:
    """Clear the traces of what was purged lately. Outside any transaction; a failure is logged and tried next hour."""
    if connection.in_atomic_block or not _is_due():
        return
    try:
        if connection.vendor == "postgresql":
            _vacuum()
        else:
            _cut_the_log()
    except DatabaseError as error:
        logger.error("the traces of purged cases can't be cleared yet: %s", type(error).__name__)


def _is_due() -> bool:
    since = timezone.now() - _LATELY
    purged, ended = Case.objects.filter(purged_at__gte=since), FilingBatch.objects.filter(ended_at__gte=since)
    return purged.exists() or ended.exists()


def _vacuum() -> None:
    with connection.cursor() as cursor:
        # VACUUM FULL locks its table: give way to a long transaction, rather than queue all others up behind it.
        cursor.execute("SET lock_timeout = '10s'")
        try:
            # First the plain kind, of all: the full kind alone copies dead rows along while anybody on the server,
            # in whichever database, has a transaction open that is older than the purge.
            for model in (*_WRITTEN_ANEW, *_VACUUMED):
                cursor.execute(f"VACUUM {connection.ops.quote_name(model._meta.db_table)}")
            for model in _WRITTEN_ANEW:
                cursor.execute(f"VACUUM (FULL) {connection.ops.quote_name(model._meta.db_table)}")
        finally:
            cursor.execute("RESET lock_timeout")


def _cut_the_log() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy, *_pages = cursor.fetchone()
    if busy:
        logger.error("the write-ahead log can't be cut yet: somebody reads from it")
