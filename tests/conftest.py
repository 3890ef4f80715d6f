"""What every test stands on: a data directory of its own, quick retries, the cast, a sandbox over real HTTP."""

from __future__ import annotations

import dataclasses
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection as database
from django.db import connections
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from dsr import triggers
from dsr.models import Connection, User
from dsr.permissions import Role
from segmetrics_client import RetryPolicy
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import add_linda, add_tom, make_connection, make_user

WALKS = {"quick": (15, 25), "thorough": (400, 60)}
"""How many random walks through the services, and how long, by the profile in HYPOTHESIS_PROFILE."""
for _profile in WALKS:
    hypothesis_settings.register_profile(
        _profile,
        deadline=None,  # a busy machine breaks no rule
        derandomize=_profile == "quick",  # the same for everybody; the thorough one is for finding something new
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


_NEED_NO_DATABASE = ("segmetrics_client", "evidence", "exports", "connectors", "scripts", "docs")
"""Rooms whose tests are the same on every database, unless one asks for it."""
_DATABASE = {"db", "transactional_db", "django_db_setup", "live_server"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run once what has no database: `make test` does, so the run on PostgreSQL leaves it out."""
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return
    left_out = [item for item in items if _needs_no_database(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


def _needs_no_database(item: pytest.Item) -> bool:
    room = item.path.relative_to(Path(__file__).parent).parts[0]
    asks = item.get_closest_marker("django_db") or _DATABASE & set(getattr(item, "fixturenames", ()))
    return room in _NEED_NO_DATABASE and not asks


@pytest.fixture(autouse=True)
def _own_environment(settings: Settings, tmp_path: Path) -> None:
    settings.ENV = dataclasses.replace(
        settings.ENV,
        data_dir=tmp_path,
        ledger_dir=tmp_path / "ledger",
        job_retry_delays=[0, 0],
        verify_delays=[0, 0],
        halt_after=0,  # one case's faults are followed to their end; what stops all cases has its own tests
    )


@pytest.fixture(autouse=True)
def _counts_begin_anew() -> None:
    """A process remembers who asked in the last minute; here, that were all tests before."""
    caches["process"].clear()


@pytest.fixture(autouse=True)
def _quick_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """The product's client tries as often as in earnest, but doesn't wait in between."""
    policy = RetryPolicy(attempts=3, first_wait=0.0, longest_wait=0.0, longest_retry_after=0.01)
    monkeypatch.setattr("dsr.connectors.segmetrics._RETRY", policy)


@pytest.fixture(autouse=True, scope="session")
def _guards_let_a_flush_pass() -> Iterator[None]:
    """A test database that is flushed deletes from every table, which the guards refuse: lifted for that alone."""
    case: Any = TransactionTestCase  # its stubs leave the method out
    flush: Callable[[Any], None] = case._fixture_teardown

    def flush_without_guards(self: Any) -> None:
        triggers.lift(database)
        flush(self)
        triggers.install(database)

    case._fixture_teardown = flush_without_guards
    yield
    case._fixture_teardown = flush


@pytest.fixture
def shared_database(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """A database that several threads and processes can really share: on SQLite a file instead of one in memory."""
    if database.vendor != "sqlite":
        yield
        return
    in_memory, row = database.connection, connections.settings["default"]
    name, file = row["NAME"], str(tmp_path / "shared.sqlite3")
    copy = sqlite3.connect(file)
    in_memory.backup(copy)
    copy.close()
    for place in (row, database.settings_dict):
        place["NAME"] = file
    database.connection = None
    database.connect()
    try:
        yield
    finally:
        database.close()
        for place in (row, database.settings_dict):
            place["NAME"] = name
        database.connection = in_memory


@pytest.fixture(scope="session")
def _sandbox_server() -> Iterator[Sandbox]:
    with Sandbox.start() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_sandbox_server: Sandbox) -> Sandbox:
    """SegMetrics with Linda and Tom Dare, who share an email; lookups by it answer Linda."""
    _sandbox_server.reset()
    add_linda(_sandbox_server)
    add_tom(_sandbox_server)
    _sandbox_server.reset_calls()
    return _sandbox_server


@pytest.fixture
def connection(db: None, sandbox: Sandbox) -> Connection:
    return make_connection(sandbox)


@pytest.fixture
def officer(db: None) -> User:
    return make_user("anna@example.com", "Anna Officer", Role.PRIVACY_OFFICER)


@pytest.fixture
def second_officer(db: None) -> User:
    return make_user("otto@example.com", "Otto Officer", Role.PRIVACY_OFFICER)


@pytest.fixture
def approver(db: None) -> User:
    return make_user("bea@example.com", "Bea Approver", Role.APPROVER)


@pytest.fixture
def auditor(db: None) -> User:
    return make_user("adi@example.com", "Adi Auditor", Role.AUDITOR)


@pytest.fixture
def administrator(db: None) -> User:
    return make_user("max@example.com", "Max Admin", Role.ADMINISTRATOR)


@pytest.fixture
def second_administrator(db: None) -> User:
    return make_user("mia@example.com", "Mia Admin", Role.ADMINISTRATOR)
