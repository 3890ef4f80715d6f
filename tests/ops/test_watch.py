"""The watch starts the job cluster again when it dies or hangs, and only then."""

import datetime as dt
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dsr.ops.processes import Child
from dsr.ops.stop_signals import StopSignals
from dsr.ops.watch import Timing, Watch
from tests.ops.waiting import eventually, is_alive


class Clusters:
    """Starts processes that stand for the cluster, and remembers them."""

    def __init__(self, command: str = "sleep 60") -> None:
        self.command = command
        self.pids: list[int] = []

    def start(self) -> Child:
        child = Child.start("job cluster", ["sh", "-c", self.command])
        self.pids.append(child.process.pid)
        return child


class Beats:
    """A heartbeat whose worker runs each beat at once, unless it hangs."""

    def __init__(self) -> None:
        self.hangs = False
        self.last: dt.timedelta | None = None
        self.count = 0

    def clear(self) -> None:
        self.last = None

    def enqueue_beat(self) -> None:
        self.count += 1
        if not self.hangs:
            self.last = dt.timedelta(0)  # however slowly this thread comes to look

    def last_beat_age(self) -> dt.timedelta | None:
        return self.last


class NoDatabase(Beats):
    def clear(self) -> None:
        raise ConnectionError

    def enqueue_beat(self) -> None:
        self.count += 1
        raise ConnectionError

    last_beat_age = clear


@contextmanager
def _watched(clusters: Clusters, beats: Beats, *, stall: float) -> Iterator[Callable[[], None]]:
    """Run a watch in a thread. Gives the function that asks it to stop and waits for it."""
    signals = StopSignals()
    timing = Timing(beat=0.1, stall=stall, grace=5, first_delay=0.05)
    watch = Watch(start_cluster=clusters.start, heartbeat=beats, timing=timing, signals=signals)
    thread = threading.Thread(target=watch.run)
    thread.start()

    def stop() -> None:
        signals.count = 1
        thread.join(timeout=20)

    try:
        yield stop
    finally:
        stop()
        assert not thread.is_alive()


def test_a_killed_cluster_is_started_again_and_what_it_left_is_killed(tmp_path: Path) -> None:
    clusters = Clusters(f"sleep 60 & echo $! >> {tmp_path / 'workers'}; wait")
    with _watched(clusters, Beats(), stall=60):
        assert eventually((tmp_path / "workers").exists)
        os.kill(clusters.pids[0], signal.SIGKILL)

        assert eventually(lambda: len(clusters.pids) == 2)
        worker = int((tmp_path / "workers").read_text().split()[0])
        assert eventually(lambda: not is_alive(worker))
        assert is_alive(clusters.pids[1])


def test_a_cluster_that_runs_nothing_is_killed_and_started_again(caplog: pytest.LogCaptureFixture) -> None:
    clusters, beats = Clusters(), Beats()
    beats.hangs = True
    with _watched(clusters, beats, stall=0.5):
        assert eventually(lambda: len(clusters.pids) == 2)
        beats.hangs = False
        assert not is_alive(clusters.pids[0])
    assert "ran nothing" in caplog.text


def _looked_at_for(beats: Beats, seconds: float) -> bool:
    """Waits until the watch has looked at the cluster for that long, and often."""
    since = time.monotonic()
    return eventually(lambda: time.monotonic() - since > seconds and beats.count >= 4, within=60)


def test_a_cluster_that_works_is_left_alone() -> None:
    clusters, beats = Clusters(), Beats()
    with _watched(clusters, beats, stall=0.5):
        assert _looked_at_for(beats, 1.5)
        assert len(clusters.pids) == 1


def test_a_database_that_is_away_is_no_reason_to_kill_the_cluster() -> None:
    clusters, beats = Clusters(), NoDatabase()
    with _watched(clusters, beats, stall=0.3):
        assert _looked_at_for(beats, 1.2)
        assert len(clusters.pids) == 1
        assert is_alive(clusters.pids[0])


def test_a_stop_lets_the_cluster_end_by_itself() -> None:
    clusters = Clusters("trap 'sleep 0.5; exit 0' TERM; while :; do sleep 0.1; done")
    with _watched(clusters, Beats(), stall=60) as stop:
        assert eventually(lambda: clusters.pids)
        time.sleep(0.3)
        stop()
        assert not is_alive(clusters.pids[0])
    assert len(clusters.pids) == 1, "a stop must not start another cluster"


def test_a_cluster_that_can_not_start_is_tried_less_and_less_often() -> None:
    clusters = Clusters("exit 1")
    with _watched(clusters, Beats(), stall=60):
        since = time.monotonic()
        assert eventually(lambda: time.monotonic() - since > 3 and len(clusters.pids) >= 2, within=60)
    assert 2 <= len(clusters.pids) <= 8
