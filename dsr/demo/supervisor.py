"""Starts the sandbox, the web server and the worker, stays until told to stop, and stops all of them.

Plain processes and one loop. If any of the three ends by itself, all are stopped and the demo says which one
it was: half a demo is worse than none.
"""

from __future__ import annotations

import http.client
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from dsr.demo.options import Options, environment, secrets_of
from dsr.demo.people import PASSWORD, PEOPLE
from dsr.demo.refusals import DemoError, lock, require_free
from dsr.ops.processes import Child, how_it_ended
from dsr.ops.stop_signals import StopSignals

_MANAGE = (sys.executable, "manage.py")
_TICK = 0.2
_STEP_LIMIT = 180.0
_READY_LIMIT = 90.0
_WORKER_GRACE = 8.0
_GRACE = 15.0  # longer than the worker's own, so that it can end its cluster before it is ended


class _Stopped(Exception):
    """A stop was asked for."""


def run(options: Options, *, say: Callable[[str], None]) -> None:
    """Run the demo until SIGINT or SIGTERM. Raises `DemoError` where it can't start or go on."""
    if options.web_port == options.sandbox_port:
        raise DemoError(f"WEB_PORT and SANDBOX_PORT are both {options.web_port}. Choose two different ports.")
    require_free(options.web_port, "WEB_PORT")
    require_free(options.sandbox_port, "SANDBOX_PORT")
    with lock(options.data_dir):
        demo = _Demo(options, say=say)
        demo.signals.install()
        try:
            demo.start()
            demo.stay()
        except _Stopped:
            pass
        finally:
            demo.stop()


class _Demo:
    def __init__(self, options: Options, *, say: Callable[[str], None]) -> None:
        self.options = options
        self.signals = StopSignals()
        self._say = say
        self._logs = options.data_dir / "logs"
        self._env: Mapping[str, str] = environment(options, secrets_of(options.data_dir))
        self._children: list[Child] = []

    def start(self) -> None:
        options = self.options
        for folder in (self._logs, options.mail_dir):
            folder.mkdir(exist_ok=True)
        self._say("Preparing the database")
        self._step("migrate", [*_MANAGE, "migrate", "--no-input"])
        self._step("check", [*_MANAGE, "check", "--database", "default"])
        self._step("static", [*_MANAGE, "collectstatic", "--no-input"])
        self._say("Starting the sandbox")
        sandbox_data = options.data_dir / "sandbox.sqlite3"
        self._spawn("sandbox", [
            sys.executable, "-m", "segmetrics_client.sandbox", "--port", str(options.sandbox_port),
            "--data", str(sandbox_data), "--seed", "demo",
        ])  # fmt: skip
        self._wait_for("sandbox", options.sandbox_port, "/_admin/health")
        self._step("cast", [*_MANAGE, "demo_cast", "--sandbox", options.sandbox_address])
        self._say("Starting the web server and the worker")
        self._spawn("web", [
            sys.executable, "-m", "gunicorn", "-c", "python:dsr.ops.web", "--workers", "2",
            "--bind", f"127.0.0.1:{options.web_port}", "dsr.wsgi:application",
        ])  # fmt: skip
        self._spawn("worker", [*_MANAGE, "worker", f"--grace={_WORKER_GRACE}"])
        self._wait_for("web server and worker", options.web_port, "/healthz")
        self._say(self._welcome())

    def stay(self) -> None:
        while True:
            self._look()
            time.sleep(_TICK)

    def stop(self) -> None:
        """Stop everything, last started first. Returns when no process of the demo is left."""
        if self._children:
            self._say("Stopping")
        for child in reversed(self._children):
            child.stop(grace=_GRACE, hurry=lambda: self.signals.urgent)

    def _spawn(self, name: str, command: list[str]) -> Child:
        child = Child.start(name, command, env=self._env, log=self._logs / f"{name}.log")
        self._children.append(child)
        return child

    def _step(self, name: str, command: list[str]) -> None:
        """Run one command to its end."""
        child, deadline = self._spawn(name, command), time.monotonic() + _STEP_LIMIT
        while child.exit_code is None:
            if self.signals.requested:
                raise _Stopped
            if time.monotonic() > deadline:
                raise DemoError(_report(child, f"The step '{name}' took more than {_STEP_LIMIT:.0f} seconds."))
            time.sleep(_TICK)
        self._children.remove(child)
        if child.exit_code:
            raise DemoError(_report(child, f"The step '{name}' failed ({how_it_ended(child.exit_code)})."))

    def _wait_for(self, what: str, port: int, path: str) -> None:
        deadline = time.monotonic() + _READY_LIMIT
        while not _answers(port, path):
            self._look()
            if time.monotonic() > deadline:
                lines = "\n".join(_report(child, f"{child.name}:") for child in self._children)
                raise DemoError(
                    f"No answer from the {what} (http://127.0.0.1:{port}{path}) "
                    f"after {_READY_LIMIT:.0f} seconds.\n{lines}"
                )
            time.sleep(_TICK)

    def _look(self) -> None:
        """Raise if a stop was asked for, or if a part of the demo ended by itself."""
        if self.signals.requested:
            raise _Stopped
        for child in self._children:
            if (code := child.exit_code) is not None:
                raise DemoError(_report(child, f"The {child.name} process ended by itself ({how_it_ended(code)})."))

    def _welcome(self) -> str:
        people = "\n".join(f"  {person.email:<20}{person.full_name:<16}{person.role}" for person in PEOPLE)
        return (
            f"\nDSR Desk is running at {self.options.address}/\n\n"
            f"Sign in with one of these, and the password {PASSWORD}\n{people}\n\n"
            f"SegMetrics is played by a sandbox at {self.options.sandbox_address}\n"
            f"Data, logs and mails are in {self.options.data_dir}\n"
            "Press Ctrl-C to stop."
        )


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    return False


def _report(child: Child, sentence: str) -> str:
    return f"{sentence} The last lines of {child.log}:\n{child.last_lines()}\n"
