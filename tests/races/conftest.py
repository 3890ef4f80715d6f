"""Each race is run twice: with its guard switched off, where it must show, and with the guard, where it mustn't."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection as database
from django.db import connections
from django.db.models.query import QuerySet

from tests.path.driving import draw_nothing


@pytest.fixture(autouse=True)
def _in_a_shared_database(shared_database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)


@pytest.fixture(params=[False, True], ids=["guard off", "guard on"])
def guarded(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def row_locks(guarded: bool, monkeypatch: pytest.MonkeyPatch) -> bool:
    """The lock on what is read for a change. SQLite has no row locks: there the transaction mode is the guard, since an
    IMMEDIATE transaction is alone from its first read on."""
    if not guarded:
        if database.vendor == "sqlite":
            options: dict[str, Any] = connections.settings["default"]["OPTIONS"]
            monkeypatch.setitem(options, "transaction_mode", "DEFERRED")
        else:
            monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *_, **__: self)
    return guarded
