"""The file: appended to by one writer at a time, on any number of machines that share the folder."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from dsr import audit, durable
from dsr.exceptions import NO_ROOM, LedgerUnfit, StorageFull
from dsr.ledger import fitting
from dsr.ledger.lines import BEGINNING, Kind, Line, decode, encode, make
from dsr.models import LedgerMark

_STEP = 64 * 1024
LOCK_SECONDS = 30.0
"""How long to wait for another writer: one that holds the file longer hangs."""


def path() -> Path:
    """Where the ledger stands."""
    folder: Path = settings.ENV.ledger_dir
    return folder / "ledger.jsonl"


def append(kind: Kind, **facts: Any) -> Line:
    """Write a line; when this returns it is on disk. Outside any transaction, and before the act it announces.

    Raises `LedgerUnfit` where the database is older than the ledger or knows a line that the ledger lacks: then the
    act must not be done; also where the file can't be written. Raises `StorageFull` where there is no room.
    """
    try:
        return _append(kind, facts, must_fit=True)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise StorageFull(_("The disk with the ledger is full. Free some space, then try again.")) from None
        raise LedgerUnfit(_failed("written", error)) from None


def _failed(how: str, error: OSError) -> str:
    return (
        f"The ledger in {path().parent} can't be {how}: {error.strerror}. Look at DSR_LEDGER_DIR, at its rights and "
        "its disk, then try again."
    )


def append_restored(**facts: Any) -> Line:
    """Write the line that ends a restore: from here on the database's head counts. Only `backup.replaying` may."""
    return _append(Kind.RESTORED, facts, must_fit=False)


def _append(kind: Kind, facts: dict[str, Any], *, must_fit: bool) -> Line:
    # Durable: within another transaction the head could be one that is rolled back.
    with _locked() as file, transaction.atomic(durable=True):
        last = _last(file)
        mark = LedgerMark.objects.first()
        if must_fit:
            fitting.raise_if_unfit(last, mark)
        after = (last.number, last.mac) if last else (0, BEGINNING)
        line = make(after=after, kind=kind, facts=facts, head=audit.head())
        _write(file, line)
        _remember(line)
    return line


def begin_anew(**facts: Any) -> Line:
    """Set the ledger that is there (or nothing) aside and begin another, whose first line follows what the database
    knows. For a ledger that is lost or damaged for good."""
    with _locked() as file, transaction.atomic(durable=True):
        mark = LedgerMark.objects.first()
        after = (mark.number, mark.mac) if mark else (0, BEGINNING)
        line = make(after=after, kind=Kind.BEGUN_ANEW, facts=facts, head=audit.head())
        if os.fstat(file).st_size:
            os.link(path(), path().with_name(f"ledger.set-aside-{line.at.replace(':', '')}.jsonl"))
        partial = path().with_suffix(".part")
        partial.write_bytes(encode(line))
        durable.sync(partial)
        partial.replace(path())
        durable.sync(path().parent)
        _remember(line)
    return line


def _remember(line: Line) -> None:
    LedgerMark.objects.update_or_create(pk=1, defaults={"number": line.number, "mac": line.mac})


@contextmanager
def _locked() -> Iterator[int]:
    path().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    while True:
        file = os.open(path(), os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            _lock(file)
            if path().exists() and path().stat().st_ino == os.fstat(file).st_ino:  # not set aside meanwhile
                yield file
                return
        finally:
            os.close(file)


def _lock(file: int) -> None:
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # across machines a lock may be refused as either
            if time.monotonic() > until:
                raise LedgerUnfit(
                    f"Another process has held the ledger in {path().parent} for {LOCK_SECONDS:.0f} seconds. Look for "
                    "a process of the desk that hangs, on every machine that shares the folder."
                ) from None
            time.sleep(0.02)
        else:
            return


def _write(file: int, line: Line) -> None:
    size = os.fstat(file).st_size
    # A torn line stays where it is: the file is only ever added to.
    start = b"\n" if size and os.pread(file, 1, size - 1) != b"\n" else b""
    rest = memoryview(start + encode(line))
    while rest:
        rest = rest[os.write(file, rest) :]
    os.fsync(file)
    if not size:
        durable.sync(path().parent)


def _last(file: int) -> Line | None:
    """The newest whole line, read from the end."""
    size, wanted = os.fstat(file).st_size, 0
    while True:
        wanted = min(size, max(_STEP, wanted * 4))
        whole = os.pread(file, wanted, size - wanted).split(b"\n")
        # The first piece may be the end of a longer line, unless the file starts there.
        for raw in reversed(whole if wanted == size else whole[1:]):
            if raw and (line := decode(raw)):
                return line
        if wanted == size:
            return None


def newest() -> Line | None:
    """The newest whole line; None where there is no ledger."""
    try:
        file = os.open(path(), os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return _last(file)
    finally:
        os.close(file)


def last_number() -> int:
    """The newest line's number; 0 where there is none."""
    last = newest()
    return last.number if last else 0


def read() -> list[Line]:
    """Every line, checked one by one. Raises `LedgerUnfit` with the last good number where one was changed or is
    missing, and where the file can't be read."""
    try:
        raw = path().read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise LedgerUnfit(_failed("read", error)) from None
    lines: list[Line] = []
    for piece in raw.split(b"\n"):
        try:
            line = decode(piece) if piece else None
        except LedgerUnfit:
            raise _broken(lines) from None
        if line is None:
            continue
        starts = not lines and line.kind == Kind.BEGUN_ANEW
        after = (lines[-1].number, lines[-1].mac) if lines else (0, BEGINNING)
        if not starts and (line.number - 1, line.previous) != after:
            raise _broken(lines)
        lines.append(line)
    return lines


def _broken(lines: list[Line]) -> LedgerUnfit:
    last = lines[-1].number if lines else 0
    return LedgerUnfit(
        f"The ledger was changed after line {last}, or written under another DSR_SEARCH_KEY. Put its own backup in its "
        "place. If there is none: “manage.py ledger begin-anew --reason …”."
    )
