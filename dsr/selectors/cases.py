"""Which cases: for the dashboard, the list and the menu."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from dsr import masterkey
from dsr.models import Case, CaseActor, CaseKey, User
from dsr.models.case import key_context
from dsr.permissions import Role
from dsr.selectors.due import SOON_DAYS
from dsr.states import FINAL, State

OFFICERS_TURN = (State.MATCHING, State.REVIEW, State.READY, State.NEEDS_ATTENTION)
RECENT_DAYS = 30
_OPEN = tuple(state for state in State if state not in FINAL)


def is_open() -> Q:
    """Somebody works on it. A restore may have purged one that its backup still has in another state."""
    return Q(state__in=_OPEN, purge_began_at=None)


def open_cases() -> QuerySet[Case]:
    """Those somebody works on."""
    return Case.objects.filter(is_open())


def awaits(user: User, roles: frozenset[str]) -> Q:
    """Open, and this person may do the next act: an officer's turn, or an approval."""
    mine = awaits_approval_by(user) if Role.APPROVER in roles else Q(pk__in=[])
    if Role.PRIVACY_OFFICER in roles:
        mine |= is_open() & Q(state__in=OFFICERS_TURN)
    return mine


def awaits_approval_by(user: User) -> Q:
    """Waiting for the second person, which this one can be: they had no hand in it."""
    worked_on = CaseActor.objects.filter(user=user).values("case_id")
    return is_open() & Q(state=State.AWAITING_APPROVAL) & ~Q(filed_by=user) & ~Q(pk__in=worked_on)


def needs_a_person() -> Q:
    return is_open() & Q(state=State.NEEDS_ATTENTION)


def is_overdue() -> Q:
    """Open, due before today, and not one whose clock stands still."""
    return is_open() & Q(due_on__lt=timezone.localdate(), paused_on=None)


def is_due_soon() -> Q:
    """Open, with a clock that runs, and due today or in the seven days after."""
    return is_due_within(SOON_DAYS)


def is_due_within(days: int) -> Q:
    """Open, with a clock that runs, and due today or in so many days after."""
    today = timezone.localdate()
    return is_open() & Q(due_on__range=(today, today + dt.timedelta(days=days)), paused_on=None)


def is_recently_completed() -> Q:
    since = timezone.now() - dt.timedelta(days=RECENT_DAYS)
    return Q(state=State.COMPLETED, closed_at__gte=since)


@dataclass(frozen=True)
class Counts:
    """The numbers of the dashboard, all of open cases."""

    open: int
    mine: int
    unassigned: int
    waiting: int
    to_approve: int
    needing_a_person: int
    overdue: int
    due_soon: int


def is_looked_after_by(user: User) -> Q:
    """Given to this person, or to somebody for whom they stand in today."""
    today = timezone.localdate()
    return Q(assigned_to=user) | Q(
        assigned_to__preferences__substitute=user,
        assigned_to__preferences__away_from__lte=today,
        assigned_to__preferences__away_until__gte=today,
    )


def counts_for(user: User, roles: frozenset[str]) -> Counts:
    """All of them by one query."""
    wanted = {
        "open": Q(),
        "mine": is_looked_after_by(user),
        "unassigned": Q(assigned_to=None),
        "waiting": awaits(user, roles),
        "to_approve": awaits_approval_by(user),
        "needing_a_person": needs_a_person(),
        "overdue": is_overdue(),
        "due_soon": is_due_soon(),
    }
    counted = {name: Count("pk", filter=condition) for name, condition in wanted.items()}
    return Counts(**Case.objects.filter(is_open()).order_by().aggregate(**counted))


def unlock(cases: Iterable[Case]) -> None:
    """Open the data keys of many cases with one query. A case whose key was destroyed stays as it is."""
    by_pk = {case.pk: case for case in cases}
    for row in CaseKey.objects.filter(case__in=by_pk):
        case = by_pk[row.case_id]
        # Fills the cached property.
        case.__dict__["data_key"] = masterkey.unwrap(row.wrapped, context=key_context(case))
