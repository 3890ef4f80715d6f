"""The processes: sandbox, web server and workers, as `make demo` starts them, and a SIGKILL that leaves nothing."""

from __future__ import annotations

import datetime as dt
import http.client
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import closing, suppress
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
        "CHAOS_WEB_PORT": str(web),
    }


class Place:
    """One run's folder and processes. `stop` ends all of them."""

    def __init__(self, folder: Path, *, sandbox_port: int, web_port: int = 0) -> None:
        self.folder = folder
        self.sandbox = Sandbox.connect(f"http://127.0.0.1:{sandbox_port}")
        self.web_port = web_port
        self._others: list[Child] = []
        self.workers: list[Child] = []

    def start_sandbox(self) -> None:
        child = self._start("sandbox", "-m", "segmetrics_client.sandbox", "--port", str(self.sandbox.port))
        assert eventually(self._sandbox_answers, within=READY_WITHIN), child.last_lines()

    def start_web(self) -> None:
        bind = f"--bind=127.0.0.1:{self.web_port}"
        child = self._start("web", "-m", "gunicorn", "-c", "python:dsr.ops.web", bind, "dsr.wsgi:application")
        assert eventually(self._web_answers, within=READY_WITHIN), child.last_lines()

    def start_worker(self, name: str = "worker", *, env: Mapping[str, str] | None = None) -> None:
        """One more worker, with these changes to our own environment."""
        command = [sys.executable, "manage.py", "worker", "--grace=5"]
        self.worker_started_at = dt.datetime.now(dt.UTC)
        log = self.folder / f"{name}.log"
        self.workers.append(Child.start(name, command, log=log, env={**os.environ, **(env or {})}))

    def kill_worker(self) -> None:
        """SIGKILL to the watch, the cluster and its jobs of all workers. Returns when none of them is left."""
        assert self.workers, "no worker to kill"
        for worker in self.workers:
            assert worker.exit_code is None, f"the worker ended by itself:\n{worker.last_lines()}"
        watches = [worker.process.pid for worker in self.workers]
        # The watch first: it would start another cluster.
        for pid in [*watches, *self.worker_processes()]:
            with suppress(ProcessLookupError):  # it went with its group
                os.killpg(os.getpgid(pid), signal.SIGKILL)
        for worker in self.workers:
            worker.process.wait()
        self.workers.clear()
        assert eventually(self._none_left, within=READY_WITHIN), "a process of the killed worker lives on"

    def worker_processes(self) -> list[int]:
        """Every living process of a worker of this run, by its environment."""
        return self._processes(b"manage.py\0worker")

    def web_processes(self) -> list[int]:
        """Those of the web server."""
        return self._processes(b"gunicorn\0")

    def _processes(self, command: bytes) -> list[int]:
        mine, found = f"DSR_DATA_DIR={self.folder}".encode(), []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                is_one = command in (entry / "cmdline").read_bytes()
                if is_one and mine in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
        return found

    def stop(self, *, grace: float = 15) -> None:
        for worker in self.workers:
            worker.stop(grace=grace)
        for pid in self.worker_processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for child in reversed(self._others):
            child.stop(grace=5)

    def _start(self, name: str, *arguments: str) -> Child:
        child = Child.start(name, [sys.executable, *arguments], log=self.folder / f"{name}.log")
        self._others.append(child)
        return child

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

    def _web_answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=5)
        with closing(connection), suppress(OSError):
            connection.request("GET", "/healthz")
            return connection.getresponse().status in {200, 503}  # 503: no worker yet
        return False
