"""A desk of its own: data folder, database and keys, worked on by real processes only."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import psycopg

from tests.smoke.demo_process import ROOT

MASTER, OTHER_MASTER, SEARCH = (base64.b64encode(letter * 32).decode() for letter in (b"m", b"n", b"s"))


def server() -> str:
    """The PostgreSQL server that the tests are run against; empty when they run on SQLite."""
    url = os.environ.get("DATABASE_URL", "")
    return url.rpartition("/")[0] if url.startswith("postgres") else ""


@contextmanager
def new_database(vendor: str, folder: Path) -> Iterator[str]:
    """The address of an empty database; one of PostgreSQL is dropped in the end."""
    if vendor == "sqlite":
        yield f"sqlite:///{folder}/dsr.sqlite3"
        return
    name = f"dsr_backup_{uuid4().hex[:12]}"
    with psycopg.connect(f"{server()}/postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{server()}/{name}"
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@dataclass(frozen=True)
class Desk:
    data: Path
    ledger: Path
    database: str
    keys: Mapping[str, str] = field(default_factory=lambda: {"DSR_MASTER_KEY": MASTER, "DSR_SEARCH_KEY": SEARCH})

    @property
    def env(self) -> dict[str, str]:
        outside = {name: value for name, value in os.environ.items() if not name.startswith(("DSR_", "DATABASE_"))}
        return outside | {
            "DJANGO_SETTINGS_MODULE": "dsr.settings",
            "DSR_ENV": "test",
            "DSR_SECRET_KEY": "only-for-tests-" * 4,
            "DSR_ALLOW_LOOPBACK": "1",
            "DSR_ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
            "DSR_EMAIL_URL": "memorymail://",
            "DSR_VERIFY_DELAYS": "0,0",
            "DSR_JOB_RETRY_DELAYS": "0,0",
            "DSR_DATA_DIR": str(self.data),
            "DSR_LEDGER_DIR": str(self.ledger),
            "DATABASE_URL": self.database,
            **self.keys,
        }

    def with_keys(self, **keys: str) -> Self:
        return replace(self, keys={**self.keys, **keys})

    def manage(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """`manage.py …`, to its end."""
        return self._run(["manage.py", *words], typed)

    def act(self, name: str, **arguments: Any) -> Any:
        """A function of `acts.py` in a new process. Returns its result."""
        done = self._run(["-m", "tests.backup.acts", name, json.dumps(arguments)], "")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def killed(self, name: str, **arguments: Any) -> None:
        """The same for an act that ends itself by SIGKILL."""
        done = self._run(["-m", "tests.backup.acts", name, json.dumps(arguments)], "")
        assert done.returncode == -9, (done.returncode, done.stdout, done.stderr)

    def _run(self, words: list[str], typed: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=self.env, input=typed, capture_output=True, text=True, check=False
        )

    def raw(self) -> bytes:
        """Every byte that this desk has on disk, its database's too; of PostgreSQL what a dump tells."""
        files = b"".join(path.read_bytes() for path in sorted(self.data.rglob("*")) if path.is_file())
        if self.database.startswith("sqlite"):
            return files
        return files + subprocess.run(["pg_dump", "--dbname", self.database], capture_output=True, check=True).stdout


def forms(secret: bytes) -> list[bytes]:
    """A datum in the clear, in hex, and in base64 whatever stands before it."""
    shifted = [base64.b64encode(b"x" * shift + secret)[4:-4] for shift in (0, 1, 2)]
    return [secret, secret.hex().encode(), *shifted]
