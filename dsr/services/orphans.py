"""Files that no row names: left by a killed process, or unknown to a database that is older than they are.

The two can't be told apart, and the second kind may be all that is left of somebody's request. So such a file is set
aside, with an entry in the audit log, and destroyed only when nobody has missed it for `KEEP_DAYS`.
"""

from __future__ import annotations

import datetime as dt
import shutil
import time
from pathlib import Path

from django.conf import settings
from django.db import transaction

from dsr import audit, durable, ledger, storage
from dsr.days import controller_today
from dsr.models import Document, Report

ORPHAN_SECONDS = 24 * 60 * 60
"""Younger than this it may be a file whose row isn't committed yet."""
KEEP_DAYS = 30


def quarantine() -> Path:
    """Where such files stand, in a folder for each day, under the names that they had."""
    folder: Path = settings.ENV.data_dir / "quarantine"
    return folder


def clear_away() -> int:
    """Remove what a row calls destroyed, and half-written files; set aside what no row names. Returns how many.

    Nothing while the ledger doesn't fit or the database has no documents: then it isn't the database of these files.
    """
    if ledger.refusal() or not Document.objects.exists():
        return 0
    _destroy_old()
    known = set(Document.objects.filter(destroyed_at=None).values_list("path", flat=True))
    known |= set(Report.objects.values_list("path", flat=True))
    destroyed = set(Document.objects.exclude(destroyed_at=None).values_list("path", flat=True))
    found = [name for name in _older_files() if name not in known]
    strangers = [name for name in found if name not in destroyed and not name.endswith(".part")]
    for name in set(found) - set(strangers):
        storage.discard(name)
    if strangers:
        _set_aside(strangers)
    return len(found)


def _older_files() -> list[str]:
    oldest = time.time() - ORPHAN_SECONDS
    return [
        path.relative_to(storage.root()).as_posix()
        for path in storage.root().glob("*/*")
        if path.exists() and path.stat().st_mtime < oldest
    ]


def _set_aside(names: list[str]) -> None:
    folder = quarantine() / controller_today().isoformat()
    with transaction.atomic():
        for name in names:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            (storage.root() / name).replace(target)
            durable.sync(target.parent)
        audit.record(actor=None, verb="files_set_aside", facts={"count": len(names)})


def _destroy_old() -> None:
    last = controller_today() - dt.timedelta(days=KEEP_DAYS)
    old = [folder for folder in quarantine().glob("????-??-??") if dt.date.fromisoformat(folder.name) < last]
    count = sum(path.is_file() for folder in old for path in folder.rglob("*"))
    if not old:
        return
    # Ahead of it, and committed: nothing goes without a trace, whatever happens to the database meanwhile.
    _note("set_aside_destruction_begun", count)
    for folder in old:
        shutil.rmtree(folder)
    durable.sync(quarantine())
    _note("set_aside_destroyed", count)


def _note(verb: str, count: int) -> None:
    with transaction.atomic():
        audit.record(actor=None, verb=verb, facts={"count": count})
