"""A period in numbers, in the active language. Counted from what stays when a case is purged; names nobody.

docs/reports.md says how each figure is counted.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db.models import Q, TextChoices
from django.utils import dateformat
from django.utils.translation import gettext as _

from dsr.days import controller_day, controller_midnight, controller_today
from dsr.evidence.accounts import AnswerDays, Count, Figures, Month
from dsr.models import Case, Channel, LegalHold, ObjectKind, PlanLine, RefusalGround, StepState
from dsr.periods import Period, following_month
from dsr.states import FINAL, Kind, Outcome, State

ANSWERS = (State.COMPLETED, State.REFUSED)
"""What tells the person something of substance. A request that was withdrawn or merged needs no answer."""
_WITHIN = (7, 14, 30, 60, 90)
_OPEN, _LOST = "open", "lost"


class _Row(NamedTuple):
    kind: str
    state: str
    outcome: str
    channel: str
    refusal_ground: str
    received_on: dt.date
    due_on: dt.date
    extended: bool
    paused_on: dt.date | None
    closed_at: dt.datetime | None

    @property
    def closed_on(self) -> dt.date | None:
        return controller_day(self.closed_at) if self.closed_at else None

    def is_overdue(self, as_of: dt.date) -> bool:
        """Past its due date on that day, and its clock didn't stand still."""
        return self.due_on < as_of and (self.paused_on is None or self.paused_on > as_of)

    @property
    def ending(self) -> str:
        """The outcome, else how it was closed, else that it is open."""
        if self.outcome or self.state in FINAL:
            return self.outcome or self.state
        return _LOST if self.closed_at else _OPEN

    @property
    def days(self) -> int:
        assert self.closed_on  # noqa: S101  (asked of closed ones alone)
        return (self.closed_on - self.received_on).days


def figures_of(period: Period) -> Figures:
    """The figures, by a fixed number of queries: none of them grows with the cases."""
    as_of = min(period.end, controller_today())
    rows = _rows(period, as_of)
    received = [row for row in rows if row.received_on in period]
    answered = [row for row in rows if row.state in ANSWERS and row.closed_on in period]
    refused = [row for row in answered if row.state == State.REFUSED]
    still_open = [row for row in rows if row.received_on <= as_of and (row.closed_on is None or row.closed_on > as_of)]
    return Figures(
        start=period.start,
        end=period.end,
        as_of=as_of,
        received=len(received),
        by_kind=_counts(Kind, (row.kind for row in received), with_none=True),
        by_state=_counts(State, (row.state for row in received)),
        by_ending=_endings(received),
        by_channel=_counts(Channel, (row.channel for row in received)),
        by_month=tuple(_month(first, received) for first in period.months),
        extended=sum(row.extended for row in received),
        answered=len(answered),
        answer_days=(
            *(_days(kind.value, str(kind.label), [row for row in answered if row.kind == kind]) for kind in Kind),
            _days("all", _("All requests"), answered),
        ),
        answered_within=answered_within([row.days for row in answered]),
        answered_late=sum(row.closed_on is not None and row.closed_on > row.due_on for row in answered),
        refused=len(refused),
        refusals=_counts(RefusalGround, (row.refusal_ground for row in refused)),
        erased=_erased(period),
        open=len(still_open),
        overdue=sum(row.is_overdue(as_of) for row in still_open),
        held=_held(as_of),
    )


def nearest_rank(values: Sequence[int], percent: int) -> int | None:
    """The smallest of the values that at least so many percent of them don't exceed: always one that occurred."""
    if not values:
        return None
    return sorted(values)[max(math.ceil(percent * len(values) / 100), 1) - 1]


def answered_within(days: Sequence[int]) -> tuple[Count, ...]:
    """How many of the answers, each with its days, came within how many."""
    found, start = [], 0
    for end in _WITHIN:
        label = _("%(start)d to %(end)d days") % {"start": start, "end": end}
        found.append(Count(code=f"{start}-{end}", label=label, count=sum(start <= day <= end for day in days)))
        start = end + 1
    last = _WITHIN[-1]
    label = _("more than %(days)d days") % {"days": last}
    return (*found, Count(code=f"{start}-", label=label, count=sum(day >= start for day in days)))


def _rows(period: Period, as_of: dt.date) -> list[_Row]:
    """Whatever arrived or was closed in the period, or was open at its end. No column of these ends with the purge."""
    wanted = (
        Q(received_on__range=(period.start, period.end))
        | Q(closed_at__gte=controller_midnight(period.start), closed_at__lt=controller_midnight(period.end + _DAY))
        | Q(received_on__lte=as_of) & (Q(closed_at=None) | Q(closed_at__gte=controller_midnight(as_of + _DAY)))
    )
    return [_Row(*values) for values in Case.objects.filter(wanted).order_by("pk").values_list(*_Row._fields)]


_DAY = dt.timedelta(days=1)


def _counts(choices: type[TextChoices], values: Iterable[str], *, with_none: bool = False) -> tuple[Count, ...]:
    """In the order of the choices; those that never occur only where that says something."""
    counted = Counter(values)
    return tuple(
        Count(code=choice.value, label=str(choice.label), count=counted[choice.value])
        for choice in choices
        if with_none or counted[choice.value]
    )


def _endings(rows: Iterable[_Row]) -> tuple[Count, ...]:
    counted = Counter(row.ending for row in rows)
    labels: dict[str, str] = {
        **{outcome.value: str(outcome.label) for outcome in Outcome if outcome},
        **{state.value: str(state.label) for state in (State.REFUSED, State.WITHDRAWN, State.MERGED, State.COMPLETED)},
        _LOST: _("Lost by a restore"),
        _OPEN: _("Still open"),
    }
    return tuple(Count(code=code, label=label, count=counted[code]) for code, label in labels.items() if counted[code])


def _month(first: dt.date, received: Iterable[_Row]) -> Month:
    there = Period(first, following_month(first) - _DAY)
    return Month(
        month=f"{first:%Y-%m}",
        label=dateformat.format(first, "M y"),
        received=_counts(Kind, (row.kind for row in received if row.received_on in there), with_none=True),
    )


def _days(code: str, label: str, rows: Sequence[_Row]) -> AnswerDays:
    days = [row.days for row in rows]
    return AnswerDays(
        code=code,
        label=label,
        answered=len(days),
        median=nearest_rank(days, 50),
        percentile_95=nearest_rank(days, 95),
        longest=max(days, default=None),
    )


def _erased(period: Period) -> tuple[Count, ...]:
    """Objects that we deleted, of erasures whose certificate was issued in the period; each once, however often."""
    done: Any = PlanLine.objects.filter(
        step=StepState.DONE,
        plan__case__state=State.COMPLETED,
        plan__case__closed_at__gte=controller_midnight(period.start),
        plan__case__closed_at__lt=controller_midnight(period.end + _DAY),
    )
    each = done.order_by().values_list("object", "plan__case_id", "integration_id", "object_id").distinct()
    return _counts(ObjectKind, (row[0] for row in each), with_none=True)


def _held(as_of: dt.date) -> int:
    """Requests on which a legal hold was placed and not lifted yet; not the others about the same person."""
    end = controller_midnight(as_of + _DAY)
    holds = LegalHold.objects.filter(Q(lifted_at=None) | Q(lifted_at__gte=end), placed_at__lt=end)
    return holds.order_by().values("case_id").distinct().count()
