"""What processes hold in memory, and how long they computed, as the kernel counts it."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

EVERY = 0.1
"""Seconds between two looks. The peak of one process is the kernel's own and is missed by none; that of them all
together is the highest that was seen."""


class Watch:
    """Looks at these processes all the time, until it is closed."""

    def __init__(self, processes: Callable[[], list[int]]) -> None:
        self._processes = processes
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.largest = 0.0
        """The most that one process ever held, in MB (VmHWM)."""
        self.together = 0.0
        """The most that all held at a time, in MB, what they share counted once (PSS)."""
        self._busy: dict[int, float] = {}

    @property
    def busy(self) -> float:
        """How long they computed, in seconds: unlike hours and minutes, much the same on a busy machine."""
        return sum(self._busy.values())

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(EVERY):
            together = 0.0
            for pid in self._processes():
                self.largest = max(self.largest, _megabytes(pid, "status", "VmHWM"))
                together += _megabytes(pid, "smaps_rollup", "Pss")
                self._busy[pid] = max(self._busy.get(pid, 0.0), _computed(pid))
            self.together = max(self.together, together)


def _megabytes(pid: int, file: str, name: str) -> float:
    with suppress(OSError):
        found = re.search(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{pid}/{file}").read_text(), re.MULTILINE)
        return int(found[1]) / 1024 if found else 0.0
    return 0.0


def _computed(pid: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0
