"""Run one job: claim it, count the attempt *before* the work, and turn whatever happens into the next row."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from dsr import queue
from dsr.attention import Attention
from dsr.exceptions import LedgerUnfit, NeedsPerson, NextSlice, Postponed, StorageFull, TryLater, WrongState
from dsr.jobs import running
from dsr.models import Job, JobKind, JobStatus
from dsr.selectors.halts import is_halted
from dsr.services import certificates, changing, erasure, halting, handing_over, matching, preparation
from dsr.services.working import Run, held

logger = logging.getLogger(__name__)
_SOON = 1.0
"""Seconds. What is due at once would be put on the queue, for nothing while it is kept from its work."""

HANDLERS: dict[str, Callable[[Run], None]] = {
    JobKind.SEARCH: matching.search,
    JobKind.PREPARE: preparation.prepare,
    JobKind.ERASE: erasure.erase,
    JobKind.CERTIFY: certificates.certify,
    JobKind.CHANGE: changing.change,
}


def run(job_id: int) -> bool:
    """Run the job if it is due, nobody else has it and nothing stops it. Says whether it was claimed."""
    job = _claim(job_id)
    if job is None:
        return False
    if job.attempts > len(settings.ENV.job_retry_delays) + 1:
        # The last attempts ended without a word: their processes were killed.
        handing_over.ask_person(job=job, code=job.last_problem or Attention.GAVE_UP)
        return True
    try:
        HANDLERS[job.kind](Run(job))
    except NextSlice as slice_over:
        _go_on(job, slice_over)
    except Postponed as kept:
        queue.put_off(job, delay=kept.delay or _SOON, attempts=F("attempts") - 1, last_problem=kept.code)
    except TryLater as fault:
        if not _is_halted(job, fault.code):
            _retry(job, code=fault.code, delay=fault.delay)
    except NeedsPerson as question:
        if not _is_halted(job, question.code):
            handing_over.ask_person(job=job, code=question.code, facts=question.facts)
    except StorageFull:
        handing_over.ask_person(job=job, code=Attention.STORAGE_FULL)
    except LedgerUnfit:
        _retry(job, code=Attention.LEDGER)
    except WrongState:
        # Mostly a person took the job off; then nothing is left to do.
        _retry(job, code=Attention.GAVE_UP)
    except Exception as error:  # whatever it is, the case must reach a person and the text may hold personal data
        logger.error("job %s (%s) failed: %s", job.pk, job.kind, running.told(error))
        _retry(job, code=Attention.GAVE_UP)
    return True


def _claim(job_id: int) -> Job | None:
    """Take the job by a conditional UPDATE: due, or left behind by a run whose lease is over.

    One that is stopped stays as it is: once its connection goes on, the sweep brings it back. Looked up beforehand and
    apart: a row that is in an UPDATE's subquery isn't looked at again where two workers meet.
    """
    if Job.objects.filter(is_halted(), pk=job_id).exists():
        return None
    now = timezone.now()
    claimed = Job.objects.filter(
        Q(status=JobStatus.DUE, next_at__lte=now) | Q(status=JobStatus.RUNNING, leased_until__lt=now),
        pk=job_id,
    ).update(status=JobStatus.RUNNING, leased_until=now + running.lease(), attempts=F("attempts") + 1)
    return Job.objects.select_related("case__connection").get(pk=job_id) if claimed else None


def _go_on(job: Job, slice_over: NextSlice) -> None:
    if not held(job).exists():
        return
    queue.put_off(
        job,
        delay=slice_over.delay,
        attempts=0,
        round=F("round") + 1 if slice_over.looked_again else F("round"),
        last_problem="",  # else a connection that goes on would cut short the wait between two looks
    )


def _is_halted(job: Job, code: str) -> bool:
    """Whether work over its connection is stopped, by this fault or before. Then it waits for that, and for nobody."""
    connection = job.case.connection
    if code == job.last_problem == Attention.KEY_REFUSED and not halting.is_stopped(connection):
        return False  # the account answered before it went on: what is refused is this case's own question
    if not halting.note_fault(connection=connection, code=code):
        return False
    if held(job).exists():
        queue.put_off(job, delay=_SOON, attempts=0, last_problem=code)
    return True


def _retry(job: Job, *, code: str, delay: float | None = None) -> None:
    attempts = held(job).values_list("attempts", flat=True).first()
    if attempts is None:
        return
    wait = running.wait_after(attempts, asked=delay)
    if wait is None:
        handing_over.ask_person(job=job, code=code, facts={"attempts": attempts})
    else:
        queue.put_off(job, delay=wait, last_problem=code)
