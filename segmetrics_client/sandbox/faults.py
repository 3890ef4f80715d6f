"""What goes wrong, on request: rules that match a call, and what they do to it."""

import random
import re
import threading
import time
from dataclasses import asdict, dataclass, field, replace
from email.utils import formatdate
from typing import Any

from .http import Response

#: The kinds, and whether the change takes effect before the fault shows, unless the rule says otherwise.
KINDS = {
    "rate_limit": False,
    "server_error": False,
    "status": False,
    "drop_before": False,
    "drop_after": True,
    "slow": True,
    "malformed_json": True,
    "html": True,
    "wrong_shape": True,
    "body": True,
    "cut": True,
    "lying": False,
}
_STATUS = {
    "rate_limit": (429, "Too Many Attempts."),
    "server_error": (500, "Server Error"),
    "status": (500, "As asked for."),
}
_GARBAGE = {
    "malformed_json": b'{"status": "success", "data": {"contact_id": "1',
    "html": b"<!doctype html><title>Maintenance</title><p>Back soon.</p>",
    "wrong_shape": b'["not", "an", "object"]',
}


@dataclass(kw_only=True)
class Fault:
    """One rule. The first that matches a call and isn't used up is applied to it."""

    kind: str
    method: str | None = None
    path: str | None = None
    """A regular expression, searched in the path as it was sent (percent-encoded)."""
    object: str | None = None
    times: int | None = 1
    """How often it is applied; None for ever."""
    after: int = 0
    """How many matching calls pass untouched first."""
    probability: float = 1.0
    rng_seed: int = 0
    retry_after: float | None = None
    retry_after_as: str = "seconds"
    delay: float = 0.0
    """Seconds before the answer."""
    status: int | None = None
    body: str = ""
    """What a ``body`` fault answers, each character one byte (Latin-1)."""
    effect: bool | None = None

    seen: int = field(default=0, init=False)
    applied: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"Unknown fault: {self.kind}. It is one of: {', '.join(KINDS)}.")
        if self.retry_after_as not in ("seconds", "date"):
            raise ValueError("retry_after_as is 'seconds' or 'date'.")
        self._pattern = re.compile(self.path) if self.path else None
        # A seeded generator makes a run of faults repeatable; it guards nothing.
        self._rng = random.Random(self.rng_seed)  # noqa: S311

    @property
    def takes_effect(self) -> bool:
        return KINDS[self.kind] if self.effect is None else self.effect

    def matches(self, method: str, path: str, kind_of_object: str | None) -> bool:
        return (
            (self.method is None or self.method.upper() == method)
            and (self.object is None or self.object == kind_of_object)
            and (self._pattern is None or self._pattern.search(path) is not None)
        )

    def falls(self) -> bool:
        """Count one matching call, and say whether it is hit."""
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.applied >= self.times):
            return False
        if self._rng.random() >= self.probability:
            return False
        self.applied += 1
        return True

    def answer(self, true_answer: Response, success: Response) -> Response | None:
        """What is sent instead of the true answer; None drops the connection."""
        if self.kind in _STATUS:
            status, message = _STATUS[self.kind]
            return Response(self.status or status, {"message": message}, self._retry_after())
        if self.kind in _GARBAGE:
            return Response(true_answer.status, _GARBAGE[self.kind])
        if self.kind == "body":
            return Response(self.status or true_answer.status, self.body.encode("latin-1"))
        if self.kind == "cut":
            return replace(true_answer, cut=True)
        if self.kind == "lying":
            return success
        return true_answer if self.kind == "slow" else None

    def _retry_after(self) -> dict[str, str]:
        if self.retry_after is None:
            return {}
        if self.retry_after_as == "date":
            return {"Retry-After": formatdate(time.time() + self.retry_after, usegmt=True)}
        return {"Retry-After": f"{self.retry_after:g}"}


class FaultBook:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._rules.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def all(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(rule) for rule in self._rules]

    def pick(self, method: str, path: str, kind_of_object: str | None) -> Fault | None:
        with self._lock:
            matching = (rule for rule in self._rules if rule.matches(method, path, kind_of_object))
            return next((rule for rule in matching if rule.falls()), None)
