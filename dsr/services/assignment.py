"""Who looks after a case. It says whose turn it is, never who may: rights come from roles alone."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from dsr import audit
from dsr.exceptions import InvalidInput, WrongState
from dsr.models import Case, NotificationKind, User, WebhookEvent
from dsr.permissions import Role, has_role, raise_if_not
from dsr.services import notifying, telling_programs
from dsr.services.seen import raise_if_unseen
from dsr.services.transition import locked

ASSIGNED = "assigned"
"""The verb of its audit entry."""


def standing(case: Case) -> dict[str, str]:
    """Who looks after it, for the mark of a form; nothing where nobody does."""
    return {"officer": str(case.assigned_to_id or "")}


def assign(*, case: Case, actor: User, to: User | None, seen: str | None = None) -> bool:
    """Give the case to an officer, or to nobody. Says whether that changed anything.

    It is no hand in the case: who only assigned it may still approve it, and whoever it is given to as long as nothing
    else was done. `seen` is the mark of the form (`services.seen`).
    """
    raise_if_not(actor, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR)
    if to is not None and not has_role(to, Role.PRIVACY_OFFICER):
        raise InvalidInput(_("Choose an active privacy officer."), field="assigned_to")
    with transaction.atomic():
        fresh = locked(case.pk)
        if fresh.is_closed:
            raise WrongState(_("This case is closed, so nobody has to look after it."))
        wanted = {"officer": str(to.pk) if to else ""}
        raise_if_unseen(seen, now=standing(fresh), wanted=wanted, verbs=[ASSIGNED], case=fresh)
        before = fresh.assigned_to
        if before == to:
            return False
        fresh.assigned_to = to
        fresh.save(update_fields=["assigned_to"])
        if to:
            notifying.tell(fresh, NotificationKind.ASSIGNED, notifying.carers(fresh), actor=actor)
        telling_programs.tell(fresh, WebhookEvent.ASSIGNED, to=to.staff_reference if to else "")
        audit.record(
            actor=actor,
            verb=ASSIGNED,
            case=fresh,
            facts={"to": to.staff_reference if to else "", "before": before.staff_reference if before else ""},
        )
    case.refresh_from_db()
    return True
