"""The lines of a plan in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsr.models import LineDecision, ObjectKind, Plan, PlanLine


@dataclass(frozen=True)
class Line:
    """A line with what it is about: an order's description, or whose contact it is and what hangs on it."""

    line: PlanLine
    about: str

    @property
    def is_contact(self) -> bool:
        return self.line.object == ObjectKind.CONTACT

    @property
    def is_to_delete(self) -> bool:
        return self.line.decision == LineDecision.DELETE


def lines_of(plan: Plan | None) -> list[Line]:
    """All lines of the plan, in the order of deletion."""
    if plan is None:
        return []
    lines = []
    prefetch_related_objects([plan], "lines__candidate")  # nothing where that was done
    for line in plan.lines.all():
        # One case, one key: without this each row would read the case again to decrypt.
        line.plan = plan
        line.candidate.case = plan.case
        lines.append(Line(line, _contact(line) if line.object == ObjectKind.CONTACT else line.description))
    return lines


def _contact(line: PlanLine) -> str:
    summary = line.candidate.summary
    if not summary:
        return ""  # destroyed with the contents of the case
    tags, events = len(summary.get("tags") or ()), int(summary.get("event_count") or 0)
    parts = [
        summary.get("name") or _("(no name)"),
        ngettext("%(count)d tag", "%(count)d tags", tags) % {"count": tags},
        ngettext("%(count)d event", "%(count)d events", events) % {"count": events},
    ]
    return ", ".join(parts)
