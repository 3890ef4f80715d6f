"""Identity verification (Art. 12(6)): that it was checked, how, by whom and when; meanwhile the clock may stand still.

A proof (a copy of a passport, say) can be looked at while the identity is open. Once it is confirmed or refused the
proof is destroyed and only the record of the check stays: EDPB Guidelines 01/2022 on the right of access, §78.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import audit, storage
from dsr.exceptions import InvalidInput, WrongState
from dsr.models import Case, Document, DocumentKind, Identity, IdentityMethod, User
from dsr.permissions import Role, raise_if_not, record_actor
from dsr.services import clock, disposal
from dsr.services.documents import add_upload
from dsr.services.seen import raise_if_unseen
from dsr.services.transition import locked
from dsr.states import State
from dsr.uploads import Letter

_OPEN = frozenset({State.RECEIVED, State.MATCHING, State.REVIEW, State.NEEDS_ATTENTION})
_LONGEST_NOTE = 2_000


def ask(*, case: Case, actor: User) -> None:
    """Note that the person was asked to prove who they are. The clock stops where that comes early enough."""
    _set(case, actor, identity=Identity.ASKED, verb="identity_asked", method="", note="", clock_by=clock.stopped)


def note_answer(*, case: Case, actor: User, answered_on: dt.date | None = None) -> None:
    """Note that the person answered and it doesn't suffice: the clock runs on, and they may be asked once more."""
    _set(
        case,
        actor,
        identity=Identity.UNCONFIRMED,
        verb="identity_answered",
        method="",
        note="",
        clock_by=lambda fresh: clock.run_on(fresh, answered_on=answered_on),
        only_from=Identity.ASKED,
    )


def standing(case: Case) -> dict[str, str]:
    """How the identity was confirmed, for the mark of a form; nothing as long as it wasn't."""
    is_confirmed = case.identity == Identity.CONFIRMED
    return {"method": case.identity_method, "note": case.identity_note} if is_confirmed else {}


def confirm(
    *,
    case: Case,
    actor: User,
    method: str,
    note: str = "",
    answered_on: dt.date | None = None,
    seen: str | None = None,
) -> None:
    """Record that the identity is confirmed, and how. Its proofs are destroyed (EDPB Guidelines 01/2022, §78).

    Where the clock stood still it runs on from the day of the answer, today unless told otherwise. Recorded again it
    is corrected, until the case is prepared; the audit trail keeps both. `seen` is the mark of the form
    (`services.seen`).
    """
    if method not in IdentityMethod.values:
        raise InvalidInput(_("Choose how the identity was confirmed."), field="method")
    if method == IdentityMethod.OTHER and not note.strip():
        raise InvalidInput(_("Say in a few words how the identity was confirmed."), field="note")
    if len(note) > _LONGEST_NOTE:
        raise InvalidInput(_("This note is too long."), field="note")
    _set(
        case,
        actor,
        identity=Identity.CONFIRMED,
        verb="identity_confirmed",
        method=method,
        note=note.strip(),
        clock_by=lambda fresh: clock.run_on(fresh, answered_on=answered_on),
        seen=seen,
    )


def add_proof(*, case: Case, actor: User, proof: Letter) -> Document:
    """Keep a proof of identity, encrypted, for as long as the identity is open. Its own file name isn't kept."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    made: list[str] = []
    with storage.discarded_on_error(made), transaction.atomic():
        fresh = locked(case.pk)
        if fresh.state not in _OPEN or fresh.identity not in {Identity.UNCONFIRMED, Identity.ASKED}:
            raise WrongState(_("The identity is settled, so no proof of it is kept any more."))
        stored = storage.write(fresh, proof.content)
        made.append(stored.path)
        document = add_upload(fresh, DocumentKind.PROOF, proof, stored, actor=actor, keeps_name=False)
        record_actor(case=fresh, user=actor, act="proof_added")
        audit.record(actor=actor, verb="proof_added", case=fresh, facts={"document": document.pk})
    return document


def _set(
    case: Case,
    actor: User,
    *,
    identity: Identity,
    verb: str,
    method: str,
    note: str,
    clock_by: Callable[[Case], dict[str, Any]],
    only_from: Identity | None = None,
    seen: str | None = None,
) -> None:
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        fresh = locked(case.pk)
        plan = fresh.current_plan if fresh.state == State.NEEDS_ATTENTION else None
        is_evidence = plan is not None and plan.prepared_at is not None
        settled = fresh.identity == Identity.CONFIRMED and (identity != Identity.CONFIRMED or is_evidence)
        if fresh.state not in _OPEN or settled or (only_from and fresh.identity != only_from):
            raise WrongState(_("The identity is settled, or the case has moved on. Look at the case again."))
        wanted = {"method": method, "note": note}
        raise_if_unseen(seen, now=standing(fresh), wanted=wanted, verbs=[verb], case=fresh)
        changes = clock_by(fresh)
        facts = {"method": method, **clock.facts_of(fresh, changes)}
        changes |= {
            "identity": identity,
            "identity_method": method,
            "identity_note_sealed": fresh.seal(note, field="identity_note"),
            "identity_by": actor,
            "identity_at": timezone.now(),
        }
        for name, value in changes.items():
            setattr(fresh, name, value)
        fresh.save(update_fields=list(changes))
        record_actor(case=fresh, user=actor, act=verb)
        if identity == Identity.CONFIRMED:
            disposal.mark_proofs(fresh)
        audit.record(actor=actor, verb=verb, case=fresh, facts=facts, reason=note)
    disposal.destroy_checked_proofs(case)
    case.refresh_from_db()
