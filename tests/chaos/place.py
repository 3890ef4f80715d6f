"""The processes: a sandbox and a worker, as `make demo` starts them, and a SIGKILL that leaves nothing of a worker."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from dsr.demo import options as demo
from dsr.ops.processes import Child
from segmetrics_client.sandbox.testing import Sandbox
from tests.ops.waiting import eventually
from tests.smoke.demo_process import free_ports

READY_WITHIN = 60.0


def environment(folder: Path) -> dict[str, str]:
    """What the demo runs in, with delays of a second where it waits for longer."""
    web, sandbox = free_ports(2)
    options = demo.Options(web_port=web, sandbox_port=sandbox, data_dir=folder)
    return demo.environment(options, demo.secrets_of(folder)) | {
        "DSR_JOB_RETRY_DELAYS": "1,1,1",
        "DSR_VERIFY_DELAYS": "1,1,1",
        "DSR_Q_TIMEOUT": "30",
        "DSR_WORKER_BEAT_SECONDS": "1",  # a beat sweeps too
        "DSR_LOG_LEVEL": "WARNING",
        "CHAOS_SANDBOX_PORT": str(sandbox),
    }


class Place:
    """One run's folder and processes. `stop` ends all of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sandbox = Sandbox.connect(f"http://127.0.0.1:{os.environ['CHAOS_SANDBOX_PORT']}")
        self._sandbox_process: Child | None = None
        self.worker: Child | None = None

    def start_sandbox(self) -> None:
        command = [sys.executable, "-m", "segmetrics_client.sandbox", "--port", str(self.sandbox.port)]
        self._sandbox_process = Child.start("sandbox", command, log=self.folder / "sandbox.log")
        assert eventually(self._sandbox_answers, within=READY_WITHIN), self._sandbox_process.last_lines()

    def start_worker(self) -> None:
        command = [sys.executable, "manage.py", "worker", "--grace=5"]
        self.worker_started_at = dt.datetime.now(dt.UTC)
        self.worker = Child.start("worker", command, log=self.folder / "worker.log")

    def kill_worker(self) -> None:
        """SIGKILL to the watch, the cluster and its jobs. Returns when none of them is left."""
        assert self.worker, "no worker to kill"
        assert self.worker.exit_code is None, f"the worker ended by itself:\n{self.worker.last_lines()}"
        watch = self.worker.process.pid
        # The watch first: it would start another cluster.
        for pid in [watch, *self.worker_processes()]:
            with suppress(ProcessLookupError):  # it went with its group
                os.killpg(os.getpgid(pid), signal.SIGKILL)
        self.worker.process.wait()
        self.worker = None
        assert eventually(self._none_left, within=READY_WITHIN), "a process of the killed worker lives on"

    def worker_processes(self) -> list[int]:
        """Every living process of a worker of this run, by its environment."""
        mine, found = f"DSR_DATA_DIR={self.folder}".encode(), []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                is_worker = b"manage.py\0worker" in (entry / "cmdline").read_bytes()
                if is_worker and mine in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
        return found

    def stop(self) -> None:
        if self.worker:
            self.worker.stop(grace=15)
        for pid in self.worker_processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self._sandbox_process:
            self._sandbox_process.stop(grace=5)

    def _none_left(self) -> bool:
        for pid in self.worker_processes():  # a cluster that the watch was just starting
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not self.worker_processes()

    def _sandbox_answers(self) -> bool:
        with suppress(OSError):
            self.sandbox.admin("GET", "faults")
            return True
        return False
