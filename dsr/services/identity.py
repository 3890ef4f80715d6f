"""Identity verification (Art. 12(6)): that it was checked, how, by whom and when. Never a copy of a document."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import audit
from dsr.exceptions import InvalidInput, WrongState
from dsr.models import Case, Identity, IdentityMethod, User
from dsr.permissions import Role, raise_if_not, record_actor
from dsr.services.transition import locked
from dsr.states import State

_OPEN = frozenset({State.RECEIVED, State.MATCHING, State.REVIEW, State.NEEDS_ATTENTION})
_LONGEST_NOTE = 2_000


def ask(*, case: Case, actor: User) -> None:
    """Note that the person was asked to prove who they are."""
    _set(case, actor, identity=Identity.ASKED, verb="identity_asked", method="", note="")


def confirm(*, case: Case, actor: User, method: str, note: str = "") -> None:
    """Record that the identity is confirmed, and how (EDPB Guidelines 01/2022, §78: the proof itself isn't kept).

    Recorded again it is corrected, until the case is prepared; the audit trail keeps both.
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
    )


def _set(case: Case, actor: User, *, identity: Identity, verb: str, method: str, note: str) -> None:
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        fresh = locked(case.pk)
        if fresh.state not in _OPEN or (fresh.identity == Identity.CONFIRMED and identity != Identity.CONFIRMED):
            raise WrongState(_("The identity is settled, or the case has moved on. Look at the case again."))
        fresh.identity, fresh.identity_method = identity, method
        fresh.identity_note_sealed = fresh.seal(note, field="identity_note")
        fresh.identity_by, fresh.identity_at = actor, timezone.now()
        fresh.save(
            update_fields=[
                "identity",
                "identity_method",
                "identity_note_sealed",
                "identity_by",
                "identity_at",
            ]
        )
        record_actor(case=fresh, user=actor, act=verb)
        audit.record(actor=actor, verb=verb, case=fresh, facts={"method": method}, reason=note)
    case.refresh_from_db()
