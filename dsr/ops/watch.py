"""The watch over the job cluster.

django-q2's cluster can stay alive and run nothing (seen after its idle workers were killed), and then no
supervisor that looks at processes alone notices. So a heartbeat travels the same way as any job: the watch
enqueues a beat, a worker runs it, and when none was run for too long the whole cluster is killed and started
again. Killing it in the middle of a job is safe: every job may be run twice and has no effect twice.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from dsr.ops.processes import Child, how_it_ended
from dsr.ops.stop_signals import StopSignals

logger = logging.getLogger("dsr.worker")
_TICK = 0.25
_LONGEST_DELAY = 60.0


class Heartbeat(Protocol):
    """What the watch needs of the heartbeat. Any of these may raise when the database is away."""

    def clear(self) -> object: ...
    def enqueue_beat(self) -> object: ...
    def last_beat_age(self) -> dt.timedelta | None: ...


@dataclass(frozen=True, kw_only=True)
class Timing:
    """All in seconds. `grace` is how long a stop waits for the jobs at work before it kills them."""

    beat: float
    stall: float
    grace: float
    first_delay: float = 1.0


class Watch:
    """Keeps one cluster running until told to stop."""

    def __init__(
        self,
        *,
        start_cluster: Callable[[], Child],
        heartbeat: Heartbeat,
        timing: Timing,
        signals: StopSignals,
    ) -> None:
        self._start_cluster = start_cluster
        self._heartbeat = heartbeat
        self._timing = timing
        self._signals = signals
        self._delay = timing.first_delay

    def run(self) -> None:
        """Start the cluster again after every unexpected end, later each time; returns once told to stop."""
        while not self._signals.requested:
            self._attempt(self._heartbeat.clear)
            cluster, started = self._start_cluster(), time.monotonic()
            try:
                reason = self._until_trouble(cluster)
            finally:
                cluster.stop(grace=self._grace(), hurry=lambda: self._signals.urgent)
            if reason:
                if time.monotonic() - started > _LONGEST_DELAY:
                    self._delay = self._timing.first_delay
                logger.error("The job cluster %s. It is started again in %.0f s.", reason, self._delay)
                self._pause(self._delay)
                self._delay = min(self._delay * 2, _LONGEST_DELAY)
        self._attempt(self._heartbeat.clear)  # so that /healthz knows at once, and a next start has to show itself

    def _grace(self) -> float:
        # Only a cluster that was asked to stop is given time: one that hangs won't use it.
        return self._timing.grace if self._signals.requested else 0.0

    def _until_trouble(self, cluster: Child) -> str | None:
        """Beat and look until there is trouble (returned in words) or a stop is asked for (None)."""
        started, next_beat = time.monotonic(), 0.0
        while not self._signals.requested:
            if (code := cluster.exit_code) is not None:
                return f"ended by itself ({how_it_ended(code)})"
            if time.monotonic() >= next_beat:
                self._attempt(self._heartbeat.enqueue_beat)
                if self._silence(started) > self._timing.stall:
                    return f"ran nothing for {self._timing.stall:.0f} s and was killed"
                next_beat = time.monotonic() + self._timing.beat
            time.sleep(_TICK)
        return None

    def _silence(self, started: float) -> float:
        """Seconds without a beat, counted from this cluster's start; 0 where it can't be told."""
        running = time.monotonic() - started
        try:
            age = self._heartbeat.last_beat_age()
        except Exception:
            return 0.0  # the database is away: a restart would mend nothing, and `enqueue_beat` has just said so
        return running if age is None else min(running, age.total_seconds())

    def _attempt(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:  # the watch outlives a database that is away for a while
            logger.warning("The worker's heartbeat failed (%s); it is tried again.", type(error).__name__)

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._signals.requested:
            time.sleep(_TICK)
