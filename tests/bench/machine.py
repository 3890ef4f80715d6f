"""How fast this Python is here, so that the times of two runs can be compared."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.rows import Row
from tests.bench.sizes import Sizes


def measure(folder: Path, sizes: Sizes) -> Iterator[Row]:
    """The same loop, whatever is measured beside it."""
    del folder
    yield Row(
        name="the machine: ten million additions",
        value=min(_additions() for _ in range(sizes.repeats)) * 1000,
        unit="ms",
        note=f"{platform.python_implementation()} {platform.python_version()}",
        is_timing=True,
    )


def _additions() -> float:
    started, total = time.perf_counter(), 0
    for number in range(10_000_000):
        total += number
    return time.perf_counter() - started
