"""Cases at the stages at which letters are written, and the shortest way to send one."""

from __future__ import annotations

from typing import Any

from dsr.models import Case, Connection, LetterKind, OutgoingLetter, User
from dsr.services import closing, identity, letters, review
from dsr.services.letter_values import Said
from tests.builders import approve, decide_all, file_case, prepared, work

ADDRESS = "linda.dare@example.com"
REASONS = "This is the tenth request about the same invoice within a month."


def refused(officer: User, connection: Connection, **fields: Any) -> Case:
    case = file_case(officer, connection, **fields)
    work()
    case.refresh_from_db()
    closing.refuse(case=case, actor=officer, ground="excessive", reason=REASONS)
    return case


def erased(officer: User, approver: User, connection: Connection, *, kept: str = "", **fields: Any) -> Case:
    """Certified; with one object kept on an exemption where its id is given."""
    choices: dict[str, Any] = {}
    if kept:
        choices[f"id_{kept}"] = review.Choice(decision="keep", exemption="17(3)(b)", reason="Tax records, 147 AO.")
    case = prepared(file_case(officer, connection, **fields), officer, **choices)
    approve(case, approver)
    work()
    case.refresh_from_db()
    assert case.state == "completed"
    return case


def empty(officer: User, connection: Connection, **fields: Any) -> Case:
    """Nobody found: closed with “no data found”."""
    case = file_case(officer, connection, **fields)
    work()
    case.refresh_from_db()
    identity.confirm(case=case, actor=officer, method="signed_letter")
    decide_all(case, officer, same=())
    review.open_review(case=case, actor=officer)
    closing.nothing_found(case=case, actor=officer)
    return case


def send(case: Case, officer: User, kind: LetterKind, **changes: Any) -> OutgoingLetter:
    """The letter as its text has it, by e-mail, unless told otherwise."""
    said = changes.pop("said", Said())
    text = letters.draft(case=case, kind=kind, said=said)
    given = {"heading": text.heading, "body": text.body, "channel": "email", "address": ADDRESS, **changes}
    return letters.send(case=case, actor=officer, kind=kind, said=said, **given)
