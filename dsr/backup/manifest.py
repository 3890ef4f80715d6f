"""What stands in a backup, with the digest of each file, under a code that only this installation can make."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from dsr import fingerprint, masterkey
from dsr.backup import files
from dsr.exceptions import BackupError, Unreadable
from dsr.ledger import keys

NAME = "manifest.json"
FORMAT = 1
_MAC, _KEY_CHECK = "backup-manifest", "backup-key-check"


@dataclass(frozen=True)
class Manifest:
    """`files` maps each path in the backup to its SHA-256; `destroyed` are those destroyed while it was made.

    `lost` maps each file that was missing, and that somebody said to leave out, to its request.
    """

    format: int
    made_at: str
    vendor: str
    migrations: list[str]
    audit_head: str
    ledger_line: int
    files: dict[str, str]
    destroyed: list[str]
    lost: dict[str, str] = field(default_factory=dict)
    key_check: str = ""


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, the last of a backup's files."""
    check = base64.b64encode(masterkey.wrap(b"right", context=_KEY_CHECK)).decode()
    body = asdict(manifest) | {"key_check": check}
    text = {**body, "mac": keys.mac(_MAC, fingerprint.canonical(body))}
    files.write(folder / NAME, json.dumps(text, indent=1).encode())


def read(folder: Path) -> Manifest:
    """Read and check the manifest, each file against it, and the master key. Raises `BackupError`."""
    try:
        body = json.loads((folder / NAME).read_bytes())
        given = body.pop("mac")
    except (OSError, ValueError, AttributeError, KeyError):
        raise BackupError(
            f"{folder} is no finished backup: it has no {NAME} that can be read. One whose name ends in .part was "
            "never finished. Take another."
        ) from None
    if not keys.is_mac(_MAC, fingerprint.canonical(body), given):
        raise BackupError(
            "This backup's manifest was changed, or it was made under another DSR_SEARCH_KEY. Set the key that it was "
            "made under, or take another backup."
        )
    if body.get("format") != FORMAT:
        raise BackupError("This backup was made by another version of DSR Desk. Install that version to restore it.")
    manifest = Manifest(**body)
    try:
        masterkey.unwrap(base64.b64decode(manifest.key_check), context=_KEY_CHECK)
    except Unreadable:
        raise BackupError(
            "DSR_MASTER_KEY isn't the key of this backup. Set that one; was the key rotated since, put the older one "
            "into DSR_OTHER_MASTER_KEYS."
        ) from None
    for name, wanted in manifest.files.items():
        path = folder / name
        if not path.is_file() or files.digest(path) != wanted:
            raise BackupError(f"{name} in this backup is missing or was changed. Take another backup.")
    return manifest
