"""A child leaves nothing behind, however it or its parent ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dsr.ops import processes
from dsr.ops.processes import Child, how_it_ended
from tests.ops.waiting import eventually, is_alive
from tests.segmetrics_client.clock import FakeClock

STUBBORN = "trap '' TERM; sleep 60 & echo $! > {file}; wait; wait"


def _pid_in(file: Path) -> int:
    assert eventually(lambda: file.exists() and file.read_text().strip())
    return int(file.read_text())


def test_a_process_that_ignores_sigterm_is_killed_with_its_children(tmp_path: Path) -> None:
    child = Child.start("stubborn", ["sh", "-c", STUBBORN.format(file=tmp_path / "pid")])
    grandchild = _pid_in(tmp_path / "pid")

    child.stop(grace=0.3)

    assert child.exit_code == -signal.SIGKILL
    assert eventually(lambda: not is_alive(grandchild))


def test_children_of_a_process_that_ended_by_itself_are_killed_too(tmp_path: Path) -> None:
    child = Child.start("gone", ["sh", "-c", f"sleep 60 & echo $! > {tmp_path / 'pid'}"])
    grandchild = _pid_in(tmp_path / "pid")
    assert eventually(lambda: child.exit_code == 0)

    child.stop(grace=5)

    assert eventually(lambda: not is_alive(grandchild))


def test_haste_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_HURRIED_GRACE", 60)  # however slow the machine is
    # Two signals that come before a process looks are one to it: it says when it has seen the first.
    waits = "trap '[ -n \"$again\" ] && exit 0; again=1; echo > {seen}' TERM; echo $$ > {pid}; {loop}"
    seen, loop = tmp_path / "seen", "while :; do sleep 0.1; done"
    child = Child.start("slow", ["sh", "-c", waits.format(seen=seen, pid=tmp_path / "pid", loop=loop)])
    _pid_in(tmp_path / "pid")  # by then it listens

    child.stop(grace=60, hurry=seen.exists)

    assert child.exit_code == 0, "the second SIGTERM should have ended it"


def test_haste_shortens_the_grace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = Child.start("stubborn", ["sh", "-c", STUBBORN.format(file=tmp_path / "pid")])
    _pid_in(tmp_path / "pid")
    clock = FakeClock()
    monkeypatch.setattr(processes, "time", clock)

    child.stop(grace=600, hurry=lambda: sum(clock.slept) > 2)

    assert child.exit_code == -signal.SIGKILL
    assert 6 <= sum(clock.slept) < 7, "two seconds without haste, and four with it"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent is gone")
def test_a_child_ends_when_its_parent_is_killed_outright() -> None:
    program = (
        "import time; from dsr.ops.processes import Child; "
        "print(Child.start('c', ['sleep', '60']).process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert is_alive(child)
        os.kill(parent.pid, signal.SIGKILL)

    assert eventually(lambda: not is_alive(child))


def test_the_log_holds_what_the_process_said_and_its_end_is_told_in_words(tmp_path: Path) -> None:
    child = Child.start("talker", ["sh", "-c", "seq 30; echo oh no >&2; exit 3"], log=tmp_path / "log")
    assert eventually(lambda: child.exit_code is not None)

    assert child.last_lines(2) == "30\noh no"
    assert how_it_ended(3) == "exit code 3"
    assert how_it_ended(-9) == "signal SIGKILL"
