"""Which cases: for the dashboard, the list and the menu."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from dsr.days import controller_today
from dsr.models import Case, CaseActor, Preferences, User
from dsr.permissions import Role
from dsr.selectors.due import SOON_DAYS
from dsr.selectors.silence import is_silent, waits_for_subject
from dsr.states import FINAL, State

OFFICERS_TURN = (State.MATCHING, State.REVIEW, State.READY, State.NEEDS_ATTENTION)
RECENT_DAYS = 30
_OPEN = tuple(state for state in State if state not in FINAL)


def is_open(*states: State) -> Q:
    """Somebody works on it, in one of these states where some are given. A restore may have purged one that its backup
    still has in another state."""
    return Q(state__in=states or _OPEN, purge_began_at=None)


def open_cases() -> QuerySet[Case]:
    """Those somebody works on."""
    return Case.objects.filter(is_open())


def awaits(user: User, roles: frozenset[str]) -> Q:
    """Open, and this person may do the next act: an officer's turn, unless it is the data subject's, or an approval."""
    mine = awaits_approval_by(user) if Role.APPROVER in roles else Q(pk__in=[])
    if Role.PRIVACY_OFFICER in roles:
        mine |= is_open(*OFFICERS_TURN) & ~waits_for_subject()
    return mine


def awaits_approval_by(user: User) -> Q:
    """Waiting for the second person, which this one can be: they had no hand in it."""
    worked_on = CaseActor.objects.filter(user=user).values("case_id")
    return is_open(State.AWAITING_APPROVAL) & ~Q(filed_by=user) & ~Q(pk__in=worked_on)


def needs_a_person() -> Q:
    return is_open(State.NEEDS_ATTENTION)


def is_overdue() -> Q:
    """Open, due before today, and not one whose clock stands still."""
    return is_open() & _is_past_due()


def is_due_soon() -> Q:
    """Open, with a clock that runs, and due today or in the seven days after."""
    return is_due_within(SOON_DAYS)


def is_due_within(days: int) -> Q:
    """Open, with a clock that runs, and due today or in so many days after."""
    return is_open() & _comes_due_within(days)


def _is_past_due() -> Q:
    return Q(due_on__lt=controller_today(), paused_on=None)


def _comes_due_within(days: int) -> Q:
    today = controller_today()
    return Q(due_on__range=(today, today + dt.timedelta(days=days)), paused_on=None)


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
    for_subject: int
    silent: int
    overdue: int
    due_soon: int


def is_looked_after_by(user: User) -> Q:
    """Given to this person, or to somebody for whom they stand in today."""
    today = controller_today()
    away = Preferences.objects.filter(substitute=user, away_from__lte=today, away_until__gte=today)
    return Q(assigned_to=user) | Q(assigned_to__in=away.values("user"))


def counts_for(user: User, roles: frozenset[str]) -> Counts:
    """All of them by one query over what is open, so no condition has to ask that again for each of thousands."""
    wanted = {
        "open": Q(),
        "mine": is_looked_after_by(user),
        "unassigned": Q(assigned_to=None),
        "waiting": awaits(user, roles),
        "to_approve": awaits_approval_by(user),
        "needing_a_person": needs_a_person(),
        "for_subject": waits_for_subject(),
        "silent": is_silent(),
        "overdue": _is_past_due(),
        "due_soon": _comes_due_within(SOON_DAYS),
    }
    counted = {name: Count("pk", filter=condition) for name, condition in wanted.items()}
    return Counts(**Case.objects.filter(is_open()).order_by().aggregate(**counted))
