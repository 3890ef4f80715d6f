"""The files of the cases and the reports: encrypted, written whole or not at all, named by random characters."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import DatabaseError
from django.utils.translation import gettext as _

from dsr import durable
from dsr.crypto import SealingWriter, unseal_chunks
from dsr.exceptions import NO_ROOM, StorageFull, Unreadable
from dsr.models import ArchiveKey, Case, Document, Report


@dataclass(frozen=True)
class Stored:
    """A finished file: where it is, and the size and SHA-256 of its plain bytes."""

    path: str
    size: int
    sha256: str


class Pending:
    """A file being written. `stored` is there once the block that writes it has ended well."""

    def __init__(self, writer: SealingWriter, path: str) -> None:
        self.writer = writer
        self._path = path

    @property
    def stored(self) -> Stored:
        return Stored(path=self._path, size=self.writer.size, sha256=self.writer.sha256)


def root() -> Path:
    """Where the encrypted files stand."""
    directory: Path = settings.ENV.data_dir / "files"
    return directory


def _key(case: Case | None, *, outlives_the_key: bool) -> bytes:
    return ArchiveKey.open() if case is None or outlives_the_key else case.data_key


def _key_of(file: Document | Report) -> bytes:
    if isinstance(file, Report):
        return ArchiveKey.open()
    return _key(file.case, outlives_the_key=file.outlives_the_key)


@contextmanager
def writing(case: Case | None, *, outlives_the_key: bool = False) -> Iterator[Pending]:
    """Encrypt into a new file of this case: `with writing(case) as pending: pending.writer.write(…)`.

    Without a case, and where it outlives the case's key, it is encrypted under the archive's key.

    The file takes its place only when the block ends well and its bytes are on disk. Raises `StorageFull` when there
    is no room; then, as after any other error, nothing is left behind.
    """
    token = secrets.token_hex(16)
    path = f"{token[:2]}/{token}"
    target = root() / path
    partial = target.with_suffix(".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            writer = SealingWriter(file, _key(case, outlives_the_key=outlives_the_key), context=path)
            pending = Pending(writer, path)
            yield pending
            writer.finish()
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
        durable.sync(target.parent)
    except OSError as error:
        partial.unlink(missing_ok=True)
        if error.errno in NO_ROOM:
            raise StorageFull(_("The disk is full. Free some space, then try again.")) from None
        raise
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write(case: Case | None, content: bytes, *, outlives_the_key: bool = False) -> Stored:
    """Encrypt a short content into a new file."""
    with writing(case, outlives_the_key=outlives_the_key) as pending:
        pending.writer.write(content)
    return pending.stored


def chunks(document: Document | Report) -> Iterator[bytes]:
    """The plain bytes, chunk by chunk. Raises `Unreadable` where the file is missing, damaged or destroyed."""
    source = _open(document)
    with source:
        yield from unseal_chunks(source, _key_of(document), context=document.path)


def _open(document: Document | Report) -> BinaryIO:
    try:
        return (root() / document.path).open("rb")
    except FileNotFoundError:
        raise Unreadable(_("A stored file is missing.")) from None


def read(document: Document | Report) -> bytes:
    """All the plain bytes at once."""
    return b"".join(chunks(document))


def is_intact(document: Document | Report) -> bool:
    """Whether the file on disk still opens and has the digest that was noted when it was made."""
    digest = hashlib.sha256()
    try:
        for chunk in chunks(document):
            digest.update(chunk)
    except Unreadable:
        return False
    return digest.hexdigest() == document.sha256


@contextmanager
def discarded_on_error(made: list[str]) -> Iterator[None]:
    """Remove these files where the block that writes their rows fails.

    But not after an error of the database, or where the process is being ended: the rows may have been committed all
    the same, and a row must never be without its file. A file without a row goes later, by `services.orphans`.
    """
    try:
        yield
    except DatabaseError:
        raise
    except Exception:
        for path in made:
            discard(path)
        raise


def discard(path: str) -> None:
    """Remove a file: its transaction failed, or its retention has ended. When this returns it stays away."""
    file = root() / path
    file.unlink(missing_ok=True)
    if file.parent.is_dir():
        durable.sync(file.parent)
