"""The stepper: how far a case has come."""

from __future__ import annotations

from dataclasses import dataclass

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsr import dates
from dsr.models import Case, LineDecision, Plan
from dsr.states import Outcome, State

_AT: dict[str, int] = {
    State.RECEIVED: 0,
    State.MATCHING: 1,
    State.REVIEW: 2,
    State.PREPARING: 3,
    State.AWAITING_APPROVAL: 4,
    State.READY: 4,
    State.ERASING: 5,
    State.CHANGING: 5,
}


@dataclass(frozen=True)
class Step:
    """`status` is done, now, stopped or empty."""

    label: str
    small: str
    status: str


def steps_of(case: Case, plan: Plan | None) -> list[Step]:
    """The steps of this kind of request, with the one that the case is at. `plan` is its newest."""
    labels = _labels(case)
    at, status = _position(case, plan, len(labels))
    smalls = _smalls(case, plan)
    return [
        Step(
            label=label,
            small=smalls.get(number, "") if number <= at or number == 0 else "",
            status="done" if number < at else status if number == at else "",
        )
        for number, label in enumerate(labels)
    ]


def _labels(case: Case) -> list[str]:
    first = [_("Received"), _("Matched"), _("Reviewed")]
    if case.outcome == Outcome.NOTHING_FOUND:
        return [*first, _("Closed")]
    if case.is_erasure:
        return [*first, _("Exported"), _("Approval"), _("Deletion"), _("Certificate")]
    if case.is_change:
        return [*first, _("Exported"), _("Approval"), _("Change"), _("Certificate")]
    return [*first, _("Exported"), _("Handed over")]


def _position(case: Case, plan: Plan | None, count: int) -> tuple[int, str]:
    if case.state == State.COMPLETED:
        return count, ""
    if case.state in _AT:
        return _AT[case.state], "now"
    if case.resume_state in _AT:
        return _AT[case.resume_state], "stopped"
    if plan is None:
        return (1 if case.candidates.all() else 0), "stopped"
    return (4 if plan.fingerprint else 2), "stopped"


def _smalls(case: Case, plan: Plan | None) -> dict[int, str]:
    smalls = {0: dates.day(case.received_on, "brief")}
    current = [row for row in case.candidates.all() if not row.superseded]
    if case.is_purged:
        pass  # whoever was ruled out is gone from the rows
    elif current:
        smalls[1] = ngettext("%(same)d of %(all)d contact", "%(same)d of %(all)d contacts", len(current)) % {
            "same": sum(row.is_same_person for row in current),
            "all": len(current),
        }
    elif case.state != State.RECEIVED:
        smalls[1] = _("no contact")
    if plan is None:
        return smalls
    lines = list(plan.lines.all())
    kept = sum(line.decision == LineDecision.KEEP for line in lines)
    if case.is_erasure and plan.prepared_at:
        words = ngettext("%(count)d line kept", "%(count)d lines kept", kept) % {"count": kept}
        smalls[2] = words if kept else _("no exemption")
    if plan.export:
        smalls[3] = _("%(size)s, encrypted") % {"size": filesizeformat(plan.export.size)}
    # Only what is prepared has a fingerprint, and only that is approved.
    approvals = plan.case.approvals.filter(plan=plan, voided_at=None).select_related("approver")
    if plan.fingerprint and (approval := approvals.first()):
        smalls[4] = approval.approver.full_name
        steps = list(plan.changes.all()) if case.is_change else plan.to_delete
        done = sum(step.is_finished for step in steps)
        smalls[5] = _("%(done)d of %(all)d steps") % {"done": done, "all": len(steps)}
    return smalls
