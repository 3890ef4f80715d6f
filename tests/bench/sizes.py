"""How much is measured: as the limits ask for, or as little as CI has time for."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Sizes:
    times_bind: bool
    """Whether a time beyond its limit makes the run fail; a small machine that does other things too says little."""
    erasures: int
    cases: int
    entries: int
    pages: int
    events: int
    filing_seconds: float
    clicks: int
    repeats: int
    """Of what is measured several times; the median is told."""

    def with_events(self, events: int | None) -> Sizes:
        """The same with another number of events, where one is given."""
        return self if events is None else replace(self, events=events)


SCALES = {
    "full": Sizes(
        times_bind=True,
        erasures=500,
        cases=100_000,
        entries=1_000_000,
        pages=50,
        events=200_000,
        filing_seconds=20,
        clicks=40,
        repeats=7,
    ),
    "ci": Sizes(
        times_bind=False,
        erasures=8,
        cases=3_000,
        entries=20_000,
        pages=5,
        events=20_000,
        filing_seconds=3,
        clicks=5,
        repeats=3,
    ),
}
