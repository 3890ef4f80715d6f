"""Extend the time limit by two further months (Art. 12(3))."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from dsr import audit
from dsr.days import controller_today
from dsr.exceptions import NotReady, WrongState
from dsr.models import Case, User
from dsr.permissions import Role, raise_if_not, record_actor
from dsr.services import clock, reasons
from dsr.services.intake import legal_deadline
from dsr.services.transition import locked

EXTENDED = "time_limit_extended"
"""The verb of its audit entry."""


def may_extend(case: Case) -> bool:
    """Whether it still can be: once, while the case is open, and within the first month."""
    return not case.is_closed and not case.extended and controller_today() <= tell_by(case)


def tell_by(case: Case) -> dt.date:
    """The last day on which the person can be told of an extension: that of the time limit without it.

    The first month stands still with the clock: what a pause that lasts has come to so far counts too.
    """
    return legal_deadline(case.received_on, paused_days=clock.paused_days(case)).due_on


def extend(*, case: Case, actor: User, reason: str) -> None:
    """Extend it, counted from the original start, where the complexity and number of the requests makes it necessary.

    The person has to be told of it, with the reasons, within the first month (Art. 12(3), third sentence), so later
    it is refused. The letter is a step of its own. Raises `InvalidInput`, `WrongState` or `NotReady`.
    """
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    reason = reasons.checked(reason, _("Give the reasons; the person has to be told them (Art. 12(3))."))
    with transaction.atomic():
        fresh = locked(case.pk)
        if fresh.is_closed:
            raise WrongState(_("This case is closed, so nothing is left to extend."))
        if fresh.extended:
            raise WrongState(_("The time limit was extended already. The Regulation knows no second extension."))
        if controller_today() > tell_by(fresh):
            raise NotReady(
                _("The first month is over. An extension has to be told within it (Art. 12(3)), so answer now.")
            )
        before = fresh.due_on
        deadline = legal_deadline(fresh.received_on, paused_days=fresh.paused_days, extended=True)
        fresh.extended, fresh.due_on, fresh.due_moved_by = True, deadline.due_on, deadline.moved_by
        fresh.save(update_fields=["extended", "due_on", "due_moved_by"])
        record_actor(case=fresh, user=actor, act="extended")
        audit.record(
            actor=actor,
            verb=EXTENDED,
            case=fresh,
            facts={"due_on": deadline.due_on.isoformat(), "before": before.isoformat()},
            reason=reason,
        )
    case.refresh_from_db()
