"""What a running job tells: where it stands, and whether it still has time."""

from __future__ import annotations

import time

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from dsr.exceptions import WrongState
from dsr.models import Doing, Job, JobStatus

SHARE_OF_TIMEOUT = 0.5
"""A job ends its slice after half of the task's timeout and goes on in the next one."""


def held(job: Job) -> QuerySet[Job]:
    """The job's row, as long as the run that claimed it still holds it: whoever claims it later has another lease."""
    return Job.objects.filter(pk=job.pk, status=JobStatus.RUNNING, leased_until=job.leased_until)


class Run:
    """One run of a job. Services get it from the runner."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.case = job.case
        self._ends = time.monotonic() + settings.ENV.q_timeout * SHARE_OF_TIMEOUT

    @property
    def is_out_of_time(self) -> bool:
        """Whether the rest should wait for the next slice."""
        return time.monotonic() > self._ends

    def tell(self, doing: Doing, *, about: str = "", done: int = 0, total: int = 0) -> None:
        """Show on the case page what happens, and with which contact, order or subscription (`about`, its id).

        Raises `WrongState` when the job was taken off meanwhile.
        """
        if not held(self.job).update(doing=doing, doing_with=about[:200], progress=done, total=total):
            raise WrongState("The job was taken off.")

    def made_progress(self) -> None:
        """Something lasting was achieved: failures, and looks at what still answers, are counted anew."""
        if not held(self.job).update(attempts=1, round=0, last_problem=""):
            raise WrongState("The job was taken off.")
        self.job.round, self.job.last_problem = 0, ""

    def finish(self) -> None:
        """The job is done; call it in the transaction that records its result, before the state moves."""
        ended = held(self.job).update(
            status=JobStatus.DONE, finished_at=timezone.now(), leased_until=None, last_problem=""
        )
        if not ended:
            raise WrongState("The job was taken off.")
