"""The files of the cases and the reports: encrypted, written whole or not at all, named by random characters."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from django.conf import settings
from django.db import DatabaseError
from django.utils.translation import gettext as _

from dsr import durable
from dsr.crypto import SealedFile, SealingWriter, new_key, unseal_chunks
from dsr.exceptions import NO_ROOM, StorageFull, Unreadable
from dsr.models import ArchiveKey, Case, Document, Report

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer as Buffer

_SPOOL = "spool"


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
def _full_disk_told() -> Iterator[None]:
    """Turn the system's words for a full disk into `StorageFull`."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise StorageFull(_("The disk is full. Free some space, then try again.")) from None
        raise


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
        with _full_disk_told():
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
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write(case: Case | None, content: bytes, *, outlives_the_key: bool = False) -> Stored:
    """Encrypt a short content into a new file."""
    with writing(case, outlives_the_key=outlives_the_key) as pending:
        pending.writer.write(content)
    return pending.stored


def chunks(document: Document | Report) -> Iterator[bytes]:
    """The plain bytes, chunk by chunk. Raises `Unreadable` where the file is missing, damaged, destroyed or can't be
    read."""
    source = _open(document)
    with source:
        yield from unseal_chunks(source, _key_of(document), context=document.path)


def _open(document: Document | Report) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(_File(root() / document.path)))


class _File(io.FileIO):
    """A stored file as it is on disk. Raises `Unreadable` where it is missing, or the system doesn't let it be read."""

    def __init__(self, path: Path) -> None:
        with _unreadable_told():
            super().__init__(path)

    def readinto(self, buffer: Buffer, /) -> int:
        with _unreadable_told():
            return super().readinto(buffer)


@contextmanager
def _unreadable_told() -> Iterator[None]:
    """Turn the system's words, which name places, into `Unreadable`."""
    try:
        yield
    except FileNotFoundError:
        raise Unreadable(_("A stored file is missing.")) from None
    except OSError:
        raise Unreadable(
            _(
                "A stored file is there, but the system can't read it. Have whoever runs the site look at its rights "
                "and its disk, then try again."
            )
        ) from None


def read(document: Document | Report) -> bytes:
    """All the plain bytes at once."""
    return b"".join(chunks(document))


def seekable(document: Document) -> BinaryIO:
    """The plain bytes as a file to read from anywhere in it, in little memory. Close it.

    Raises `Unreadable` as `chunks` does, also while it is read.
    """
    source = _open(document)
    try:
        key = _key(document.case, outlives_the_key=document.outlives_the_key)
        return cast("BinaryIO", io.BufferedReader(SealedFile(source, key, context=document.path)))
    except BaseException:
        source.close()
        raise


class Spool:
    """A file for the length of a run, to be read as often as needed. It has no name: it ends with `close`, or with the
    process, however that ends.

    It is sealed with a key that only this object knows, so what a disk keeps of it says nothing.
    """

    def __init__(self) -> None:
        with _full_disk_told():
            root().mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = cast("BinaryIO", tempfile.TemporaryFile(dir=root()))  # noqa: SIM115
        self._key = new_key()

    def begin(self) -> Spool:
        """Be written from the beginning, whatever was written before."""
        with _full_disk_told():
            self._file.seek(0)
            self._file.truncate()
            self._writer = SealingWriter(self._file, self._key, context=_SPOOL)
        return self

    def write(self, data: bytes) -> int:
        """Take plain bytes. Raises `StorageFull`."""
        with _full_disk_told():
            return self._writer.write(data)

    def finish(self) -> None:
        """All is written; from now on it can be read."""
        with _full_disk_told():
            self._writer.finish()
            self._file.flush()

    def chunks(self) -> Iterator[bytes]:
        """The plain bytes from the beginning. Several may be at it at once."""
        return unseal_chunks(cast("BinaryIO", _Place(self._file.fileno())), self._key, context=_SPOOL)

    def close(self) -> None:
        """It is gone. A full disk says so once more here, where nobody needs what it didn't take."""
        with suppress(OSError):
            self._file.close()


class _Place:
    """A place of its own in an open file, so that readers don't move each other."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._at = descriptor, 0

    def read(self, size: int) -> bytes:
        data = os.pread(self._descriptor, size, self._at)
        self._at += len(data)
        return data


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
