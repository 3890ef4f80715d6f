"""File the rows of a batch, one after the other, each in a transaction of its own. Run by the worker.

A row is marked in the transaction that files its case, under the batch's lock: so whenever the worker is killed, or
runs twice, or somebody presses “Stop”, no row is filed twice and none after the stop.
"""

from __future__ import annotations

import time
from functools import partial

from django.conf import settings
from django.db import transaction

from dsr import audit
from dsr.exceptions import InvalidInput, NextSlice, NotAllowed, WrongState
from dsr.models import Case, ErrandStatus, FilingBatch, FilingRow, FilingStage, RowStatus
from dsr.permissions import record_actor
from dsr.selectors import duplicates, filing
from dsr.services import filing_rows, intake
from dsr.services.working import SHARE_OF_TIMEOUT

UPLOADED = "uploaded"
"""The act of whoever uploaded the file: a hand in each of its cases."""
HAD_FILED = "had_filed"
"""The act of whoever had the file filed or go on before, and chose about its rows: a hand in each case after that."""


def work_through(batch_id: int) -> None:
    """File what waits, until nothing does, or somebody stops it. Raises `NextSlice` when the time is over."""
    ends = time.monotonic() + settings.ENV.q_timeout * SHARE_OF_TIMEOUT
    while (row := _next(batch_id)) is not None:
        _file(row)
        if time.monotonic() > ends:
            raise NextSlice


def _next(batch_id: int) -> FilingRow | None:
    """The next row. Where there is none, or it was stopped, the errand ends here, under the lock: “Go on” sees it."""
    with transaction.atomic():
        batch = FilingBatch.objects.select_for_update().get(pk=batch_id)
        is_stopped = batch.is_over or batch.stage != FilingStage.FILING
        row = None if is_stopped else _waiting(batch)
        if row is None:
            _end_errand(batch)
            if not is_stopped:
                _finish(batch)
    return row


def _waiting(batch: FilingBatch) -> FilingRow | None:
    return (
        batch.rows.filter(status=RowStatus.WAITING)
        .select_related("batch__connection", "batch__filed_by", "batch__uploaded_by")
        .order_by("number")
        .first()
    )


def _file(row: FilingRow) -> None:
    batch, wanted = row.batch, filing_rows.wanted(row.cells)
    assert batch.filed_by  # noqa: S101  (who began it)
    if wanted.problems or duplicates.unseen(wanted.hashes, batch=batch):
        _fail(row)
        return
    try:
        intake.file_request(
            actor=batch.filed_by, connection=batch.connection, along=partial(_mark, row), **wanted.arguments
        )
    except NotAllowed:
        _stop(batch, "not_allowed")
    except InvalidInput as error:
        if error.field == "connection":
            _stop(batch, "connection")
        else:
            _fail(row)
    except WrongState:
        return  # it was stopped, or another run was there first


def _mark(row: FilingRow, case: Case) -> None:
    if not _settle(row, status=RowStatus.FILED, case=case, content_sealed=b""):
        raise WrongState("This row isn't to be filed any more.")
    record_actor(case=case, user=row.batch.uploaded_by, act=UPLOADED)
    for person in row.batch.filers.exclude(pk=case.filed_by_id):
        record_actor(case=case, user=person, act=HAD_FILED)


def _fail(row: FilingRow) -> None:
    with transaction.atomic():
        _settle(row, status=RowStatus.FAILED)


def _settle(row: FilingRow, **values: object) -> bool:
    """Write how the row ended, once, and only while the batch is being filed. Failures are counted anew from here."""
    batch = FilingBatch.objects.select_for_update().get(pk=row.batch_id)
    if batch.is_over or batch.stage != FilingStage.FILING:
        return False
    settled = batch.rows.filter(pk=row.pk, status=RowStatus.WAITING).update(**values)
    if settled:
        filing.live_errands(batch).update(attempts=1)
    return bool(settled)


def _stop(batch: FilingBatch, why: str) -> None:
    """Nothing more can be filed like this: a person has to look."""
    with transaction.atomic():
        fresh = FilingBatch.objects.select_for_update().get(pk=batch.pk)
        if fresh.is_over or fresh.stage != FilingStage.FILING:
            return
        fresh.stage, fresh.why_stopped = FilingStage.STOPPED, why
        fresh.save(update_fields=["stage", "why_stopped"])
        facts = {"batch": fresh.reference, "why": why, **filing.counts(fresh)}
        audit.record(actor=None, verb="filing_stopped", facts=facts)


def _finish(batch: FilingBatch) -> None:
    counts = filing.counts(batch)
    batch.stage = FilingStage.FINISHED
    if not counts[RowStatus.FAILED]:
        batch.key_wrapped = b""  # no row has contents any more
    batch.save(update_fields=["stage", "key_wrapped"])
    audit.record(actor=None, verb="filing_finished", facts={"batch": batch.reference, **counts})


def _end_errand(batch: FilingBatch) -> None:
    filing.live_errands(batch).filter(status=ErrandStatus.RUNNING).update(status=ErrandStatus.DONE, leased_until=None)
