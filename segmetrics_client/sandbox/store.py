"""The sandbox's data: one SQLite file (or memory), one connection, one lock."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

API_KEY = "sandbox-key"
ACCOUNTS = {
    "acme1": {"int9": "Webshop", "int12": "Courses"},
    "acme2": {"int9": "Webshop", "int12": "Courses"},
}

_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (account TEXT PRIMARY KEY, api_key TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS integrations (
    account TEXT NOT NULL, integration TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (account, integration));
CREATE TABLE IF NOT EXISTS contacts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, integration TEXT NOT NULL,
    contact_id TEXT NOT NULL, email TEXT COLLATE NOCASE, date_created TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (account, integration, contact_id));
CREATE INDEX IF NOT EXISTS contacts_by_id ON contacts (account, contact_id);
CREATE INDEX IF NOT EXISTS contacts_by_email ON contacts (account, email);
CREATE TABLE IF NOT EXISTS tags (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, integration TEXT NOT NULL,
    contact_id TEXT NOT NULL, tag_id TEXT NOT NULL, name TEXT NOT NULL, date_created TEXT NOT NULL,
    UNIQUE (account, integration, contact_id, tag_id));
CREATE TABLE IF NOT EXISTS sales (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, integration TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('invoice', 'subscription')), id TEXT NOT NULL,
    contact_id TEXT, email TEXT COLLATE NOCASE, date_created TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (account, integration, kind, id));
CREATE INDEX IF NOT EXISTS sales_by_contact ON sales (account, integration, contact_id);
CREATE INDEX IF NOT EXISTS sales_by_email ON sales (account, integration, email);
CREATE TABLE IF NOT EXISTS extras (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, integration TEXT NOT NULL,
    contact_id TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('event', 'list', 'company')),
    body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS extras_by_contact ON extras (account, integration, contact_id, kind);
CREATE TABLE IF NOT EXISTS products (
    account TEXT NOT NULL, integration TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, price INTEGER,
    PRIMARY KEY (account, integration, id));
CREATE TABLE IF NOT EXISTS preferences (
    account TEXT NOT NULL, email TEXT NOT NULL COLLATE NOCASE, contact_id TEXT NOT NULL, integration TEXT,
    PRIMARY KEY (account, email));
CREATE TABLE IF NOT EXISTS seeds (name TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS oauth_grants (grant_id TEXT PRIMARY KEY, revoked INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS oauth_codes (
    code TEXT PRIMARY KEY, grant_id TEXT NOT NULL, challenge TEXT NOT NULL, redirect_uri TEXT NOT NULL,
    expires REAL NOT NULL, spent INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS oauth_tokens (
    token TEXT PRIMARY KEY, grant_id TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('access', 'refresh')),
    expires REAL NOT NULL, spent INTEGER NOT NULL);
"""
TABLES = ("contacts", "tags", "sales", "extras", "products", "preferences", "seeds")
OAUTH_TABLES = ("oauth_grants", "oauth_codes", "oauth_tokens")

Row = dict[str, Any]


class Store:
    """All methods may be called from any thread. ``path`` None keeps the data in memory."""

    def __init__(self, path: str | None = None) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        with self._lock:
            self._db.executescript(_SCHEMA)
            for account, integrations in ACCOUNTS.items():
                for integration, name in integrations.items():
                    self.add_integration(account, integration, name, API_KEY)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and nobody else in between. May be nested: the outermost one counts."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def execute(self, sql: str, *values: Any) -> int:
        """Run one statement and say how many rows it touched."""
        with self._lock:
            return self._db.execute(sql, values).rowcount

    def rows(self, sql: str, *values: Any) -> list[Row]:
        with self._lock:
            return [dict(row) for row in self._db.execute(sql, values)]

    def row(self, sql: str, *values: Any) -> Row | None:
        found = self.rows(sql, *values)
        return found[0] if found else None

    def named(self, sql: str, values: dict[str, Any]) -> list[Row]:
        """As ``rows``, with values by name."""
        with self._lock:
            return [dict(row) for row in self._db.execute(sql, values)]

    def many(self, sql: str, values: Sequence[Sequence[Any]]) -> None:
        with self._lock:
            self._db.executemany(sql, values)

    def add_integration(self, account: str, integration: str, name: str, api_key: str) -> None:
        self.execute("INSERT OR REPLACE INTO accounts VALUES (?, ?)", account, api_key)
        self.execute("INSERT OR REPLACE INTO integrations VALUES (?, ?, ?)", account, integration, name)

    def knows_key(self, key: str) -> bool:
        return self.row("SELECT 1 FROM accounts WHERE api_key = ?", key) is not None

    def opens(self, key: str, account: str) -> bool:
        return self.row("SELECT 1 FROM accounts WHERE api_key = ? AND account = ?", key, account) is not None

    def has_integration(self, account: str, integration: str) -> bool:
        found = self.row("SELECT 1 FROM integrations WHERE account = ? AND integration = ?", account, integration)
        return found is not None

    def clear(self) -> None:
        """Back to accounts and integrations without anybody in them."""
        with self.transaction():
            for table in (*TABLES, *OAUTH_TABLES):
                self.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names

    def close(self) -> None:
        with self._lock:
            self._db.close()


def iso(value: object) -> str:
    """Any date that the API takes, as the API gives it: ``2021-12-18T19:07:50+00:00``. Empty means now.

    Raises ValueError for what isn't a date.
    """
    moment = datetime.fromisoformat(str(value)) if value else datetime.now(UTC)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=True)


def load(text: str) -> Any:
    return json.loads(text)
