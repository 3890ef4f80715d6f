"""A list of a document: its first rows, and how many there were."""

import dataclasses
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

ROW_LIMIT = 500


@dataclasses.dataclass(frozen=True, slots=True)
class Listing:
    """The rows that are printed, of `total`."""

    rows: Sequence[object]
    total: int

    @property
    def printed(self) -> int:
        """How many rows are printed."""
        return len(self.rows)

    @property
    def left_out(self) -> int:
        """How many rows are not."""
        return self.total - len(self.rows)


def listed(rows: Sequence[object], *, limit: int = ROW_LIMIT) -> Listing:
    """The first `limit` rows of a list."""
    return Listing(rows=rows[:limit], total=len(rows))


def counted(rows: Iterable[object], *, limit: int = ROW_LIMIT) -> Listing:
    """The same of rows that come one at a time and aren't all held."""
    walk = iter(rows)
    first = list(islice(walk, limit))
    return Listing(rows=first, total=len(first) + sum(1 for _ in walk))


def listings(record: Any) -> dict[str, Listing]:
    """Every list of a record by the name of its field."""
    return {
        field.name: listed(value)
        for field in dataclasses.fields(record)
        if isinstance(value := getattr(record, field.name), tuple)
    }
