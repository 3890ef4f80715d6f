"""A dry run: what every approved erasure would do, and what keeps it from it. No call is made to SegMetrics.

The same checks as the job's own, made ahead: the approval, both files on disk byte for byte, a hold, the grant. Those
that wait for their approval are looked at too, and told apart; so are those with nothing left to delete.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dsr import audit, queue, storage
from dsr.attention import Attention
from dsr.exceptions import NeedsPerson, NextSlice
from dsr.models import Case, DryRun, DryRunRow, ErrandKind, Plan, User
from dsr.models.dry_run import STALE
from dsr.permissions import Role, raise_if_not
from dsr.selectors import bulk, dry_runs
from dsr.selectors.holds import binding
from dsr.services.approval import may_delete, raise_if_account_changed, raise_if_not_approved
from dsr.services.planning import fingerprint_of
from dsr.services.working import SHARE_OF_TIMEOUT
from dsr.states import State

MAY_LOOK = (Role.PRIVACY_OFFICER, Role.APPROVER, Role.AUDITOR)
_KEEP = dt.timedelta(days=7)


def begin(*, actor: User) -> DryRun:
    """Have the worker look at all erasures that are approved or wait for it. One that is under way is given back."""
    raise_if_not(actor, *MAY_LOOK)
    with transaction.atomic():
        run = dry_runs.newest()
        if run and dry_runs.is_under_way(run):
            return run
        run = note(started_by=actor)
        queue.add_errand(kind=ErrandKind.DRY_RUN, target=run.pk)
        audit.record(actor=actor, verb="dry_run_begun", facts={"dry_run": run.pk, "cases": run.rows.count()})
    return run


def note(*, started_by: User | None) -> DryRun:
    """The run with a row for each case."""
    run = DryRun.objects.create(started_by=started_by, started_at=timezone.now())
    calls = bulk.calls_of_each(bulk.APPROVED | bulk.AWAITING)
    cases = Case.objects.filter(bulk.APPROVED | bulk.AWAITING).order_by("due_on", "pk").values_list("pk", "state")
    DryRunRow.objects.bulk_create(
        [
            DryRunRow(run=run, case_id=pk, is_approved=state == State.ERASING, calls=calls.get(pk, 0))
            for pk, state in cases
        ],
        batch_size=500,
    )
    return run


def work_through(run_id: int) -> None:
    """The errand: row by row, in slices. Where it is killed, the next slice goes on with the rest."""
    ends = time.monotonic() + settings.ENV.q_timeout * SHARE_OF_TIMEOUT
    for _row in look(run_id):
        if time.monotonic() > ends:
            raise NextSlice


def look(run_id: int) -> Iterator[DryRunRow]:
    """Look at what is left of the run, one case after the other. Finished, it takes the place of those before."""
    rows = DryRunRow.objects.filter(run=run_id, checked_at=None).select_related("case__connection", "case__key")
    for row in rows.iterator(chunk_size=100):
        row.plan = row.case.current_plan
        row.only_looks = row.plan is not None and _only_looks(row.case, row.plan)
        row.problems, row.checked_at = _problems_of(row), timezone.now()
        row.save(update_fields=["plan", "only_looks", "problems", "checked_at"])
        yield row
    DryRun.objects.filter(pk=run_id, finished_at=None).update(finished_at=timezone.now())
    DryRun.objects.filter(pk__lt=run_id).exclude(finished_at=None).delete()


def forget_old() -> None:
    """Remove those of last week."""
    DryRun.objects.filter(started_at__lt=timezone.now() - _KEEP).delete()


def _only_looks(case: Case, plan: Plan) -> bool:
    return case.state == State.ERASING and all(line.is_finished for line in plan.to_delete)


def _problems_of(row: DryRunRow) -> list[str]:
    """What keeps it from being carried out: codes of `Attention`, or `STALE`. Waiting for its time is none."""
    case, plan = row.case, row.plan
    if plan is None:
        return [Attention.APPROVAL_VOID.value]
    plan.case = case
    if row.only_looks:
        return _of_look(plan)
    found = [_of_approval(plan) if case.state == State.ERASING else _of_plan(plan)]
    if not _has_its_files(plan):
        found.append(Attention.FILES_DAMAGED.value)
    if binding(case).exists():
        found.append(Attention.LEGAL_HOLD.value)
    return list(dict.fromkeys(code for code in found if code))


def _of_approval(plan: Plan) -> str:
    try:
        raise_if_not_approved(plan)
    except NeedsPerson as question:
        return question.code
    except NextSlice:  # it cools off
        return ""
    return ""


def _of_look(plan: Plan) -> list[str]:
    """As the job: the same account where this plan deleted something, and nothing where an earlier one did."""
    try:
        if plan.to_delete:
            raise_if_account_changed(plan)
    except NeedsPerson as question:
        return [question.code]
    return []


def _of_plan(plan: Plan) -> str:
    if plan.fingerprint != fingerprint_of(plan):
        return STALE
    return "" if may_delete(plan) else Attention.NO_DELETE_RIGHT.value


def _has_its_files(plan: Plan) -> bool:
    return all(document is not None and storage.is_intact(document) for document in (plan.export, plan.evidence))
