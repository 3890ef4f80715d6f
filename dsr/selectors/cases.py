"""Which cases: for the dashboard, the list and the menu."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils import timezone

from dsr import masterkey
from dsr.models import Case, CaseKey, User
from dsr.models.case import key_context
from dsr.permissions import Role
from dsr.selectors.due import SOON_DAYS
from dsr.states import FINAL, State

OFFICERS_TURN = (State.MATCHING, State.REVIEW, State.READY, State.NEEDS_ATTENTION)
RECENT_DAYS = 30


def open_cases() -> QuerySet[Case]:
    """Those somebody works on. A restore may have purged one that its backup still has in another state."""
    return Case.objects.exclude(state__in=FINAL).filter(purge_began_at=None)


def waiting_for(user: User, roles: frozenset[str]) -> QuerySet[Case]:
    """Cases whose next act this person may do: an officer's turn, or an approval by somebody without a hand in it."""
    mine = Q(pk__in=[])
    if Role.PRIVACY_OFFICER in roles:
        mine |= Q(state__in=OFFICERS_TURN)
    if Role.APPROVER in roles:
        worked_on = Case.objects.filter(actors__user=user).values("pk")
        mine |= Q(state=State.AWAITING_APPROVAL) & ~Q(filed_by=user) & ~Q(pk__in=worked_on)
    return open_cases().filter(mine)


def needing_a_person() -> QuerySet[Case]:
    return open_cases().filter(state=State.NEEDS_ATTENTION)


def overdue() -> QuerySet[Case]:
    """Not those whose clock stands still."""
    return open_cases().filter(due_on__lt=timezone.localdate(), paused_on=None)


def due_soon() -> QuerySet[Case]:
    """Open, with a clock that runs, and due today or in the seven days after."""
    return due_within(SOON_DAYS)


def due_within(days: int) -> QuerySet[Case]:
    """Open, with a clock that runs, and due today or in so many days after."""
    today = timezone.localdate()
    return open_cases().filter(due_on__range=(today, today + dt.timedelta(days=days)), paused_on=None)


def recently_completed() -> QuerySet[Case]:
    since = timezone.now() - dt.timedelta(days=RECENT_DAYS)
    return Case.objects.filter(state=State.COMPLETED, closed_at__gte=since)


def unlock(cases: Iterable[Case]) -> None:
    """Open the data keys of many cases with one query. A case whose key was destroyed stays as it is."""
    by_pk = {case.pk: case for case in cases}
    for row in CaseKey.objects.filter(case__in=by_pk):
        case = by_pk[row.case_id]
        # Fills the cached property.
        case.__dict__["data_key"] = masterkey.unwrap(row.wrapped, context=key_context(case))
