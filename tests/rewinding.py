"""Rewind the database and, with it, the ledger and the slots of the pace, which know nothing of savepoints."""

from __future__ import annotations

import datetime as dt
from typing import Self

import pytest
from django.db import transaction

from dsr.backup import replaying
from dsr.connectors import pacing
from dsr.ledger import book
from dsr.models import Connection


def finished() -> replaying.Report:
    """The ledger is replayed, and two administrators have given the right to delete back."""
    could_delete = list(Connection.objects.filter(may_delete=True).values_list("pk", flat=True))
    report = replaying.finish(api_keys={})
    Connection.objects.filter(pk__in=could_delete).update(may_delete=True)
    return report


def without_slots() -> None:
    """As a process that has just started: one that holds slots of the pace still writes the row once less."""
    pacing._leased.clear()


def slots_that_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow machine slots come too late, and others are leased: one write more, where writes are counted."""
    monkeypatch.setattr(pacing, "_spare", lambda _rate: dt.timedelta(hours=1))


class Mark:
    """A moment to go back to, as often as wanted."""

    def __init__(self, savepoint: str, ledger: bytes | None) -> None:
        self._savepoint, self._ledger = savepoint, ledger

    @classmethod
    def here(cls) -> Self:
        path = book.path()
        without_slots()
        return cls(transaction.savepoint(), path.read_bytes() if path.exists() else None)

    def rewind(self, *, ledger_too: bool = True) -> None:
        """Without the ledger it is what restoring an older database is."""
        transaction.savepoint_rollback(self._savepoint)
        self._savepoint = transaction.savepoint()
        without_slots()
        if not ledger_too:
            return
        if self._ledger is None:
            book.path().unlink(missing_ok=True)
        else:
            book.path().write_bytes(self._ledger)
