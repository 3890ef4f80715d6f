"""What running a job and running an errand share: for how long one is taken, when it is tried again, what is logged."""

from __future__ import annotations

import datetime as dt
import traceback

from django.conf import settings

_GRACE = 15
"""Seconds after the queue's own timeout before a silent run counts as dead."""
_LONGEST_WAIT = 60 * 60
"""The most, in seconds, that a service which asks for patience is given; nothing sleeps for days unseen."""


def lease() -> dt.timedelta:
    """For how long a run has what it claimed."""
    return dt.timedelta(seconds=settings.ENV.q_timeout + _GRACE)


def wait_after(attempts: int, *, asked: float | None) -> float | None:
    """Seconds until the next attempt, at least as many as were `asked` for; None where that one was the last."""
    delays: list[int] = settings.ENV.job_retry_delays
    return None if attempts > len(delays) else max(delays[attempts - 1], min(asked or 0, _LONGEST_WAIT))


def told(error: Exception) -> str:
    """The error's class and where it happened; never its text, which may quote a person's data."""
    frames = traceback.extract_tb(error.__traceback__)
    place = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(frames[-6:]))
    return f"{type(error).__name__} at {place}"
