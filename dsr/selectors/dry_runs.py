"""What a dry run found, as the page, the table and the command show it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _

from dsr.attention import Attention
from dsr.models import DryRun, DryRunRow, Errand, ErrandKind, LineDecision, ObjectKind, Plan, PlanLine
from dsr.models.dry_run import STALE

SHOWN = 100
_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One case of it: what would be deleted, and what keeps it from that."""

    reference: str
    account: str
    is_approved: bool
    only_looks: bool
    """Nothing was left to delete."""
    is_checked: bool
    is_changed: bool
    """Another plan is in force since, or none."""
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
    """With something to delete."""
    calls: int
    """Of these."""
    only_look: int
    """With nothing left to delete."""
    problems: int


def newest() -> DryRun | None:
    return DryRun.objects.order_by("-pk").first()


def is_under_way(run: DryRun) -> bool:
    """Whether the worker still has to do with it. One that a command began and left is not."""
    return run.finished_at is None and Errand.live_of(ErrandKind.DRY_RUN, run.pk).exists()


def totals_of(run: DryRun) -> Totals:
    approved = Q(is_approved=True, only_looks=False)
    row = run.rows.aggregate(
        cases=Count("pk"),
        checked=Count("pk", filter=Q(checked_at__isnull=False)),
        approved=Count("pk", filter=approved),
        calls=Sum("calls", filter=approved, default=0),
        only_look=Count("pk", filter=Q(only_looks=True)),
        problems=Count("pk", filter=~Q(problems=[])),
    )
    return Totals(**row)


def with_problems(run: DryRun) -> QuerySet[DryRunRow]:
    return run.rows.exclude(problems=[])


def without_problems(run: DryRun, *, is_approved: bool) -> QuerySet[DryRunRow]:
    """What would be deleted."""
    return run.rows.filter(problems=[], is_approved=is_approved, only_looks=False)


def looks_without_problems(run: DryRun) -> QuerySet[DryRunRow]:
    return run.rows.filter(problems=[], only_looks=True)


def seen(rows: QuerySet[DryRunRow]) -> Iterator[Seen]:
    """By two questions for each two hundred cases."""
    newest = Plan.objects.filter(case=OuterRef("case"), voided_at=None).order_by("-number")
    found = rows.select_related("case__connection").annotate(plan_now=Subquery(newest.values("pk")[:1]))
    left = found.iterator(chunk_size=_AT_ONCE)
    while some := list(islice(left, _AT_ONCE)):
        lines = _lines(some)
        for row in some:
            ids = lines[row.plan_id]
            yield Seen(
                reference=row.case.reference,
                account=str(row.case.connection),
                is_approved=row.is_approved,
                only_looks=row.only_looks,
                is_checked=row.checked_at is not None,
                is_changed=row.checked_at is not None and row.plan_id != row.plan_now,
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


def _lines(rows: Sequence[DryRunRow]) -> dict[int | None, dict[str, list[str]]]:
    """What was still to be deleted when it was looked at, by plan and kind."""
    found: dict[int | None, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    looked_at = {row.plan_id: row.checked_at for row in rows if row.plan_id and row.checked_at}
    lines = PlanLine.objects.filter(plan__in=looked_at, decision=LineDecision.DELETE).order_by("position")
    for plan, kind, object_id, done_at in lines.values_list("plan_id", "object", "object_id", "done_at"):
        was_gone = done_at is not None and done_at <= looked_at[plan]
        if not was_gone and object_id not in found[plan][kind]:
            found[plan][kind].append(object_id)
    return found
