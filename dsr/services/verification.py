"""After the deletion: every known identifier is looked up again. Only what answers nothing is called deleted."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from dsr import audit
from dsr.attention import Attention
from dsr.connectors.segmetrics import Account, Seen
from dsr.exceptions import NeedsPerson, NextSlice, TryLater
from dsr.models import (
    Answer,
    Candidate,
    Case,
    Decision,
    Doing,
    Identifier,
    IdentifierKind,
    LineDecision,
    Lookup,
    ObjectKind,
    Phase,
    Plan,
    PlanLine,
    StepState,
)
from dsr.services.matching import note_candidate
from dsr.services.working import Run


@dataclass
class _Found:
    identifier: Identifier
    answer: Answer
    seen: Seen | None = None


def verify(run: Run, account: Account, plan: Plan) -> None:
    """Look up every identifier of the case. Returns when each resolves to nothing, or to a contact ruled out or kept.

    Raises `NextSlice` or `NeedsPerson` where something deleted still answers, and `NeedsPerson` where a contact
    answers that nobody has looked at: it becomes a new candidate.
    """
    identifiers = list(run.case.known_identifiers)
    found: list[_Found] = []
    for number, identifier in enumerate(identifiers, start=1):
        run.tell(Doing.LOOKING_AGAIN, done=number, total=len(identifiers))
        found.append(_look_up(account, run.case, plan, identifier))
    # “Not found” counts only while the account answers; a wrong account answers it to everything.
    account.control_read()
    remaining = {row.seen.contact_id for row in found if row.answer == Answer.STILL_THERE and row.seen}
    kept = [row.seen for row in found if row.answer == Answer.KEPT and row.seen]
    strangers = {row.seen.contact_id: row for row in found if row.answer == Answer.FOUND and row.seen}
    with transaction.atomic():
        _record(run.case, plan, found)
        for row in strangers.values():
            assert row.seen  # noqa: S101  (selected above)
            note_candidate(case=run.case, seen=row.seen, found_by=[row.identifier.pk])
        _settle_attempted(run.case, found)
        _mark_erased(plan, remaining | {seen.contact_id for seen in kept})
        counts = {str(answer): sum(row.answer == answer for row in found) for answer in Answer}
        audit.record(
            actor=None,
            verb="lookup_done",
            case=run.case,
            facts={answer: count for answer, count in counts.items() if count},
        )
    if strangers:
        raise NeedsPerson(Attention.ANOTHER_CONTACT, contacts=sorted(strangers))
    _raise_if_remaining(run, plan, remaining, kept)


def held_by(seen: Seen) -> set[tuple[str, str]]:
    """The orders and subscriptions that a contact holds, as (object, id)."""
    held = {(ObjectKind.INVOICE.value, row["id"]) for row in seen.summary["orders"]}
    return held | {(ObjectKind.SUBSCRIPTION.value, row["id"]) for row in seen.summary["subscriptions"]}


def still_held(seen: Seen, lines: list[PlanLine]) -> list[PlanLine]:
    """The lines of this contact that were deleted and that it still shows."""
    # Reads span the account: what is kept in one integration answers on, and the certificate says what that hides.
    held = held_by(seen) - {(row.object, row.object_id) for row in lines if row.decision == LineDecision.KEEP}
    return [row for row in lines if row.is_finished and (row.object, row.object_id) in held]


def _settle_attempted(case: Case, found: list[_Found]) -> None:
    """A contact whose deletion was attempted before and whose id answers nothing now is gone: it was read before, and
    the control read of this run answered. By whom isn't known."""
    silent = [
        row.identifier.value
        for row in found
        if row.identifier.kind == IdentifierKind.EXTERNAL_ID and row.answer == Answer.NOTHING
    ]
    PlanLine.objects.filter(
        plan__case=case, object=ObjectKind.CONTACT, object_id__in=silent, step=StepState.ATTEMPTED
    ).update(step=StepState.GONE, done_at=timezone.now())


def _mark_erased(plan: Plan, answering: set[str]) -> None:
    """A contact that was deleted and that nothing leads to any more is no part of a later plan of this case.

    One that is kept in an integration is not erased, though it was deleted in another.
    """
    gone = [line.candidate_id for line in plan.to_delete if line.object == ObjectKind.CONTACT and line.is_finished]
    Candidate.objects.filter(pk__in=gone).exclude(contact_id__in=answering).update(erased_at=timezone.now())


def _raise_if_remaining(run: Run, plan: Plan, remaining: set[str], kept: list[Seen]) -> None:
    if not (remaining or kept):
        return
    lines = [line for line in plan.to_delete if line.object == ObjectKind.CONTACT and line.object_id in remaining]
    for seen in {row.contact_id: row for row in kept}.values():
        lines += still_held(seen, list(plan.lines.filter(candidate__contact_id=seen.contact_id)))
    raise_if_still_there(run, lines)


def raise_if_still_there(run: Run, lines: list[PlanLine]) -> None:
    """What still answers after its delete is looked up again after each of the delays; then a person is asked.

    When the delays are over the lines count as attempted again, so that “try again” deletes them again.
    """
    if not lines:
        return
    delays: list[int] = settings.ENV.verify_delays
    if run.job.round < len(delays):
        raise NextSlice(delay=delays[run.job.round], looked_again=True)
    PlanLine.objects.filter(pk__in=[line.pk for line in lines]).update(step=StepState.ATTEMPTED, done_at=None)
    raise NeedsPerson(Attention.STILL_THERE, objects=[line.object_id for line in lines])


def _look_up(account: Account, case: Case, plan: Plan, identifier: Identifier) -> _Found:
    contact_id = account.look_up(identifier.kind, identifier.value)
    if contact_id is None:
        return _Found(identifier, Answer.NOTHING)
    seen = account.read(contact_id, with_stand_ins=True)
    if seen is None:
        # It answers, and the contact it names doesn't: gone a moment ago, which the next look shows, or unclear.
        raise TryLater(Attention.UNREADABLE_ANSWER)
    known = Candidate.objects.filter(
        case=case, contact_id=seen.contact_id, identity_digest=seen.identity_digest
    ).first()
    if known and known.decision == Decision.OTHER_PERSON:
        return _Found(identifier, Answer.INCONCLUSIVE, seen)
    decision = _contact_line(plan, known) if known and known.decision == Decision.SAME_PERSON else None
    if decision == LineDecision.DELETE:
        return _Found(identifier, Answer.STILL_THERE, seen)
    if decision == LineDecision.KEEP:
        return _Found(identifier, Answer.KEPT, seen)
    # Nobody has looked at it; or an earlier plan deleted it and it came back.
    return _Found(identifier, Answer.FOUND, seen)


def _contact_line(plan: Plan, candidate: Candidate) -> str | None:
    """What the plan says of the contact itself: kept somewhere (so it answers on), else deleted."""
    lines = plan.lines.filter(candidate=candidate, object=ObjectKind.CONTACT)
    decisions = set(lines.values_list("decision", flat=True))
    return next((row for row in (LineDecision.KEEP, LineDecision.DELETE) if row in decisions), None)


def _record(case: Case, plan: Plan, found: list[_Found]) -> None:
    last = case.lookups.filter(phase=Phase.VERIFY).aggregate(last=Max("round"))["last"] or 0
    Lookup.objects.bulk_create(
        Lookup(
            case=case,
            plan=plan,
            phase=Phase.VERIFY,
            round=last + 1,
            identifier=row.identifier,
            answer=row.answer,
            answered_by=[row.seen.contact_id] if row.seen else [],
            at=timezone.now(),
        )
        for row in found
    )
