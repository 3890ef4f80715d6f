"""What the queue calls, by dotted name and with ids only. Nothing here raises: django-q keeps tracebacks for ever."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from dsr import ledger
from dsr.jobs import errands, heartbeat, runner, sweeping
from dsr.services import (
    bounces,
    calls,
    disposal,
    dry_run,
    filing_many,
    notification_mail,
    notifying,
    noting,
    orphans,
    reminding,
    retention,
    returns,
    tagging,
    telling_programs,
    traces,
)

logger = logging.getLogger(__name__)
Arguments = ParamSpec("Arguments")


def _never_raises(task: Callable[Arguments, object]) -> Callable[Arguments, None]:
    """Log the class of an error and end well: our own rows say what is still due, and the sweep brings it back."""

    @wraps(task)
    def quiet(*args: Arguments.args, **options: Arguments.kwargs) -> None:
        try:
            task(*args, **options)
        except Exception as error:  # whatever it is, its text may hold personal data
            logger.error("task %s failed: %s", task.__name__, type(error).__name__)

    return quiet


def _is_refused() -> bool:
    """Whether an older database was put under the running worker: then nothing is done until the ledger is replayed."""
    why = ledger.refusal()
    if why:
        logger.error("%s", why)
    return bool(why)


@_never_raises
def run_job(job_id: int) -> None:
    """Run one job, if it is still due. That a worker takes it up is a beat too: a long queue is no silence."""
    heartbeat.beat()
    if not _is_refused():
        runner.run(job_id)


@_never_raises
def run_errand(errand_id: int) -> None:
    """Run one errand, if it is still due."""
    heartbeat.beat()
    if not _is_refused():
        errands.run(errand_id)


@_never_raises
def sweep() -> None:
    """Put what is due, and what died, back on the queue; destroy proofs that a killed process left."""
    sweeping.sweep()
    disposal.destroy_checked_proofs()


@_never_raises
def retain() -> None:
    """Destroy what has come to its day: exports, contents of closed cases, rows of old files, and files that
    no row names. Each by itself: a disk that is full, say, keeps nothing from going that stands in the database."""
    if _is_refused():
        return
    for step in (
        disposal.destroy_due,
        retention.purge_due,
        filing_many.end_old,
        orphans.clear_away,
        traces.clear,
        notifying.forget_old,
        telling_programs.forget_old,
        calls.forget_old,
        tagging.end_old,
        tagging.forget_ended,
        dry_run.forget_old,
    ):
        _never_raises(step)()


@_never_raises
def notify() -> None:
    """Mail what people are told."""
    if not _is_refused():
        notification_mail.send_due()


@_never_raises
def remind() -> None:
    """Tell of what comes near its due date, and of what is past it."""
    if not _is_refused():
        reminding.remind()


@_never_raises
def collect_bounces() -> None:
    """Read the mailbox to which letters come back, where one is set."""
    if not _is_refused():
        bounces.collect()


@_never_raises
def watch_for_returns() -> None:
    """Look whether somebody who was erased is among the recent leads; each account once a day, in as many looks as that
    takes."""
    if not _is_refused():
        returns.watch_all()


@_never_raises
def anchor() -> None:
    """Note the audit log's head outside the database."""
    noting.anchor()


@_never_raises
def beat() -> None:
    """Show that a worker runs tasks, and sweep on the way."""
    heartbeat.beat()
    sweeping.sweep()
