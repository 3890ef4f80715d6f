"""One line of the ledger: how it is written, and how a changed one is noticed."""

from __future__ import annotations

import base64
import datetime as dt
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dsr import crypto, fingerprint
from dsr.exceptions import LedgerUnfit
from dsr.ledger import keys

BEGINNING = "0" * 64
_MAC, _SEALING = "ledger-line", "ledger-sealed"


class Kind(StrEnum):
    FILED = "filed"
    """A request exists: its reference. Tells after a restore which requests are lost."""
    ERASING = "erasing"
    """A contact's deletion is about to begin: sealed account and ids."""
    CERTIFIED = "certified"
    """A deletion was looked up again and certified."""
    DOCUMENT_DESTROYED = "document_destroyed"
    PURGED = "purged"
    HOLD_PLACED = "hold_placed"
    """A legal hold is about to be placed: when, by whom, and its reason, sealed under the case's own key."""
    HOLD_LIFTED = "hold_lifted"
    """Two persons have lifted it."""
    TAKEN_BACK = "taken_back"
    """A connection's credentials were ended, or something that it may do was taken away: their numbers and names."""
    ANCHOR = "anchor"
    """Nothing but the head of the audit log, daily."""
    RESTORED = "restored"
    """An older database took over, and everything since was replayed."""
    BEGUN_ANEW = "begun_anew"
    """The ledger before this line is lost, and somebody has accepted that."""


@dataclass(frozen=True)
class Line:
    """`head` is the audit log's newest entry when it was written, as SEQUENCE:HASH."""

    number: int
    at: str
    kind: str
    facts: dict[str, Any]
    head: str
    previous: str
    mac: str

    @property
    def sequence(self) -> int:
        return int(self.head.partition(":")[0])

    @property
    def hash(self) -> str:
        return self.head.partition(":")[2]

    @property
    def case(self) -> str:
        """The reference it is about; empty where it is about none."""
        return str(self.facts.get("case", ""))


def make(*, after: tuple[int, str], kind: Kind, facts: dict[str, Any], head: tuple[int, str]) -> Line:
    """The line that follows the one with this number and code."""
    body: dict[str, Any] = {
        "number": after[0] + 1,
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
        "kind": str(kind),
        "facts": facts,
        "head": f"{head[0]}:{head[1]}",
        "previous": after[1],
    }
    return Line(**body, mac=keys.mac(_MAC, fingerprint.canonical(body)))


def encode(line: Line) -> bytes:
    """The bytes as they stand in the file, with their newline."""
    return fingerprint.canonical(line.__dict__) + b"\n"


def decode(raw: bytes) -> Line | None:
    """The line, or None for a torn one: its writer was killed, so what it announces was never begun.

    Raises `LedgerUnfit` for a whole line that isn't ours, or was changed. (A torn one never is whole JSON. One that
    was made to look torn is missed by the line after it, or by the database, which knows the newest one.)
    """
    try:
        body = json.loads(raw)
    except ValueError:
        return None
    try:
        given = body.pop("mac")
        if keys.is_mac(_MAC, fingerprint.canonical(body), given):
            return Line(**body, mac=given)
    except (AttributeError, KeyError, TypeError):
        pass
    raise LedgerUnfit(
        "A line of the ledger was changed, or was written under another DSR_SEARCH_KEY. Compare the file with its own "
        "backup; “manage.py ledger check” names the last good line."
    )


def seal(document: object, *, case: str) -> str:
    """Encrypt what only a restore needs, bound to the case's reference."""
    sealed = crypto.seal(keys.derived(_SEALING), fingerprint.canonical(document), context=f"ledger:{case}")
    return base64.b64encode(sealed).decode()


def unseal(text: str, *, case: str) -> Any:
    """Open what `seal` made."""
    return json.loads(crypto.unseal(keys.derived(_SEALING), base64.b64decode(text), context=f"ledger:{case}"))
