"""What goes into a package and what comes out of the building of one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from dsr.exceptions import InvalidInput, Unreadable

SCHEMA = "dsr-desk/export-manifest/1"
MANIFEST = "manifest.json"
PRODUCTS = "products.json"


class EntryMissing(InvalidInput):
    """The package has no file of that name."""


class PackageDamaged(Unreadable):
    """The package isn't what was written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactExport:
    """One contact's answer exactly as the vendor sent it: JSON, `{"data": {...}}`.

    `raw` gives its bytes from the beginning, piece by piece, as often as it is called.
    """

    contact_id: str
    fetched_at: datetime
    raw: Callable[[], Iterable[bytes]]


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageHeader:
    """Whose package it is. `identifiers` are pairs of a label and a value; `made_at` is aware."""

    reference: str
    subject_name: str
    account_id: str
    connection_name: str
    identifiers: tuple[tuple[str, str], ...]
    made_at: datetime
    organisation: str
    organisation_address: tuple[str, ...] = ()
    time_zone: str = "UTC"
    language: str = "en"
    is_demo: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ManifestFile:
    """A file of the package: name, size in bytes (unpacked), SHA-256 (hex) and what it is, in a few words."""

    name: str
    size: int
    sha256: str
    what: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What `manifest.json` says, and the digests around it.

    `files` are all files but `manifest.json` itself; `digest` is the SHA-256 of `manifest.json`, which so
    stands for them all; `size` (bytes) and `sha256` are those of the finished ZIP.
    """

    schema: str
    reference: str
    made_at: datetime
    files: tuple[ManifestFile, ...]
    digest: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageWritten:
    """What went into the package of a person, and which certificate signed its letter (SHA-256, hex)."""

    files: tuple[ManifestFile, ...]
    signed_by: str
