"""What a dry run found, as the page, the table and the command show it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from dsr.attention import Attention
from dsr.models import DryRun, DryRunRow, LineDecision, ObjectKind, PlanLine
from dsr.models.dry_run import STALE
from dsr.models.plan import FINISHED

SHOWN = 100
_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One case of it: what would be deleted, and what keeps it from that."""

    reference: str
    account: str
    is_approved: bool
    is_checked: bool
    calls: int
    contacts: tuple[str, ...]
    orders: tuple[str, ...]
    subscriptions: tuple[str, ...]
    codes: tuple[str, ...]

    @property
    def problems(self) -> list[str]:
        return [words_of(code) for code in self.codes]


@dataclass(frozen=True, kw_only=True)
class Totals:
    cases: int
    checked: int
    approved: int
    calls: int
    """Of those that are approved."""
    problems: int


def newest() -> DryRun | None:
    return DryRun.objects.order_by("-pk").first()


def totals_of(run: DryRun) -> Totals:
    approved = Q(is_approved=True)
    row = run.rows.aggregate(
        cases=Count("pk"),
        checked=Count("pk", filter=Q(checked_at__isnull=False)),
        approved=Count("pk", filter=approved),
        calls=Sum("calls", filter=approved, default=0),
        problems=Count("pk", filter=~Q(problems=[])),
    )
    return Totals(**row)


def with_problems(run: DryRun) -> QuerySet[DryRunRow]:
    return run.rows.exclude(problems=[])


def without_problems(run: DryRun, *, is_approved: bool) -> QuerySet[DryRunRow]:
    return run.rows.filter(problems=[], is_approved=is_approved)


def seen(rows: QuerySet[DryRunRow]) -> Iterator[Seen]:
    """By two questions for each two hundred cases."""
    left = rows.select_related("case__connection").iterator(chunk_size=_AT_ONCE)
    while some := list(islice(left, _AT_ONCE)):
        lines = _lines([row.case_id for row in some])
        for row in some:
            ids = lines[row.case_id]
            yield Seen(
                reference=row.case.reference,
                account=str(row.case.connection),
                is_approved=row.is_approved,
                is_checked=row.checked_at is not None,
                calls=row.calls,
                contacts=tuple(ids[ObjectKind.CONTACT]),
                orders=tuple(ids[ObjectKind.INVOICE]),
                subscriptions=tuple(ids[ObjectKind.SUBSCRIPTION]),
                codes=tuple(row.problems),
            )


def words_of(code: str) -> str:
    if code == STALE:
        return _("The plan or the connection changed after it was prepared")
    return str(Attention(code).label)


def _lines(cases: Sequence[int]) -> dict[int, dict[str, list[str]]]:
    """What is still to be deleted, by case and kind."""
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    lines = PlanLine.objects.filter(plan__case__in=cases, plan__voided_at=None, decision=LineDecision.DELETE)
    todo: Iterable[tuple[int, str, str]] = (
        lines.exclude(step__in=FINISHED).order_by("position").values_list("plan__case_id", "object", "object_id")
    )
    for case, kind, object_id in todo:
        if object_id not in found[case][kind]:
            found[case][kind].append(object_id)
    return found
