"""What must hold at the end, from the sandbox's record of calls and from the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from dsr import audit
from dsr.models import Answer, Approval, AuditEntry, Case, Change, Document, DocumentKind, Lookup, Phase, PlanLine
from segmetrics_client.sandbox.testing import RecordedCall, Sandbox
from tests.chaos.subjects import INTEGRATION, Subject, Thing, exists

_SENT_BY = {"contact": ("set",), "add": ("add_tag",), "remove": ("remove_tag",)}
"""What a POST sends, by the last word of its path."""


def wrong_deletions(sandbox: Sandbox, calls: Iterable[RecordedCall], subjects: Iterable[Subject]) -> list[str]:
    """Deletes and changes sent without an approved plan, its export and evidence behind them; bystanders that are
    gone."""
    wrong = [
        f"{call.method} {call.object} {call.object_id}: {why}"
        for call in calls
        if call.method != "GET" and (why := why_wrong(call) if call.method == "DELETE" else why_change_wrong(call))
    ]
    gone = [f"{kind} {object_id} was another's and is gone" for kind, object_id in _missing(sandbox, subjects)]
    return wrong + gone


def why_wrong(call: RecordedCall) -> str:
    if call.integration != INTEGRATION:
        return f"in the integration {call.integration}"
    lines = PlanLine.objects.filter(
        integration_id=call.integration, object=call.object or "", object_id=call.object_id or "", decision="delete"
    )
    if not lines:
        return "in no plan"
    if not any(_was_approved(line, call.at) for line in lines):
        return "before its export, its evidence and its approval were there"
    if not any(line.attempts for line in lines):
        return "not written down as attempted"
    return ""


def why_change_wrong(call: RecordedCall) -> str:
    """The same of a call that sets fields or tags: what it sends is in a plan that was approved when it came."""
    contact_id = str((call.body or {}).get("contact_id", "")) if isinstance(call.body, dict) else ""
    rows = [
        row
        for row in Change.objects.filter(integration_id=call.integration, contact_id=contact_id).select_related("plan")
        if row.act in _SENT_BY.get(call.path.rsplit("/", 1)[-1], ())
    ]
    if not rows:
        return "in no plan"
    if not any(_was_approved(row, call.at) for row in rows):
        return "before its export, its evidence and its approval were there"
    return "" if any(row.attempts for row in rows) else "not written down as attempted"


def _was_approved(line: PlanLine | Change, at: float) -> bool:
    plan = line.plan
    approval = Approval.objects.filter(plan=plan).first()
    if not (approval and plan.export and plan.evidence):
        return False
    if approval.voided_at and approval.voided_at.timestamp() < at:
        return False
    ready = max(plan.export.created_at, plan.evidence.created_at)
    return ready <= approval.approved_at and approval.approved_at.timestamp() <= at


def _missing(sandbox: Sandbox, subjects: Iterable[Subject]) -> list[Thing]:
    return [thing for subject in subjects for thing in sorted(subject.bystanders) if not exists(sandbox, thing)]


def lost(sandbox: Sandbox, cases: dict[int, Subject]) -> list[str]:
    """Closed cases that left something undone: at SegMetrics, in the plan, or in the outcome."""
    found = []
    for case in Case.objects.filter(pk__in=cases).exclude(closed_at=None):
        if (case.state, case.outcome) != ("completed", "changed" if case.is_change else "erased"):
            found.append(f"{case.reference}: closed as {case.state}, {case.outcome}")
        left = [thing for thing in sorted(cases[case.pk].things) if exists(sandbox, thing)]
        if left:
            found.append(f"{case.reference}: still at SegMetrics: {left}")
        plan = case.current_plan
        if plan is None or any(not line.is_finished for line in plan.to_delete) or not _is_changed(case):
            found.append(f"{case.reference}: a step of the plan isn't finished")
    return found


def done_twice(calls: Iterable[RecordedCall], cases: Iterable[int]) -> list[str]:
    """What took effect more than once: a delete that took something away, a step of a plan, the end of a case."""
    deletes = Counter(
        f"DELETE {call.object} {call.object_id}"
        for call in calls
        if call.method == "DELETE" and call.status == 200 and call.effect
    )
    entries = AuditEntry.objects.filter(case__in=Case.objects.filter(pk__in=cases).values("reference"))
    steps = Counter(
        f"{row.case}: {row.facts['object']} {row.facts['id']} done" for row in entries.filter(verb="step_done")
    )
    steps += Counter(f"{row.case}: changed" for row in entries.filter(verb="change_done"))
    ends = Counter(f"{row.case}: certified" for row in entries.filter(verb="certify"))
    return [f"{what} {count} times" for what, count in (deletes + steps + ends).items() if count > 1]


def wrong_certificates(cases: Iterable[int]) -> list[str]:
    """A certificate without a verified erasure, a verified erasure without one, or two of them."""
    found = []
    for case in Case.objects.filter(pk__in=cases):
        certificates = Document.objects.filter(case=case, kind=DocumentKind.CERTIFICATE).count()
        verified = _is_changed(case) if case.is_change else _is_verified(case)
        wanted = int(case.state == "completed" and verified)
        if certificates != wanted:
            found.append(f"{case.reference}: {certificates} certificates instead of {wanted}")
    return found


def _is_verified(case: Case) -> bool:
    lookups = Lookup.objects.filter(case=case, phase=Phase.VERIFY)
    last = lookups.order_by("-round").first()
    if last is None:
        return False
    answers = set(lookups.filter(round=last.round).values_list("answer", flat=True))
    return answers <= {Answer.NOTHING, Answer.INCONCLUSIVE}


def _is_changed(case: Case) -> bool:
    plan = case.current_plan
    return plan is not None and all(row.is_finished for row in plan.changes.all())


def broken_chain() -> list[str]:
    broken = audit.verify()
    return [f"audit entry {broken.sequence}: {broken.why}"] if broken else []
