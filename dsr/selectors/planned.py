"""The changes of a plan in words."""

from __future__ import annotations

from dataclasses import dataclass

from dsr.models import Change, Plan


@dataclass(frozen=True)
class Planned:
    """A change, with what stands there before and after; dashes once the contents are destroyed."""

    change: Change
    before: str
    after: str


def planned_in(plan: Plan | None) -> list[Planned]:
    """All of them, in the order in which they are made."""
    if plan is None or not plan.case.is_change:
        return []
    rows = list(plan.changes.all())
    for row in rows:
        row.plan = plan  # one case, one key
    return [Planned(row, *row.in_words) for row in rows]
