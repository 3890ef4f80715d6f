"""Fill an empty place from a backup. Nothing is touched before all of the backup was checked.

The files come first and the database last, in one piece, so a place that has a database has everything. A restore that
was killed is run again: what it had begun is marked by the backup's own code.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from dsr import audit, storage, triggers
from dsr.backup import databases, files, manifest
from dsr.exceptions import BackupError
from dsr.ledger.fitting import holds
from dsr.ledger.refusing import UNDER_WAY
from dsr.models import Document, DocumentKind


def restore(folder: Path, *, say: Callable[[str], None]) -> None:
    """Restore all but what the ledger knows better; `replaying.finish` has to follow. Raises `BackupError`."""
    say("Checking the backup")
    backup = manifest.read(folder)
    _raise_if_other_vendor(backup)
    _raise_if_newer(backup)
    if not _is_under_way(folder):
        databases.raise_if_not_empty()
        _raise_if_files()
        files.write(_mark(), files.digest(folder / manifest.NAME).encode())
    # Once there is a database, all files were there; what is missing since was destroyed again by the replay.
    if not connection.introspection.table_names():
        say(f"Restoring {len(backup.files) - 1} files")
        for name, digest in backup.files.items():
            if name.startswith("files/"):
                _restore_file(folder / name, storage.root() / name.removeprefix("files/"), digest)
        say("Restoring the database")
        databases.load(folder)
    call_command("migrate", interactive=False, verbosity=0)
    mend_guards(say)
    _check(backup)
    if backup.lost:
        references = ", ".join(sorted(set(backup.lost.values())))
        say(f"Lost before the backup was made, and not restored: files of {references}")


def is_done() -> None:
    """The ledger was replayed: the restore is over."""
    _mark().unlink(missing_ok=True)


def _mark() -> Path:
    folder: Path = settings.ENV.data_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / UNDER_WAY


def _is_under_way(folder: Path) -> bool:
    """Whether a restore of this very backup was begun here. Raises `BackupError` for one of another."""
    try:
        begun = _mark().read_text()
    except FileNotFoundError:
        return False
    if begun != files.digest(folder / manifest.NAME):
        raise BackupError(
            "The restore of another backup was begun here. Finish that one, or empty the database and DSR_DATA_DIR."
        )
    return True


def _raise_if_other_vendor(backup: manifest.Manifest) -> None:
    if backup.vendor != connection.vendor:
        names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        raise BackupError(
            f"This is a backup of {names.get(backup.vendor, backup.vendor)}, and DATABASE_URL names "
            f"{names.get(connection.vendor, connection.vendor)}. Set DATABASE_URL to an empty database of that kind."
        )


def _raise_if_newer(backup: manifest.Manifest) -> None:
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations or {}}
    ours = {name for name in backup.migrations if name.startswith("dsr.")}
    if unknown := sorted(ours - known):
        raise BackupError(
            f"This backup was made by a newer version of DSR Desk (it knows {unknown[0]}). Install that version."
        )


def _raise_if_files() -> None:
    if storage.root().exists() and any(path.is_file() for path in storage.root().rglob("*")):
        raise BackupError(
            f"There are files in {storage.root()}. A restore goes into an empty place only: set DSR_DATA_DIR to a new "
            "folder, or move the old one away."
        )


def _restore_file(source: Path, target: Path, digest: str) -> None:
    if target.is_file() and files.digest(target) == digest:
        return
    if files.copy(source, target) != digest:
        raise BackupError(f"{source} changed while it was read. Take another backup.")


def mend_guards(say: Callable[[str], None]) -> None:
    """Put back the database's triggers that are missing."""
    if lost := sorted(triggers.missing(connection)):
        triggers.install(connection)
        say(f"The database lacked {len(lost)} guards ({', '.join(lost)}). They are in place now; find out why.")


def _check(backup: manifest.Manifest) -> None:
    if broken := audit.verify():
        raise BackupError(f"The audit chain of this backup is broken at entry {broken.sequence}: {broken.why}.")
    sequence, _, digest = backup.audit_head.partition(":")
    if not holds(int(sequence), digest):
        raise BackupError(
            "The restored database isn't the one that the manifest names. Empty the place, then try again."
        )
    export = Document.objects.filter(kind=DocumentKind.EXPORT, destroyed_at=None).select_related("case")
    away = {*backup.destroyed, *backup.lost}
    sample = next((row for row in export.iterator() if row.path not in away), None)
    if sample and not storage.is_intact(sample):
        raise BackupError(f"An export of {sample.case.reference} doesn't open. Are the keys those of this backup?")
