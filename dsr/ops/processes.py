"""A child process in a process group of its own, started and stopped so that nothing of it is left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_PR_SET_PDEATHSIG = 1
_POLL = 0.1
_HURRIED_GRACE = 4.0
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def _end_with_parent() -> None:
    """Ask Linux to send us SIGTERM when the parent is gone, even by SIGKILL. Runs between fork and exec."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(frozen=True)
class Child:
    """A running child process, the leader of its own group, so that Ctrl-C in a terminal reaches us alone."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path | None

    @classmethod
    def start(
        cls,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> Self:
        """Start `command` with no standard input; its output is added to `log`, or goes where ours goes."""
        output = log.open("ab") if log else None
        try:
            process = subprocess.Popen(  # noqa: S603 - our own commands, never a person's input
                command,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                process_group=0,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - one system call, which takes no lock
            )
        finally:
            if output:
                output.close()
        return cls(name=name, process=process, log=log)

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative where a signal ended it."""
        return self.process.poll()

    def stop(self, *, grace: float, hurry: Callable[[], bool] = lambda: False) -> None:
        """SIGTERM to the process, and SIGKILL to its whole group after `grace` seconds.

        Once `hurry()` is true a second SIGTERM passes the haste on, and little time is left.
        """
        if self.exit_code is None:
            self.process.terminate()
            deadline, hurried = time.monotonic() + grace, False
            while self.exit_code is None and time.monotonic() < deadline:
                time.sleep(_POLL)
                if not hurried and hurry():
                    self.process.terminate()
                    deadline, hurried = min(deadline, time.monotonic() + _HURRIED_GRACE), True
        self.kill()

    def kill(self) -> None:
        """SIGKILL to whatever is left of the group; returns when the process itself is gone."""
        with suppress(ProcessLookupError):  # the group is empty: that is what was wanted
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def last_lines(self, count: int = 15) -> str:
        """The end of the log, for an error message."""
        if self.log is None or not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:]) or "(the log is empty)"


def how_it_ended(exit_code: int) -> str:
    """`exit code 3`, or `signal SIGKILL`."""
    return f"exit code {exit_code}" if exit_code >= 0 else f"signal {signal.Signals(-exit_code).name}"
