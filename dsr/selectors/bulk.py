"""The deletions of each account: how many wait, are at work, are done or need a person, and how long the rest takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsr.models import (
    Approval,
    Candidate,
    Case,
    Connection,
    Decision,
    ExecutedCall,
    Identifier,
    Job,
    JobKind,
    JobStatus,
    LineDecision,
    ObjectKind,
    PlanLine,
)
from dsr.models.plan import FINISHED
from dsr.selectors import halts
from dsr.selectors.halts import Told
from dsr.states import CARRIED_OUT, Kind, State

_DONE_SINCE = dt.timedelta(hours=24)
_MEASURED = dt.timedelta(minutes=5)
_ENOUGH_CALLS, _ENOUGH_TIME = 20, dt.timedelta(seconds=30)
"""With fewer calls, or in less time, nothing is said of how fast it goes."""

_ERASING = Q(kind=Kind.ERASURE, state=State.ERASING, purge_began_at=None)
_CERTIFYING = Q(
    Exists(
        Job.objects.filter(
            case=OuterRef("pk"), kind=JobKind.CERTIFY, status__in=[JobStatus.DUE, JobStatus.RUNNING]
        ).order_by()
    )
)
"""All is deleted and looked up again; the certificate is to be drawn."""
_RUNNING = Q(Exists(Job.objects.filter(case=OuterRef("pk"), kind=JobKind.ERASE, status=JobStatus.RUNNING).order_by()))
_DELETES = Q(
    Exists(
        PlanLine.objects.filter(plan__case=OuterRef("pk"), plan__voided_at=None, decision=LineDecision.DELETE)
        .exclude(step__in=FINISHED)
        .order_by()
    )
)
"""Something is left to delete. Elsewhere it is only looked up once more, and certified."""
APPROVED = _ERASING & ~_CERTIFYING
AWAITING = Q(kind=Kind.ERASURE, state=State.AWAITING_APPROVAL, purge_began_at=None)
_STOPPED = Q(kind=Kind.ERASURE, state=State.NEEDS_ATTENTION, resume_state=State.ERASING, purge_began_at=None)


@dataclass(frozen=True, kw_only=True)
class Account:
    """One connection's deletions."""

    connection: Connection
    awaiting: int
    waiting: int
    at_work: int
    stopped: int
    done: int
    """Ended lately with something deleted."""
    starting: int
    """Of those that wait: what begins to delete as soon as nothing stops it."""
    later: int
    """Approved, and begins at the end of its cooling-off."""
    calls_left: int
    """Of what doesn't begin later."""
    left: str
    """How long these take, in words; empty where too little is known."""
    halts: list[Told] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.waiting + self.at_work + self.stopped + self.done

    @property
    def faults(self) -> Told | None:
        return next((row for row in self.halts if row.halt.cause == "faults"), None)

    @property
    def pause(self) -> Told | None:
        return next((row for row in self.halts if row.halt.cause == "person"), None)


def accounts() -> list[Account]:
    """Every connection in use, or with something left, by name. The number of queries is that of one account."""
    later = _later()
    counts, calls, speeds = _counts(later), calls_left(APPROVED & ~later), _speeds()
    stopped: dict[int, list[Told]] = {}
    for row in halts.told():
        stopped.setdefault(row.halt.connection_id, []).append(row)
    wanted = Connection.objects.filter(Q(is_active=True) | Q(pk__in=[*counts, *stopped]))
    rows = []
    for connection in wanted.order_by("name"):
        of_it = counts.get(connection.pk, {})
        left = calls.get(connection.pk, 0)
        own = stopped.get(connection.pk, [])
        rows.append(
            Account(
                connection=connection,
                awaiting=of_it.get("awaiting", 0),
                waiting=of_it.get("approved", 0) - of_it.get("at_work", 0),
                at_work=of_it.get("at_work", 0),
                stopped=of_it.get("stopped", 0),
                done=of_it.get("done", 0),
                starting=of_it.get("starting", 0),
                later=of_it.get("later", 0),
                calls_left=left,
                left="" if own else how_long(left, rate=connection.rate_per_minute, measured=speeds.get(connection.pk)),
                halts=own,
            )
        )
    return rows


def calls_left(cases: Q = APPROVED) -> Mapping[int, int]:
    """By connection: how many calls these erasures still make, if nothing unexpected is found.

    Each makes one control read, looks every identifier up at the end, and deletes line by line; each contact is
    compared once before the first step, and read once more before it goes. A contact that was ruled out answers to a
    shared address in the end, and is read once.
    """
    return _grouped(cases, "connection")


def calls_of_each(cases: Q) -> Mapping[int, int]:
    """The same by case."""
    return _grouped(cases, "pk")


def _grouped(cases: Q, by: str) -> Mapping[int, int]:
    of_case = Case.objects.filter(cases)
    numbers = dict(of_case.order_by().values_list(by).annotate(calls=Count("pk")))
    lines = PlanLine.objects.filter(plan__case__in=of_case, plan__voided_at=None, decision=LineDecision.DELETE)
    todo = ~Q(step__in=FINISHED)
    contact = Q(object=ObjectKind.CONTACT) & todo
    key = "plan__case_id" if by == "pk" else "plan__case__connection_id"
    for group, deletes, reads in (
        lines.order_by().values_list(key).annotate(deletes=Count("pk", filter=todo), reads=Count("pk", filter=contact))
    ):
        numbers[group] = numbers.get(group, 0) + deletes + reads
    begun = PlanLine.objects.filter(plan__case__in=of_case, plan__voided_at=None).exclude(step="pending")
    fresh = PlanLine.objects.filter(plan__case__in=of_case, plan__voided_at=None).exclude(plan__in=begun.values("plan"))
    identifiers = Identifier.objects.filter(case__in=of_case).filter(
        Q(learnt_from=None) | Q(learnt_from__decision="same_person")
    )
    ruled_out = Candidate.objects.filter(case__in=of_case, decision=Decision.OTHER_PERSON, superseded=False)
    key_of_case = "case_id" if by == "pk" else "case__connection_id"
    for found in (
        fresh.order_by().values_list(key).annotate(n=Count("candidate", distinct=True)),
        identifiers.order_by().values_list(key_of_case).annotate(n=Count("pk")),
        ruled_out.order_by().values_list(key_of_case).annotate(n=Count("pk")),
    ):
        for group, count in found:
            numbers[group] = numbers.get(group, 0) + count
    return numbers


def how_long(calls: int, *, rate: int, measured: float | None) -> str:
    """ "About 50 minutes, if nothing stops", by whichever is slower; nothing where it wasn't measured."""
    if not calls or not measured:
        return ""
    minutes = round(calls / min(rate, measured))
    if minutes < 1:
        return _("Less than a minute is left, if nothing stops.")
    if minutes < 120:
        return ngettext(
            "About %(n)d minute is left, if nothing stops.", "About %(n)d minutes are left, if nothing stops.", minutes
        ) % {"n": minutes}
    hours = round(minutes / 60)
    return ngettext(
        "About %(n)d hour is left, if nothing stops.", "About %(n)d hours are left, if nothing stops.", hours
    ) % {"n": hours}


def _later() -> Q:
    """Of cases: those whose approval still cools off."""
    cooling = Approval.objects.filter(case=OuterRef("pk"), voided_at=None, deletes_from__gt=timezone.now())
    return Q(Exists(cooling.order_by()))


def _counts(later: Q) -> dict[int, dict[str, Any]]:
    done = Q(
        kind=Kind.ERASURE,
        state=State.COMPLETED,
        outcome__in=CARRIED_OUT,
        closed_at__gte=timezone.now() - _DONE_SINCE,
    )
    shown = Case.objects.filter(_ERASING | AWAITING | _STOPPED | done).order_by()
    at_work = _RUNNING | _CERTIFYING
    rows = shown.values("connection").annotate(
        approved=Count("pk", filter=_ERASING),
        awaiting=Count("pk", filter=AWAITING),
        stopped=Count("pk", filter=_STOPPED),
        done=Count("pk", filter=done),
        at_work=Count("pk", filter=_ERASING & at_work),
        starting=Count("pk", filter=_ERASING & _DELETES & ~at_work & ~later),
        later=Count("pk", filter=_ERASING & later),
    )
    return {row["connection"]: {**row} for row in rows}


def _speeds() -> dict[int, float]:
    """Calls a minute of the last minutes, by connection, where there were enough of them."""
    recent = ExecutedCall.objects.filter(at__gte=timezone.now() - _MEASURED, attempt__gt=0).order_by()
    speeds = {}
    for row in recent.values("connection").annotate(n=Count("pk"), first=Min("at"), last=Max("at")):
        span = row["last"] - row["first"]
        if row["n"] >= _ENOUGH_CALLS and span >= _ENOUGH_TIME:
            speeds[row["connection"]] = row["n"] / (span / dt.timedelta(minutes=1))
    return speeds
