"""Look up again, by id, every contact whose deletion was begun or went on after the backup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dsr.attention import Attention
from dsr.connectors.segmetrics import Account, Purpose
from dsr.exceptions import NeedsPerson, TryLater, Unreadable
from dsr.ledger import Kind, Line
from dsr.ledger.lines import unseal
from dsr.models import Case, Connection, ObjectKind
from dsr.services.verification import held_by
from dsr.states import Outcome


class Found(StrEnum):
    GONE = "gone"
    STILL_THERE = "still_there"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Erasure:
    """One contact of one `erasing` line, opened."""

    line: Line
    what: Mapping[str, Any]
    is_certified: bool

    @property
    def contact_id(self) -> str:
        return str(self.what["contact"])

    @property
    def account_id(self) -> str:
        return str(self.what["account"])


@dataclass(frozen=True)
class Look:
    """What the look came to: `left` are the ids that still answer, `why` says what kept it from an answer."""

    erasure: Erasure
    found: Found
    left: tuple[str, ...] = ()
    why: str = ""


def erasures_since(lines: list[Line], position: int) -> list[Erasure]:
    """The deletions that this backup doesn't know to be certified, each contact of a case once, by its newest line.

    Also those begun before it: they may have gone on after it.
    """
    settled = {
        line.case
        for line in lines
        if line.kind == Kind.CERTIFIED and line.number <= position and not _is_undone(line, lines, position)
    }
    # Of one that erased in part nobody knows here which objects it had seen to be gone.
    certified = {
        line.case: line.number
        for line in lines
        if line.kind == Kind.CERTIFIED and line.facts.get("outcome") == Outcome.ERASED
    }
    newest: dict[tuple[str, str, str], Erasure] = {}
    for line in lines:
        if line.kind == Kind.ERASING and (line.number > position or line.case not in settled):
            what = unseal(line.facts["sealed"], case=line.case)
            is_certified = certified.get(line.case, 0) > line.number
            newest[line.case, what["account"], what["contact"]] = Erasure(line, what, is_certified)
    return list(newest.values())


def _is_undone(line: Line, lines: list[Line], position: int) -> bool:
    """Whether a restore that this backup knows of went back to before the line: then the backup lacks what it tells."""
    return any(
        row.kind == Kind.RESTORED and row.number <= position and row.facts["backup_line"] < line.number < row.number
        for row in lines
    )


def look(erasures: list[Erasure], api_keys: Mapping[str, str]) -> Iterator[Look]:
    """Look each one up. `api_keys` (by account) stand in for a connection that the database lacks, or an old key.

    A key that is given is for these looks alone; it isn't saved.
    """
    for erasure in erasures:
        connection, key = _connection(erasure), api_keys.get(erasure.account_id, "")
        if connection is None and key:
            what = erasure.what
            connection = Connection(
                account_id=erasure.account_id, read_url=what["read_url"], import_url=what["import_url"]
            )
        if connection is None:
            yield Look(erasure, Found.UNKNOWN, why="the database has no connection to this account any more")
            continue
        try:
            with _opened(connection, erasure, key) as account:
                yield _look_up(account, erasure)
        except (NeedsPerson, TryLater) as error:
            yield Look(erasure, Found.UNKNOWN, why=str(Attention(error.code).label))
        except Unreadable:
            yield Look(erasure, Found.UNKNOWN, why="the stored credential can't be opened with these keys")


@contextmanager
def _opened(connection: Connection, erasure: Erasure, api_key: str) -> Iterator[Account]:
    purpose = Purpose(case=Case(reference=erasure.line.case))  # which may be lost itself
    with Account(connection, purpose, api_key=api_key) as account:
        yield account


def _look_up(account: Account, erasure: Erasure) -> Look:
    account.control_read()
    seen = account.read(erasure.contact_id)
    if seen is None:
        account.control_read()
        return Look(erasure, Found.GONE)
    there = held_by(seen) | {(ObjectKind.CONTACT.value, seen.contact_id)}
    # Reads span the account: what was kept in one integration answers for all.
    kept = {(kind, object_id) for _integration, kind, object_id, _exemption in erasure.what["kept"]}
    wanted = [(kind, object_id) for _integration, kind, object_id in erasure.what["objects"]]
    left = tuple(f"{kind} {object_id}" for kind, object_id in wanted if (kind, object_id) in there - kept)
    return Look(erasure, Found.STILL_THERE if left else Found.GONE, left=left)


def _connection(erasure: Erasure) -> Connection | None:
    """The case's own connection, or another one to the same account."""
    case = Case.objects.select_related("connection").filter(reference=erasure.line.case).first()
    same = Connection.objects.filter(account_id=erasure.account_id, read_url=erasure.what["read_url"])
    return case.connection if case and case.connection in same else same.order_by("-is_active", "-pk").first()
