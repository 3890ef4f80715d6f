"""Make a backup while the site runs: first the database, then the files that it names.

A file is never changed once it has its name, so those that the dumped database names belong to it whenever they are
copied. One that was destroyed in between must stand in the ledger; any other that is missing is an error.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, transaction

from dsr import audit, durable, ledger, storage
from dsr.backup import databases, files, manifest
from dsr.exceptions import BackupError
from dsr.models import OUTLIVING, Case, Document, Report
from dsr.services import noting

_UNFINISHED = "unfinished"


def make(path: Path, *, without: Collection[str] = ()) -> manifest.Manifest:
    """Write a backup into the new folder `path`. Until it is whole it is called `path.part`, which never counts.

    `without` names requests of which a file is lost for good: what is missing of them is left out, and noted.
    Raises `BackupError` with what to do; then nothing is left behind.
    """
    why = ledger.refusal(thorough=True)
    if why:
        raise BackupError(why)
    if path.exists():
        raise BackupError(f"{path} is there already. Give a name that is new.")
    with _unfinished(path.with_name(path.name + ".part")) as part:
        contents = databases.dump(part)
        name = databases.NAMES[connection.vendor]
        digests, missing = _copy_files(contents.documents, part / "files")
        lost = _lost(missing)
        _raise_if_lost(set(lost.values()) - set(without))
        made = manifest.Manifest(
            format=manifest.FORMAT,
            made_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            vendor=connection.vendor,
            migrations=contents.migrations,
            audit_head=contents.audit_head,
            ledger_line=contents.ledger_line,
            files={name: files.digest(part / name), **digests},
            destroyed=[path for path, _reference in missing if path not in lost],
            lost=lost,
        )
        _say_what_is_left_out(lost)
        manifest.write(part, made)
        (part / _UNFINISHED).unlink()
        durable.sync(part)
        part.rename(path)
        durable.sync(path.parent)
    return made


@contextmanager
def _unfinished(part: Path) -> Iterator[Path]:
    """The folder of a backup that isn't whole: locked, cleared of what a killed run left, and removed on failure."""
    mark = part / _UNFINISHED
    if part.exists() and not mark.exists():
        raise BackupError(f"{part} is there, and was not left by an unfinished backup. Move it away.")
    part.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(mark, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BackupError(f"Another backup into {part} is at work. Wait for it.") from None
        try:
            _clear(part)
            yield part
        except OSError as error:
            shutil.rmtree(part, ignore_errors=True)
            raise BackupError(f"The backup can't be written: {error.strerror or type(error).__name__}.") from None
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    finally:
        os.close(descriptor)


def _clear(part: Path) -> None:
    for left in part.iterdir():
        if left.is_dir():
            shutil.rmtree(left)
        elif left.name != _UNFINISHED:
            left.unlink()


def _copy_files(documents: list[tuple[str, str]], target: Path) -> tuple[dict[str, str], list[tuple[str, str]]]:
    digests: dict[str, str] = {}
    missing: list[tuple[str, str]] = []
    for path, reference in documents:
        try:
            digests[f"files/{path}"] = files.copy(storage.root() / path, target / path)
        except FileNotFoundError:
            missing.append((path, reference))
    return digests, missing


def _lost(missing: list[tuple[str, str]]) -> dict[str, str]:
    """Those of the missing files that nobody destroyed, with the references of their requests."""
    lines = ledger.read()
    destroyed = {line.facts["path"] for line in lines if line.kind == ledger.Kind.DOCUMENT_DESTROYED}
    purged = {line.case for line in lines if line.kind == ledger.Kind.PURGED}
    # A purge leaves certificates and the records of empty searches where they are.
    kept = set(
        Document.objects.filter(path__in=[path for path, _ref in missing], kind__in=OUTLIVING).values_list(
            "path", flat=True
        )
    )
    return {
        path: ref
        for path, ref in missing
        if noting.path_digest(path) not in destroyed and (path in kept or ref not in purged)
    }


def _raise_if_lost(references: set[str]) -> None:
    if references:
        raise BackupError(
            f"Files of {', '.join(sorted(references))} are missing, and the ledger knows of no destruction. Look at "
            "DSR_DATA_DIR: is all of it there? No backup was made. Is a file lost for good: --without REFERENCE."
        )


def _say_what_is_left_out(lost: dict[str, str]) -> None:
    for case in Case.objects.filter(reference__in=lost.values()).order_by("pk"):
        count = sum(reference == case.reference for reference in lost.values())
        with transaction.atomic():
            audit.record(actor=None, verb="backup_without", case=case, facts={"files": count})
    for path, reference in lost.items():
        if Report.objects.filter(path=path).exists():
            with transaction.atomic():
                audit.record(actor=None, verb="backup_without", facts={"files": 1, "report": reference})
