"""What must hold after any act, any event, any run of the worker, in any order."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from dsr import audit, storage
from dsr.attention import ADVICE
from dsr.models import Answer, Approval, AuditEntry, Case, CaseActor, Change, Document, Job, Lookup, Phase, PlanLine
from dsr.models.plan import FINISHED, Plan
from dsr.states import CARRIED_OUT, FINAL, WORKING, Kind, State, Verb, is_allowed
from segmetrics_client.sandbox.testing import RecordedCall, Sandbox
from tests.chaos.checks import why_change_wrong, why_wrong

PERSONAL = ("linda", "lynda", "dare", "melinda", "tom", "@", "example.com", "as it seems", "by phone")
"""Names, addresses and people's own words, as the machine uses them."""
BEYOND_MATCHING = {"review", "preparing", "awaiting_approval", "ready", "erasing", "changing", "completed"}


def hold(case: Case, sandbox: Sandbox) -> None:
    """The rules of one case."""
    _moves_by_the_table(case)
    if case.state in BEYOND_MATCHING:
        assert case.identity == "confirmed"
    _has_a_way_on(case)
    _is_certified_exactly_when_it_was_carried_out(case)
    _what_was_begun_was_approved_by_a_second_person(case)
    assert sandbox.contact_exists("int9", "2087"), "Tom was never the data subject"


def _moves_by_the_table(case: Case) -> None:
    state = State.RECEIVED
    for entry in AuditEntry.objects.filter(case=case.reference, facts__has_key="to"):
        source, target = State(entry.facts["from"]), State(entry.facts["to"])
        assert source == state, "a step is missing in the record"
        assert is_allowed(verb=Verb(entry.verb), source=source, target=target, kind=Kind(case.kind))
        state = target
    assert case.state == state


def _has_a_way_on(case: Case) -> None:
    live = Job.objects.filter(case=case, status__in=["due", "running"]).count()
    assert live == (1 if case.state in WORKING else 0), (case.state, live)
    if case.state == "needs_attention":
        assert ADVICE[case.attention].ways_on
        assert case.resume_state in WORKING
    assert (case.closed_at is not None) == (case.state in FINAL)


def _is_certified_exactly_when_it_was_carried_out(case: Case) -> None:
    certificates = Document.objects.filter(case=case, kind="certificate").count()
    if case.outcome == "handed_over":  # drawn by an errand of its own, once the case is closed
        is_drawn = case.errands.filter(kind="closing_record", status="done").exists()
        assert certificates in ({1} if is_drawn else {0, 1})
        return
    assert certificates == int(case.state == "completed" and case.outcome in CARRIED_OUT)
    if not certificates:
        return
    if case.is_change:
        # What was changed is as it was approved, or the certificate says “in part”.
        begun = Plan.objects.filter(case=case, changes__attempts__gt=0)
        left = Change.objects.filter(plan__in=begun).exclude(step__in=["done", "already_so"])
        assert case.outcome == "changed_in_part" or not left.filter(plan=begun.latest("number")).exists()
        return
    lookups = Lookup.objects.filter(case=case, phase=Phase.VERIFY)
    last = lookups.order_by("-round")[0].round
    answers = set(lookups.filter(round=last).values_list("answer", flat=True))
    assert answers <= {Answer.NOTHING, Answer.INCONCLUSIVE, Answer.KEPT}


def _what_was_begun_was_approved_by_a_second_person(case: Case) -> None:
    lines = PlanLine.objects.filter(plan__case=case).exclude(step="pending").select_related("plan", "candidate")
    changes = Change.objects.filter(plan__case=case).exclude(step="pending").select_related("plan", "candidate")
    begun: list[PlanLine | Change] = [*lines, *changes]
    for step in begun:
        given = Approval.objects.get(plan=step.plan)
        hands = CaseActor.objects.filter(case=case, user=given.approver, at__lte=given.approved_at)
        assert not hands.exists(), "two persons"
        assert given.approver != case.filed_by
        assert step.candidate.is_same_person or step.candidate.erased_at or case.is_change
        assert step.plan.export
        assert step.plan.evidence
        assert storage.is_intact(step.plan.export)
        assert storage.is_intact(step.plan.evidence)


def hold_for_calls(calls: Iterable[RecordedCall]) -> None:
    """No delete and no change without an approved plan that holds it, its export and its evidence behind it."""
    for call in calls:
        why = why_wrong(call) if call.method == "DELETE" else why_change_wrong(call)
        assert not why, f"{call.method} {call.object} {call.object_id}: {why}"


def hold_for_entries(entries: Iterable[AuditEntry]) -> None:
    """The log holds no personal data."""
    for entry in entries:
        facts: Any = json.dumps([entry.facts, entry.actor, entry.case, entry.verb]).lower()
        assert not [word for word in PERSONAL if word in facts], facts


def chain_holds() -> None:
    assert audit.verify() is None


def is_gone(case: Case, sandbox: Sandbox) -> None:
    """At the moment of the certificate: what it says was deleted is not there."""
    for line in PlanLine.objects.filter(plan__case=case, step__in=FINISHED, object="contact"):
        assert not sandbox.contact_exists(line.integration_id, line.object_id), "certified and still there"
