"""Thousands of cases, as rows: what a desk holds after some years, without going through the services one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils import timezone

from dsr import crypto, masterkey
from dsr.models import Case, CaseKey, Connection, Identifier, User
from dsr.models.case import key_context
from dsr.services.intake import hash_of
from dsr.states import FINAL, Kind, State

_AT_ONCE = 2000
_STATES = (
    State.MATCHING, State.REVIEW, State.COMPLETED, State.AWAITING_APPROVAL, State.COMPLETED, State.NEEDS_ATTENTION,
    State.READY, State.REFUSED, State.WITHDRAWN, State.COMPLETED,
)  # fmt: skip


OPEN = tuple(state for state in _STATES if state not in FINAL)
MOSTLY_CLOSED = (*_STATES, *[State.COMPLETED] * 40)
"""One in ten is open, as after some years."""


def make_many(
    count: int,
    *,
    connection: Connection,
    filed_by: User,
    officers: Sequence[User | None] = (None,),
    states: Sequence[State] = _STATES,
) -> None:
    """So many cases more, in these states, received over the last two years, each with its key and an address."""
    first = Case.objects.count() + 1
    for start in range(first, first + count, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, first + count))
        made = [
            _case(number, states[number % len(states)], connection, filed_by, officers[number % len(officers)])
            for number in numbers
        ]
        for case in made:
            case.__dict__["data_key"] = crypto.new_key()
            case.subject_name_sealed = case.seal(f"Person {case.reference}", field="subject_name")
        Case.objects.bulk_create(made, batch_size=500)
        CaseKey.objects.bulk_create(
            [CaseKey(case=case, wrapped=masterkey.wrap(case.data_key, context=key_context(case))) for case in made]
        )
        Identifier.objects.bulk_create([_address(case) for case in made])


def _address(case: Case) -> Identifier:
    value = f"{case.reference}@example.com"
    sealed = case.seal(value, field="identifier")
    return Identifier(case=case, kind="email", keyed_hash=hash_of("email", value), value_sealed=sealed)


def _case(number: int, state: State, connection: Connection, filed_by: User, officer: User | None) -> Case:
    received = timezone.localdate() - dt.timedelta(days=number * 7 % 730)
    if state not in FINAL:
        received = timezone.localdate() - dt.timedelta(days=number * 7 % 45)
    closed = timezone.now() - dt.timedelta(days=number * 3 % 700) if state in FINAL else None
    # Of three in MATCHING one isn't asked who they are, one is since some days, and one for long.
    asked_for = (None, 5, 50)[number // len(_STATES) % 3] if state == State.MATCHING else None
    asked_at = timezone.now() - dt.timedelta(days=asked_for) if asked_for else None
    return Case(
        identity="asked" if asked_at else "unconfirmed",
        identity_at=asked_at,
        identity_by=filed_by if asked_at else None,
        paused_on=timezone.localdate(asked_at) if asked_at else None,
        reference=f"DSR-1999-{number:06d}",
        kind=Kind.ERASURE if number % 3 else Kind.ACCESS,
        state=state,
        outcome="erased" if state == State.COMPLETED else "",
        channel="email",
        connection=connection,
        received_on=min(received, closed.date()) if closed else received,
        due_on=received + dt.timedelta(days=30),
        subject_name_sealed=b"",
        assigned_to=officer,
        filed_by=filed_by,
        filed_at=timezone.now(),
        closed_at=closed,
    )
