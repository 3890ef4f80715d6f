"""SIGINT and SIGTERM as something a loop can look at."""

from __future__ import annotations

import signal
from types import FrameType


class StopSignals:
    """Counts the requests to stop. A handler that raised could skip half of a clean-up, so it only counts."""

    def __init__(self) -> None:
        self.count = 0

    def install(self) -> None:
        """Take SIGINT and SIGTERM over, also where a shell started us in the background, SIGINT ignored."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature is Python's
        self.count += 1

    @property
    def requested(self) -> bool:
        return self.count > 0

    @property
    def urgent(self) -> bool:
        """A second request: the person doesn't want to wait for a graceful end."""
        return self.count > 1
