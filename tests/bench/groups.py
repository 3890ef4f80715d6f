"""The measurements, in the order in which they run. Each has processes, a folder and a database of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Group:
    """`module` has `measure(folder, sizes)`, which yields rows; `env` is put over the demo's environment."""

    module: str
    env: Mapping[str, str] = field(default_factory=dict)
    is_on_postgresql: bool = False


_LONG_JOBS = {"DSR_Q_TIMEOUT": "120", "DSR_WORKER_STALL_SECONDS": "420"}
"""The product's own limits, in place of those that are short for a chaos run."""
_AS_SET = {"DSR_WORKER_BEAT_SECONDS": "15", **_LONG_JOBS}

GROUPS = {
    "machine": Group("tests.bench.machine"),
    "calls": Group("tests.bench.calls"),
    "erasures": Group("tests.bench.erasures", _AS_SET, is_on_postgresql=True),
    "pages": Group("tests.bench.pages"),
    "filing": Group("tests.bench.filing", {"WEB_CONCURRENCY": "2", **_AS_SET}, is_on_postgresql=True),
    "audit": Group("tests.bench.audit_log"),
    "documents": Group("tests.bench.documents"),
    "events": Group("tests.bench.events", _LONG_JOBS),
    "latency": Group("tests.bench.latency", _AS_SET),
    "latency-postgresql": Group("tests.bench.latency", _AS_SET, is_on_postgresql=True),
    "starting": Group("tests.bench.starting"),
}
