"""Open a package in place: list it, read its files, show JSON and tables, check it against its manifest."""

import csv
import hashlib
import io
import json
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import IO, Any, BinaryIO

from django.utils.translation import gettext as _

from dsr.exports.records import MANIFEST, EntryMissing, Manifest, ManifestFile, PackageDamaged

ROW_LIMIT = 500
_PIECE = 256 * 1024
_LONGEST_JSON = 2 * 1024 * 1024

# A nested value may be long, and Python's reader would stop at 128 KiB of one cell.
csv.field_size_limit(sys.maxsize)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A file of a package: its name and its unpacked size in bytes."""

    name: str
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """The first rows of a CSV file; `total` counts all of its rows, without the header."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int

    @property
    def left_out(self) -> int:
        """How many rows stand in the file and not here."""
        return self.total - len(self.rows)


@contextmanager
def _opened(package: BinaryIO) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(package) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise PackageDamaged(_("The export can't be opened. Make it again before going on.")) from error


def list_entries(package: BinaryIO) -> tuple[Entry, ...]:
    """The files of a package, in the order in which they were written. `package` must be seekable."""
    with _opened(package) as archive:
        return tuple(Entry(name=info.filename, size=info.file_size) for info in archive.infolist())


def read_entry(package: BinaryIO, name: str) -> bytes:
    """One file of a package, unpacked. Raises EntryMissing for a name that isn't in it."""
    with _opened(package) as archive:
        if name not in archive.namelist():
            raise EntryMissing(_("The export has no such file. Choose one from its list."))
        return archive.read(name)


@contextmanager
def opened_entry(package: BinaryIO, name: str) -> Iterator[IO[bytes]]:
    """The same to be read bit by bit, for a file that may be larger than memory."""
    with _opened(package) as archive:
        if name not in archive.namelist():
            raise EntryMissing(_("The export has no such file. Choose one from its list."))
        with archive.open(name) as entry:
            yield entry


def walk_entry(package: BinaryIO, name: str) -> Iterator[bytes]:
    """The same in pieces. Several may walk through one package at once, but not in several threads."""
    with opened_entry(package, name) as entry:
        while chunk := entry.read(_PIECE):
            yield chunk


def as_json_text(file: IO[bytes], *, limit: int = 200_000) -> str:
    """JSON on indented lines for reading, cut after `limit` characters; what is no JSON comes as text, and what is
    long is cut before anybody looks what it is."""
    data = file.read(_LONGEST_JSON + 1)
    text = data.decode("utf-8", errors="replace")
    if len(data) <= _LONGEST_JSON:
        with suppress(ValueError, RecursionError):
            text = json.dumps(json.loads(data), ensure_ascii=False, indent=2)
    return text if len(text) <= limit else text[:limit] + "\n…"


def as_table(file: IO[bytes], *, limit: int = ROW_LIMIT) -> Table:
    """A CSV file of a package as its first `limit` rows, with the count of all."""
    reader = csv.reader(io.TextIOWrapper(file, "utf-8-sig", errors="replace", newline=""))
    columns = tuple(next(reader, ()))
    rows = tuple(tuple(row) for row in islice(reader, limit))
    return Table(columns=columns, rows=rows, total=len(rows) + sum(1 for _ in reader))


def check_package(package: BinaryIO) -> Manifest:
    """Compare every file with the manifest, and give the manifest back. `package` must be seekable.

    Raises PackageDamaged where a file is missing, is too much, or differs by a byte.
    """
    package.seek(0)
    whole, size = _digest(package)
    with _opened(package) as archive:
        try:
            document = archive.read(MANIFEST)
            manifest = _manifest(document, sha256=whole, size=size)
        except (KeyError, ValueError, TypeError) as error:
            raise PackageDamaged(_("The export has no manifest. Make it again before going on.")) from error
        found = {info.filename for info in archive.infolist()}
        sound = found == {MANIFEST, *(file.name for file in manifest.files)} and len(found) == len(archive.infolist())
        for file in manifest.files if sound else ():
            with archive.open(file.name) as entry:
                sound = sound and _digest(entry) == (file.sha256, file.size)
    if not sound:
        raise PackageDamaged(_("The export differs from its manifest. Make it again before going on."))
    return manifest


def _digest(stream: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(1 << 20):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def _manifest(document: bytes, *, sha256: str, size: int) -> Manifest:
    fields: dict[str, Any] = json.loads(document)
    return Manifest(
        schema=fields["schema"],
        reference=fields["reference"],
        made_at=datetime.fromisoformat(fields["made_at"]),
        files=tuple(ManifestFile(**file) for file in fields["files"]),
        digest=hashlib.sha256(document).hexdigest(),
        size=size,
        sha256=sha256,
    )
