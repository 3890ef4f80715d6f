"""What waits for one person's approval, one request after the other: the most urgent first, as on the dashboard."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from dsr.models import Case, User
from dsr.selectors.cases import awaits_approval_by


@dataclass(frozen=True)
class Place:
    """Where a request stands among those that wait for this person."""

    number: int
    total: int
    before: str
    """The reference of the one before; empty for the first."""
    after: str


def waiting_for(user: User) -> QuerySet[Case]:
    """The requests that this person may approve or send back."""
    return Case.objects.filter(awaits_approval_by(user)).order_by("due_on", "pk")


def place_of(user: User, case: Case) -> Place:
    """By three questions, however many wait."""
    waiting, earlier, later = waiting_for(user), _earlier(case), _later(case)
    counts = waiting.order_by().aggregate(total=Count("pk"), before=Count("pk", filter=earlier))
    before = waiting.filter(earlier).order_by("-due_on", "-pk").values_list("reference", flat=True).first()
    after = waiting.filter(later).values_list("reference", flat=True).first()
    return Place(number=counts["before"] + 1, total=counts["total"], before=before or "", after=after or "")


def next_after(user: User, case: Case | None) -> str:
    """The reference of the next one that waits for this person, from the first where `case` is None; or nothing."""
    waiting = waiting_for(user)
    rest = waiting.filter(_later(case)) if case else waiting
    return rest.values_list("reference", flat=True).first() or ""


def _earlier(case: Case) -> Q:
    return Q(due_on__lt=case.due_on) | Q(due_on=case.due_on, pk__lt=case.pk)


def _later(case: Case) -> Q:
    return Q(due_on__gt=case.due_on) | Q(due_on=case.due_on, pk__gt=case.pk)
