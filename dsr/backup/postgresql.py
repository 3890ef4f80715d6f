"""`pg_dump` and `pg_restore`: found, new enough, and told the password by the environment alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from django.db import connection

from dsr.exceptions import BackupError

_ELSEWHERE = "/usr/lib/postgresql/*/bin"
_OPTIONS = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "service": "PGSERVICE",
    "passfile": "PGPASSFILE",
}


def dump(target: Path, *, snapshot: str) -> None:
    """Write the database as the snapshot sees it, in pg_dump's custom format."""
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}")


def load(source: Path) -> None:
    """Fill the empty database: all of it or, when killed or failing, nothing."""
    name = str(connection.settings_dict["NAME"])
    _run(
        "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
        f"--dbname={name}", str(source),
    )  # fmt: skip


def _run(tool: str, *arguments: str) -> None:
    result = subprocess.run(  # noqa: S603  (a tool of ours with our own arguments)
        [find(tool), "--no-password", *arguments], env=_environment(), capture_output=True, text=True, check=False
    )
    if result.returncode:
        # The first line says what failed; those after it may quote rows.
        said = next((line for line in result.stderr.splitlines() if "error:" in line), f"exit code {result.returncode}")
        raise BackupError(f"{tool} failed: {said[:300]}")


def _environment() -> dict[str, str]:
    own = connection.settings_dict
    named = {"PGHOST": own["HOST"], "PGPORT": own["PORT"], "PGUSER": own["USER"], "PGPASSWORD": own["PASSWORD"]}
    options = {_OPTIONS[name]: value for name, value in own.get("OPTIONS", {}).items() if name in _OPTIONS}
    wanted = {**named, **options, "PGDATABASE": own["NAME"], "LC_ALL": "C"}
    return os.environ | {name: str(value) for name, value in wanted.items() if value}


def find(tool: str) -> str:
    """The first `tool` that is at least as new as the server: on the PATH, or where Debian keeps each version."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        needed = int(cursor.fetchone()[0]) // 10_000
    on_path = shutil.which(tool)
    folders = sorted(Path("/").glob(_ELSEWHERE[1:]), key=lambda folder: folder.parent.name, reverse=True)
    found: list[int] = []
    for place in [*filter(None, [on_path]), *(str(folder / tool) for folder in folders)]:
        version = _version(place)
        if version >= needed:
            return place
        found += [version] if version else []
    what = f"{tool} {max(found)} is too old for it" if found else f"{tool} isn't on the PATH"
    raise BackupError(
        f"The server is PostgreSQL {needed}, and {what}. Install the client of that version or a newer one (Debian: "
        f"postgresql-client-{needed})."
    )


def _version(place: str) -> int:
    try:
        said = subprocess.run([place, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return 0
    number = re.search(r"(\d+)", said)
    return int(number[1]) if number else 0
