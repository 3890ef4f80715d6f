"""The one door for a case's state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from dsr import audit
from dsr.exceptions import WrongState
from dsr.models import Case, User, WebhookEvent
from dsr.services import notifying, telling_programs
from dsr.states import Kind, State, Verb, is_allowed


def move(
    case: Case,
    *,
    verb: Verb,
    target: State,
    actor: User | None,
    facts: Mapping[str, Any] | None = None,
    reason: str = "",
    **fields: Any,
) -> None:
    """Move the case from the state it was read in to `target`, with its audit entry, as the last write.

    Raises `WrongState` when the table holds no such step, or when somebody else moved the case first; then nothing of
    the surrounding transaction may stay. `fields` are further columns of the case, written in the same UPDATE.
    """
    source = State(case.state)
    if not is_allowed(verb=verb, source=source, target=target, kind=Kind(case.kind)):
        raise WrongState(
            _("This can't be done while the case is “%(state)s”. Look at the case again.") % {"state": source.label}
        )
    with transaction.atomic():
        moved = Case.objects.filter(pk=case.pk, state=source).update(state=target, **fields)
        if moved != 1:
            raise WrongState(_("Somebody else has moved this case meanwhile. Look at it again."))
        notifying.told(case, verb=verb, target=target, actor=actor)
        now = {name: str(fields.get(name, getattr(case, name))) for name in ("outcome", "due_on")}
        now |= {"state": target.value, "previous": source.value, "verb": verb.value}
        telling_programs.tell(case, WebhookEvent.MOVED, **now)
        audit.record(
            actor=actor,
            verb=verb,
            case=case,
            facts={"from": source.value, "to": target.value, **(facts or {})},
            reason=reason,
        )
    case.state = target
    for name, value in fields.items():
        setattr(case, name, value)


def locked(case_id: int) -> Case:
    """Read the case for a change: under a row lock where the database has them. Only inside a transaction.

    Raises `WrongState` once its contents are destroyed, or are being destroyed: then nothing can be done with it.
    """
    case = Case.objects.select_for_update().get(pk=case_id)
    if case.is_purged:
        raise WrongState(_("The contents of this case were destroyed when its retention ended."))
    return case
