"""Files that are on disk, whole, or not there at all."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from dsr import durable

_STEP = 1024 * 1024


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy(source: Path, target: Path) -> str:
    """Copy a file, readable by its owner alone. It takes its name when its bytes are on disk; returns their SHA-256."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = target.with_name(target.name + ".part")
    seen = hashlib.sha256()
    with source.open("rb") as reading:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as writing:
            while piece := reading.read(_STEP):
                seen.update(piece)
                writing.write(piece)
            writing.flush()
            os.fsync(writing.fileno())
    partial.replace(target)
    durable.sync(target.parent)
    return seen.hexdigest()


def write(target: Path, content: bytes) -> None:
    """Write a short file under its name, whole and on disk."""
    partial = target.with_name(target.name + ".part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)
    durable.sync(target.parent)
