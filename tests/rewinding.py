"""Rewind the database and, with it, the ledger, which knows nothing of savepoints."""

from __future__ import annotations

from typing import Self

from django.db import transaction

from dsr.ledger import book


class Mark:
    """A moment to go back to, as often as wanted."""

    def __init__(self, savepoint: str, ledger: bytes | None) -> None:
        self._savepoint, self._ledger = savepoint, ledger

    @classmethod
    def here(cls) -> Self:
        path = book.path()
        return cls(transaction.savepoint(), path.read_bytes() if path.exists() else None)

    def rewind(self, *, ledger_too: bool = True) -> None:
        """Without the ledger it is what restoring an older database is."""
        transaction.savepoint_rollback(self._savepoint)
        self._savepoint = transaction.savepoint()
        if not ledger_too:
            return
        if self._ledger is None:
            book.path().unlink(missing_ok=True)
        else:
            book.path().write_bytes(self._ledger)
