"""Keep under a number of calls a minute, for each account and across all sessions of the process."""

import threading
from collections import deque
from typing import Protocol

from .clock import Clock

WINDOW = 60.0  # seconds
_LONGEST_HOLD = 120.0
"""The most, in seconds, that a ``Retry-After`` holds the callers of this process."""


class Pace(Protocol):
    """Replace it to share one pace between processes."""

    def wait(self) -> None:
        """Return once the next call may be made. Called before every attempt, the repeated ones too."""

    def hold(self, seconds: float) -> None:
        """The service asked everybody to wait this long: as it said it, however long that is."""


class Unpaced:
    """No limit at all."""

    def wait(self) -> None:
        return

    def hold(self, seconds: float) -> None:  # noqa: ARG002
        return


class SlidingWindow:
    """At most ``rate`` calls in any 60 seconds; a burst within that passes at once."""

    def __init__(self, rate: int, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._slots: deque[float] = deque(maxlen=rate)
        self._held_until = float("-inf")

    def set_rate(self, rate: int) -> None:
        with self._lock:
            if rate != self._slots.maxlen:
                self._slots = deque(self._slots, maxlen=rate)

    def wait(self) -> None:
        delay = self._take()
        if delay > 0:
            self._clock.sleep(delay)

    def hold(self, seconds: float) -> None:
        with self._lock:
            self._held_until = max(self._held_until, self._clock.monotonic() + min(seconds, _LONGEST_HOLD))

    def _take(self) -> float:
        """Reserve the next slot and say how far off it is: the lock is never held while somebody sleeps."""
        with self._lock:
            now = self._clock.monotonic()
            slot = max(now, self._held_until)
            if len(self._slots) == self._slots.maxlen:
                slot = max(slot, self._slots[0] + WINDOW)
            self._slots.append(slot)
            return slot - now


_paces: dict[tuple[Clock, tuple[str, ...]], SlidingWindow] = {}
_paces_lock = threading.Lock()


def shared_pace(key: tuple[str, ...], *, rate: int, clock: Clock) -> SlidingWindow:
    """The one pace of this process for ``key`` (an account, its addresses); the newest rate is in force."""
    with _paces_lock:
        pace = _paces.get((clock, key))
        if pace is None:
            pace = _paces[clock, key] = SlidingWindow(rate, clock)
        pace.set_rate(rate)
        return pace
