"""The job that changes contacts: check the approval, compare with live data, change, read again, certify.

Write ahead, as in `services.erasure`: what one call does is committed as *attempted* before it. What was set is set
again without harm, so whatever kills the process, the next run goes on from these rows. Only what reads back is done.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from dsr import audit
from dsr.attention import Attention
from dsr.connectors.segmetrics import Account, Purpose, Seen
from dsr.exceptions import Held, NeedsPerson, NextSlice, WrongState
from dsr.models import CUSTOM, Approval, Case, Change, ChangeAct, ChangeStep, Doing, Plan
from dsr.services import change_certificates, changes, halting, holds
from dsr.services.approval import is_stopped_by_hold, raise_if_account_changed, raise_if_not_approved, raise_if_void
from dsr.services.transition import locked
from dsr.services.working import Run, held
from dsr.states import State


def change(run: Run) -> None:
    """Change what is approved, and nothing else."""
    plan = run.case.current_plan
    if run.case.state != State.CHANGING or plan is None:
        raise WrongState("The case isn't being changed.")
    plan.case = run.case
    run.tell(Doing.CHECKING_APPROVAL)
    rows = _rows(plan)
    if not all(row.is_finished for row in rows):
        raise_if_void(plan)
        with Account(run.case.connection, _purpose(run, plan)) as account:
            account.control_read()
            _work_through(run, account, rows)
    elif rows:
        raise_if_account_changed(plan)
    # else: an earlier plan changed something, and only the certificate is left
    change_certificates.issue(run, plan)


def _rows(plan: Plan) -> list[Change]:
    rows = list(plan.changes.select_related("candidate"))
    for row in rows:
        row.plan, row.candidate.case = plan, plan.case
    return rows


def _purpose(run: Run, plan: Plan) -> Purpose:
    approval = Approval.objects.filter(plan=plan).select_related("approver").first()
    return Purpose(case=run.case, on_behalf_of=approval.approver if approval else run.job.asked_by)


def _work_through(run: Run, account: Account, rows: Sequence[Change]) -> None:
    places = list(dict.fromkeys((row.integration_id, row.contact_id) for row in rows))
    for number, (integration_id, contact_id) in enumerate(places):
        of_contact = [row for row in rows if row.contact_id == contact_id]
        here = [row for row in of_contact if row.integration_id == integration_id]
        if all(row.is_finished for row in here):
            continue
        run.tell(Doing.CHANGING_CONTACT, about=contact_id, done=number, total=len(places))
        seen = _seen(account, contact_id)
        changes.raise_if_not_as_reviewed(here[0].candidate, seen, of_contact)
        # A read spans the account: only where one integration is chosen does it tell that nothing is to be done.
        if len(here) == len(of_contact):
            so_already = [row for row in here if row.step == ChangeStep.PENDING and changes.is_so(row, seen)]
            _finish(run, so_already, ChangeStep.ALREADY_SO, seen)
        for act in ChangeAct:
            todo = [row for row in here if row.act == act and not row.is_finished]
            if todo:
                _commit_attempt(run, todo)
                _send(account, act, todo)
        _read_again(run, account, [row for row in here if not row.is_finished])
        if run.is_out_of_time:
            raise NextSlice


def _seen(account: Account, contact_id: str) -> Seen:
    seen = account.read(contact_id)
    if seen is None:
        account.control_read()
        raise NeedsPerson(Attention.CONTACT_VANISHED, contact_id=contact_id)
    return seen


def _send(account: Account, act: ChangeAct, rows: Sequence[Change]) -> None:
    """One call. Tags never go with an upsert, which would replace the whole list."""
    integration_id, contact_id = rows[0].integration_id, rows[0].contact_id
    match act:
        case ChangeAct.SET:
            after = {row.field: str(row.value["after"]) for row in rows}
            account.change(
                integration_id=integration_id,
                contact_id=contact_id,
                fields={name: value for name, value in after.items() if not name.startswith(CUSTOM)},
                # A custom field that is emptied is taken away.
                custom={
                    name.removeprefix(CUSTOM): value or None for name, value in after.items() if name.startswith(CUSTOM)
                },
            )
        case ChangeAct.REMOVE_TAG:
            tags = [(row.value["id"], row.value["name"]) for row in rows]
            account.remove_tags(integration_id=integration_id, contact_id=contact_id, tags=tags)
        case ChangeAct.ADD_TAG:
            names = [row.value["name"] for row in rows]
            account.add_tags(integration_id=integration_id, contact_id=contact_id, names=names)


def _read_again(run: Run, account: Account, rows: Sequence[Change]) -> None:
    """What reads as it should is done. The rest is read again after each of the delays; then a person is asked."""
    if not rows:
        return
    seen = _seen(account, rows[0].contact_id)
    shown = [row for row in rows if changes.is_so(row, seen)]
    missing = [row for row in rows if not changes.is_so(row, seen)]
    if missing:
        delays: list[int] = settings.ENV.verify_delays
        if run.job.round < len(delays):
            raise NextSlice(delay=delays[run.job.round], looked_again=True)
    _finish(run, shown, ChangeStep.DONE, seen)
    if missing:
        raise NeedsPerson(Attention.NOT_CHANGED, contact_id=rows[0].contact_id)


def _finish(run: Run, rows: Sequence[Change], step: ChangeStep, seen: Seen) -> None:
    if not rows:
        return
    with transaction.atomic():
        for row in rows:
            changes.note_reading(row, seen)
        Change.objects.filter(pk__in=[row.pk for row in rows]).update(step=step, done_at=timezone.now())
        run.made_progress()
        audit.record(
            actor=None,
            verb="change_done",
            case=run.case,
            facts={
                "integration": rows[0].integration_id,
                "contact": rows[0].contact_id,
                "changes": len(rows),
                "result": step.value,
            },
        )
    for row in rows:
        row.step = step


def _commit_attempt(run: Run, rows: Sequence[Change]) -> None:
    """Write ahead of the call; under the case's lock, so that a withdrawal comes wholly before or not at all."""
    with transaction.atomic():
        fresh = locked(run.case.pk)
        if fresh.state != State.CHANGING or not held(run.job).select_for_update().exists():
            raise WrongState("The case was stopped before this step, or another run has it.")
        halting.raise_if_halted(run.case.connection)
        plan = Plan.objects.get(pk=rows[0].plan_id)
        raise_if_not_approved(plan)
        raise_if_held(fresh)
        is_first = not plan.has_started
        Change.objects.filter(pk__in=[row.pk for row in rows]).update(
            step=ChangeStep.ATTEMPTED, attempts=F("attempts") + 1, attempted_at=timezone.now()
        )
        if is_first:
            facts = {"plan": plan.number, "fingerprint": plan.fingerprint, "contacts": plan.contact_ids}
            audit.record(actor=None, verb="change_begun", case=fresh, facts=facts)
    for row in rows:
        row.step = ChangeStep.ATTEMPTED


def raise_if_held(case: Case) -> None:
    """A rectification overwrites what a hold keeps; a restriction or an objection only notes something."""
    if not is_stopped_by_hold(case):
        return
    try:
        holds.raise_if_held(case)
    except Held:
        raise NeedsPerson(Attention.LEGAL_HOLD) from None
