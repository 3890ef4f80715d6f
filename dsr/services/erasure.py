"""The erasure job: check the approval, compare with live data once, delete line by line, look again.

Write ahead: a line is committed as *attempted* before its call and as *done* after it. Whatever kills the process, the
next run goes on from these rows; a delete by id is safe to repeat. The first attempt comes with an audit entry, then
the ledger's line, then the call: so a database that is older than the line lacks the entry that the line names, and one
that has the entry knows that the deletion began.

Each call stands for a rule that asks for it, and `make bench` counts them (docs/performance.md). So there is no control
read at the start: where nothing is found there is one on the spot, and one when everything was looked up again.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from dsr import audit, storage
from dsr.attention import Attention
from dsr.connectors.segmetrics import Account, Kept, Purpose
from dsr.exceptions import Held, LedgerUnfit, NeedsPerson, NextSlice, StorageFull, WrongState
from dsr.models import Approval, Case, DocumentKind, Doing, ObjectKind, Plan, PlanLine, StepState
from dsr.services import certificates, halting, holds, noting, verification
from dsr.services.approval import raise_if_account_changed, raise_if_not_approved, raise_if_void
from dsr.services.documents import add_document
from dsr.services.preparation import raise_if_changed, write_package
from dsr.services.transition import locked
from dsr.services.working import Run
from dsr.states import State

_DELETING = {
    ObjectKind.INVOICE: Doing.DELETING_INVOICE,
    ObjectKind.SUBSCRIPTION: Doing.DELETING_SUBSCRIPTION,
    ObjectKind.CONTACT: Doing.DELETING_CONTACT,
}


def erase(run: Run) -> None:
    """Delete what is approved, and nothing else."""
    plan = run.case.current_plan
    if run.case.state != State.ERASING or plan is None:
        raise WrongState("The case isn't being erased.")
    run.tell(Doing.CHECKING_APPROVAL)
    lines = plan.to_delete
    if not all(line.is_finished for line in lines):
        raise_if_void(plan)
    elif lines:
        raise_if_account_changed(plan)
    # else: an earlier plan deleted what there was, and only the looking is left
    with Account(run.case.connection, _purpose(run, plan)) as account:
        if lines and not plan.has_started:
            noting.raise_if_unfit()
            _compare_with_live(run, account, plan)
        for number, line in enumerate(lines):
            if line.is_finished:
                continue
            if line.object == ObjectKind.CONTACT:
                _raise_if_not_ready_for(run, account, plan, line)
            _commit_attempt(run, line, number, lines)
            if not any(row.is_finished for row in lines):
                _note_beginning(run, plan, line)  # until one is finished nobody knows whether it was noted
            _delete(run, account, line)
            # After the work, so that each slice gets on, however slow the checks before it were.
            if run.is_out_of_time:
                raise NextSlice
        verification.verify(run, account, plan)
    certificates.ask_for(run)


def _purpose(run: Run, plan: Plan) -> Purpose:
    """A deletion is the approver's, whoever had it go on; a look without one is of whoever asked for it."""
    approval = Approval.objects.filter(plan=plan).select_related("approver").first()
    return Purpose(case=run.case, on_behalf_of=approval.approver if approval else run.job.asked_by)


def _compare_with_live(run: Run, account: Account, plan: Plan) -> None:
    """Once, right before the first step: is it still who and what was approved?

    A contact that is gone already is no question: this connection has read it before, and the control read answered.
    New events void nothing; they go into a supplementary export.
    """
    newer: list[Kept] = []
    candidates = {line.candidate_id: line.candidate for line in plan.lines.select_related("candidate")}
    for candidate in candidates.values():
        run.tell(Doing.COMPARING, about=candidate.contact_id)
        candidate.case = run.case
        seen = account.keep(candidate.contact_id)
        if seen is None:
            account.control_read()
            continue
        raise_if_changed(candidate, seen)
        if seen.content_digest != candidate.summary["content_digest"]:
            newer.append(seen)
    if newer:
        _export_what_is_newer(run, account, newer)


def _export_what_is_newer(run: Run, account: Account, newer: list[Kept]) -> None:
    run.tell(Doing.EXPORTING_NEWER)
    stored, manifest = write_package(run.case, newer, account.products())
    with storage.discarded_on_error([stored.path]), transaction.atomic():
        add_document(
            run.case,
            DocumentKind.SUPPLEMENT,
            stored,
            content_type="application/zip",
            files=manifest.files,
        )
        for seen in newer:
            run.case.candidates.filter(contact_id=seen.contact_id, identity_digest=seen.identity_digest).update(
                summary_sealed=run.case.seal_json(seen.summary, field="candidate")
            )
        audit.record(
            actor=None,
            verb="supplement_finished",
            case=run.case,
            facts={"sha256": stored.sha256, "contacts": [seen.contact_id for seen in newer]},
        )


def _raise_if_not_ready_for(run: Run, account: Account, plan: Plan, line: PlanLine) -> None:
    """Before a contact goes: what was deleted of it must read as gone, and nothing unplanned may have come.

    SegMetrics leaves the orders and subscriptions of a deleted contact behind, where nobody could find them again.
    """
    seen = account.read(line.object_id)
    if seen is None:
        return
    # In another integration the same id may be somebody else: each contact is compared right before it goes.
    raise_if_changed(line.candidate, seen, erasure=False)
    # Of the whole plan: two confirmed contacts may share an order's id.
    lines = list(plan.lines.all())
    planned = {(row.object, row.object_id) for row in lines}
    unplanned = sorted(object_id for kind, object_id in verification.held_by(seen) - planned)
    if unplanned:
        raise NeedsPerson(Attention.LEFT_OVER, objects=unplanned)
    verification.raise_if_still_there(run, verification.still_held(seen, lines))


def _delete(run: Run, account: Account, line: PlanLine) -> None:
    result = account.delete(integration_id=line.integration_id, kind=line.object, object_id=line.object_id)
    if result != StepState.DONE:
        account.control_read()
        if line.attempts:  # an earlier run's call may have been the one
            result = StepState.GONE
    with transaction.atomic():
        PlanLine.objects.filter(pk=line.pk).update(step=result, done_at=timezone.now())
        run.made_progress()
        audit.record(
            actor=None,
            verb="step_done",
            case=run.case,
            facts={
                "integration": line.integration_id,
                "object": line.object,
                "id": line.object_id,
                "result": result.value,
            },
        )
    line.step = result


def _note_beginning(run: Run, plan: Plan, line: PlanLine) -> None:
    """Write the ledger's line, ahead of the first call. Where it can't be written there is no call.

    Nor where a hold or the approval's end came while the ledger was waited for, which can take half a minute. So
    nothing has begun, and the attempt is taken back: the case can still be withdrawn, and is compared with live data
    again when it goes on.
    """
    try:
        noting.before_erasing(plan)
        with transaction.atomic():
            fresh = locked(run.case.pk)
            raise_if_not_approved(plan)
            _raise_if_held(fresh)
    except (LedgerUnfit, StorageFull, NeedsPerson):
        with transaction.atomic():
            case = locked(run.case.pk)
            # One that was attempted before may have had its call.
            taken_back = PlanLine.objects.filter(pk=line.pk, step=StepState.ATTEMPTED, attempts=1).update(
                step=StepState.PENDING, attempts=0, attempted_at=None
            )
            if taken_back:
                audit.record(actor=None, verb="erasure_not_begun", case=case, facts={"plan": plan.number})
        raise


def _raise_if_held(case: Case) -> None:
    try:
        holds.raise_if_held(case)
    except Held:
        raise NeedsPerson(Attention.LEGAL_HOLD) from None


def _commit_attempt(run: Run, line: PlanLine, done: int, lines: list[PlanLine]) -> None:
    """Write ahead of the call; under the case's lock, so that a withdrawal comes wholly before or not at all.

    A run that slept through its lease stops here: another one may have been further by now.
    """
    with transaction.atomic():
        fresh = locked(run.case.pk)
        if fresh.state != State.ERASING:
            raise WrongState("The case was stopped before this step.")
        run.tell(_DELETING[ObjectKind(line.object)], about=line.object_id, done=done, total=len(lines))
        halting.raise_if_halted(run.case.connection)
        plan = line.plan
        raise_if_not_approved(plan)
        _raise_if_held(fresh)
        is_first = not any(row.is_finished for row in lines) and not plan.has_started
        PlanLine.objects.filter(pk=line.pk).update(
            step=StepState.ATTEMPTED, attempts=F("attempts") + 1, attempted_at=timezone.now()
        )
        if is_first:
            facts = {"plan": plan.number, "fingerprint": plan.fingerprint, "contacts": plan.contact_ids}
            audit.record(actor=None, verb="erasure_begun", case=fresh, facts=facts)
