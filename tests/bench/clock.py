"""Times that say something on a busy machine too: of the processor, each the median of several."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def both(first: Callable[[], object], second: Callable[[], object], *, repeats: int) -> tuple[float, float]:
    """Seconds of this process's processor that each takes, in turn, after one run of each that doesn't count."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(repeats + 1):
        for act, taken in zip((first, second), times, strict=True):
            started = time.process_time()
            act()
            if number:
                taken.append(time.process_time() - started)
    return statistics.median(times[0]), statistics.median(times[1])


def one(act: Callable[[], object], *, repeats: int) -> float:
    """The same of one alone."""
    return both(act, lambda: None, repeats=repeats)[0]
