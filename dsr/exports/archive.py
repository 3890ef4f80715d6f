"""Write a ZIP in one pass, with equal bytes for equal content, and the digest of all that went in."""

import hashlib
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import BinaryIO

from dsr.exports.records import ManifestFile

COMPRESSION_LEVEL = 6


class _Sink:
    """The target, counted and hashed. It never seeks, so any target gets the same bytes."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self._target.write(data)
        self.digest.update(data)
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Leave flushing to whoever owns the target."""

    def close(self) -> None:
        """Leave closing to whoever owns the target."""


class Archive:
    """A ZIP being written. `files` says what went in so far; `size` and `sha256` are final after `close`."""

    def __init__(self, target: BinaryIO, *, made_at: datetime) -> None:
        self._sink = _Sink(target)
        self._zip = zipfile.ZipFile(self._sink, "w")
        self._moment = made_at.astimezone(UTC).timetuple()[:6]
        self.files: list[ManifestFile] = []

    def add(self, name: str, chunks: Iterable[bytes], *, what: str) -> str:
        """Write one file in pieces; its SHA-256 is returned."""
        info = zipfile.ZipInfo(name, date_time=self._moment)
        info.compress_type = zipfile.ZIP_DEFLATED
        info._compresslevel = COMPRESSION_LEVEL  # type: ignore[attr-defined]
        info.create_system = 3
        info.external_attr = 0o100644 << 16
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w") as entry:
            for chunk in chunks:
                entry.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        self.files.append(ManifestFile(name=name, size=size, sha256=digest.hexdigest(), what=what))
        return digest.hexdigest()

    def close(self) -> None:
        """Write the ZIP's directory. The target stays open."""
        self._zip.close()

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._sink.size

    @property
    def sha256(self) -> str:
        """Digest of the bytes written so far, as hex."""
        return self._sink.digest.hexdigest()
