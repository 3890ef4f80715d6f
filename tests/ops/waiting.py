"""Waiting for something that another process does."""

import os
import time
from collections.abc import Callable
from pathlib import Path


def eventually(condition: Callable[[], object], *, within: float = 15.0) -> bool:
    """True once `condition()` holds, False when it still doesn't after `within` seconds."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended but was not yet reaped does not."""
    return _state(pid) not in {"", "Z"}


def is_stopped(pid: int) -> bool:
    """Whether it stands still after SIGSTOP, or is gone."""
    return _state(pid) in {"", "Z", "T"}


def _state(pid: int) -> str:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return ""
