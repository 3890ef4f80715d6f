"""The record of every call that came in, in order."""

import threading
import time
from dataclasses import asdict, dataclass, field
from typing import Any

_MOST = 100_000  # a sandbox that runs for days must not grow without end


@dataclass(slots=True, kw_only=True)
class RecordedCall:
    """One call as it was received, and what became of it."""

    number: int
    method: str
    path: str
    query: dict[str, str]
    host: str
    """``import``, ``read`` or ``""``."""
    account: str | None
    integration: str | None
    object: str | None
    """``contact``, ``invoice``, ``tags``, ``report``, ``query``, ..."""
    object_id: str | None
    """Decoded."""
    body: Any = None
    status: int | None = None
    """None where the connection was dropped, or the answer is still to come."""
    fault: str | None = None
    effect: bool = True
    """False where a fault kept it from doing anything, whatever it answered."""
    at: float = field(default_factory=time.time)
    """Unix time at which it was received."""


class CallLog:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[RecordedCall] = []
        self._received = 0

    def start(self, **facts: Any) -> RecordedCall:
        with self._lock:
            self._received += 1
            call = RecordedCall(number=self._received, **facts)
            self._calls.append(call)
            del self._calls[:-_MOST]
            return call

    def all(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(call) for call in self._calls]

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
            self._received = 0
