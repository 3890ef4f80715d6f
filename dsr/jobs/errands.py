"""Run one errand: claim it, count the attempt before the work, and say how it ended. No case is moved by it."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from dsr import queue
from dsr.attention import Attention
from dsr.exceptions import NeedsPerson, NextSlice, Postponed, StorageFull, TryLater
from dsr.jobs import running
from dsr.models import Errand, ErrandKind, ErrandStatus
from dsr.services import closing_records, dry_run, filing_worker, impact, mailing, packaging, reports, telling_programs

logger = logging.getLogger(__name__)

HANDLERS: dict[str, Callable[[int], None]] = {
    ErrandKind.CLOSING_RECORD: closing_records.draw,
    ErrandKind.DRY_RUN: dry_run.work_through,
    ErrandKind.FILING: filing_worker.work_through,
    ErrandKind.IMPACT: impact.read_totals,
    ErrandKind.LETTER: mailing.deliver,
    ErrandKind.REPORT: reports.draw,
    ErrandKind.PACKAGE: packaging.make_package,
    ErrandKind.WEBHOOK: telling_programs.deliver,
}
"""What does each kind, given its target's number. It has to bear being run twice: a killed run is run again."""


def run(errand_id: int) -> bool:
    """Run the errand if it is due and nobody else has it. Says whether it was claimed."""
    errand = _claim(errand_id)
    if errand is None:
        return False
    if errand.attempts > len(settings.ENV.job_retry_delays) + 1:
        _end(errand, ErrandStatus.FAILED, problem=errand.problem or Attention.GAVE_UP)  # its processes were killed
        return True
    try:
        HANDLERS[ErrandKind(errand.kind)](errand.target)
    except NextSlice:
        _go_on(errand)
    except Postponed as kept:
        _put_off(errand, delay=kept.delay or 0, attempts=errand.attempts - 1)
    except TryLater as fault:
        _retry(errand, problem=fault.code, delay=fault.delay)
    except NeedsPerson as question:
        _end(errand, ErrandStatus.FAILED, problem=question.code)
    except StorageFull:
        _end(errand, ErrandStatus.FAILED, problem=Attention.STORAGE_FULL)
    except Exception as error:  # its text may quote a person's data: the class and the place are enough
        logger.error("errand %s (%s) failed: %s", errand.pk, errand.kind, running.told(error))
        _retry(errand, problem=Attention.GAVE_UP)
    else:
        _end(errand, ErrandStatus.DONE)
    return True


def _claim(errand_id: int) -> Errand | None:
    now = timezone.now()
    claimed = Errand.objects.filter(
        Q(status=ErrandStatus.DUE, next_at__lte=now) | Q(status=ErrandStatus.RUNNING, leased_until__lt=now),
        pk=errand_id,
    ).update(
        status=ErrandStatus.RUNNING,
        leased_until=now + running.lease(),
        attempts=F("attempts") + 1,
    )
    return Errand.objects.get(pk=errand_id) if claimed else None


def _end(errand: Errand, status: ErrandStatus, *, problem: str = "") -> None:
    _held(errand).update(status=status, problem=problem, leased_until=None, finished_at=timezone.now())


def _go_on(errand: Errand) -> None:
    """The slice is over, and is no failure: the next one counts its attempts anew."""
    now = timezone.now()
    if _held(errand).update(status=ErrandStatus.DUE, attempts=0, leased_until=None, next_at=now, problem=""):
        queue.wake_errand(errand)


def _retry(errand: Errand, *, problem: str, delay: float | None = None) -> None:
    wait = running.wait_after(errand.attempts, asked=delay)
    if wait is None:
        _end(errand, ErrandStatus.FAILED, problem=problem)
        return
    _put_off(errand, delay=wait, problem=problem)


def _put_off(errand: Errand, *, delay: float, **changes: object) -> None:
    next_at = timezone.now() + dt.timedelta(seconds=delay)
    _held(errand).update(status=ErrandStatus.DUE, leased_until=None, next_at=next_at, **changes)


def _held(errand: Errand) -> QuerySet[Errand]:
    return Errand.objects.filter(pk=errand.pk, status=ErrandStatus.RUNNING, leased_until=errand.leased_until)
