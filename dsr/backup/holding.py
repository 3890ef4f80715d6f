"""Put back the legal holds that were placed after the backup."""

from __future__ import annotations

import base64
import datetime as dt

from dsr.ledger import Kind, Line
from dsr.models import Case, LegalHold, User
from dsr.services import holds


def put_back(lines: list[Line]) -> tuple[list[str], list[str]]:
    """Place every hold that the ledger knows, that it doesn't know to be lifted, and that the database lacks.

    One that the database has and that was lifted since stands: two persons lift it again. Returns the references of the
    cases that got a hold back, and of those that are lost themselves.
    """
    lifted = {_name(line) for line in lines if line.kind == Kind.HOLD_LIFTED}
    purged = {line.case for line in lines if line.kind == Kind.PURGED}
    done: set[str] = set()
    lost: set[str] = set()
    for line in lines:
        if line.kind != Kind.HOLD_PLACED or _name(line) in lifted or line.case in purged:
            continue
        case = Case.objects.filter(reference=line.case).first()
        placed_at = dt.datetime.fromisoformat(line.facts["hold"])
        if case is None:
            lost.add(line.case)
        elif not case.is_purged and not LegalHold.objects.filter(case=case, placed_at=placed_at).exists():
            holds.put_back(
                case=case,
                reason_sealed=base64.b64decode(line.facts["reason"]),
                placed_by=_user(line.facts["placed_by"]),
                placed_at=placed_at,
            )
            done.add(line.case)
    return sorted(done), sorted(lost)


def _name(line: Line) -> tuple[str, str]:
    return line.case, line.facts["hold"]


def _user(reference: str) -> User | None:
    """None where the account was made after the backup. Nobody has signed in since the restore, so no new one has its
    number."""
    return User.objects.filter(pk=int(reference.removeprefix("U-"))).first() if reference else None
