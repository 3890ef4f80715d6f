"""`manage.py worker` with the real cluster and a real database."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dsr.demo.options import Options, environment, secrets_of
from tests.ops.waiting import eventually, is_alive
from tests.smoke.demo_process import ROOT

pytestmark = pytest.mark.smoke
STALL = 20
GRACE = 60
STARTED_WITHIN = 120.0
GONE_WITHIN = 90.0


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A migrated database, and a watch that loses its patience with what hangs for a test, not with a busy machine."""
    data_dir = tmp_path_factory.mktemp("data")
    settings = environment(Options(web_port=1, sandbox_port=2, data_dir=data_dir), secrets_of(data_dir))
    settings |= {"DSR_WORKER_BEAT_SECONDS": "1", "DSR_WORKER_STALL_SECONDS": f"{STALL}"}
    migrate = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"]
    subprocess.run(migrate, cwd=ROOT, env=settings, check=True, timeout=120)
    return settings


@pytest.fixture
def worker(env: dict[str, str], tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "manage.py", "worker", f"--grace={GRACE}"]
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
        yield process
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=GRACE + GONE_WITHIN)


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def _everything_below(pid: int) -> list[int]:
    return [below for child in _children(pid) for below in (child, *_everything_below(child))]


def _beats(env: dict[str, str]) -> list[tuple[str]]:
    """The heartbeats in the database; a watch that starts a cluster forgets the old ones first."""
    with closing(sqlite3.connect(Path(env["DSR_DATA_DIR"]) / "dsr.sqlite3")) as database:
        return database.execute("SELECT at FROM dsr_heartbeat").fetchall()


def _is_complete(worker: subprocess.Popen[bytes]) -> bool:
    return len(_everything_below(worker.pid)) >= 6  # cluster, sentinel, two workers, monitor, pusher


def test_a_cluster_that_hangs_is_replaced_by_one_that_works(
    worker: subprocess.Popen[bytes], env: dict[str, str], tmp_path: Path
) -> None:
    assert eventually(lambda: _is_complete(worker), within=STARTED_WITHIN)
    hung = _everything_below(worker.pid)
    sentinel = _children(hung[0])[0]
    for pid in _children(sentinel)[:2]:  # the two that run jobs; the others go on taking jobs from the queue
        os.kill(pid, signal.SIGSTOP)

    assert eventually(lambda: not any(is_alive(pid) for pid in hung), within=STALL + GONE_WITHIN)
    assert f"ran nothing for {STALL} s" in (tmp_path / "log").read_text()
    # The beat that the hung cluster had taken is leased to it for minutes yet; the new one must not wait for it.
    assert eventually(lambda: _beats(env), within=STARTED_WITHIN), "the new cluster runs nothing"


def test_nothing_of_a_hung_cluster_outlives_a_watch_that_is_killed(worker: subprocess.Popen[bytes]) -> None:
    assert eventually(lambda: _is_complete(worker), within=STARTED_WITHIN)
    below = _everything_below(worker.pid)
    for pid in below[1:]:
        os.kill(pid, signal.SIGSTOP)

    worker.kill()
    worker.wait(timeout=GONE_WITHIN)

    assert eventually(lambda: not any(is_alive(pid) for pid in below), within=GONE_WITHIN)


def test_a_stop_is_graceful_and_leaves_nothing(worker: subprocess.Popen[bytes], tmp_path: Path) -> None:
    assert eventually(lambda: _is_complete(worker), within=STARTED_WITHIN)
    below = _everything_below(worker.pid)

    worker.terminate()

    assert worker.wait(timeout=GRACE + GONE_WITHIN) == 0
    assert not any(is_alive(pid) for pid in below)
    assert "Traceback" not in (tmp_path / "log").read_text()
