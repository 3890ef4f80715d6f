"""What a measurement says: a figure, the floor that it is measured against, and whether it keeps its limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

AT_MOST, AT_LEAST = "at most", "at least"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure. The limit binds the ratio to the floor, or the value itself where there is no floor.

    Without a limit it is only told; a `value` of None was not measured, and `note` says why. `is_timing` is a figure
    that a busy machine changes.
    """

    name: str
    value: float | None
    unit: str
    floor: float | None = None
    limit: float | None = None
    bound: str = AT_MOST
    is_timing: bool = False
    known: bool = False
    """Whether docs/performance.md says why it can't be kept: then it is told, and the run goes on."""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times its floor it is."""
        return self.value / self.floor if self.value is not None and self.floor else None

    @property
    def holds(self) -> bool | None:
        """Whether it keeps its limit; None where it has none, or wasn't measured."""
        reached = self.value if self.floor is None else self.ratio
        if self.limit is None or reached is None:
            return None
        return reached <= self.limit if self.bound == AT_MOST else reached >= self.limit

    def as_json(self, *, times_bind: bool) -> dict[str, Any]:
        """As it stands in the file of results."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "floor": self.floor,
            "ratio": self.ratio,
            "limit": self.limit,
            "bound": self.bound,
            "holds": self.holds,
            "enforced": self.limit is not None and not self.known and (times_bind or not self.is_timing),
            "known": self.known,
            "note": self.note,
        }


def failed(rows: list[dict[str, Any]]) -> list[str]:
    """The rows that are bound by their limit and don't keep it."""
    return [row["name"] for row in rows if row["enforced"] and row["holds"] is False]


def show(rows: list[dict[str, Any]]) -> None:
    """Print them as a table."""
    table = Table("what", title="Speed and size, each against its floor")
    for heading in ("value", "floor", "ratio", "limit"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    for row in rows:
        name = f"{row['name']}\n  {row['note']}" if row["note"] else row["name"]
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f} ×"
        table.add_row(name, _figure(row, "value"), _figure(row, "floor"), ratio, _limit(row), _verdict(row))
    Console(width=140).print(table)


def _figure(row: dict[str, Any], which: str) -> str:
    if row[which] is None:
        return "not measured" if which == "value" else ""
    digits = 0 if float(row[which]).is_integer() else 1 if row[which] >= 100 else 3
    return f"{row[which]:,.{digits}f} {row['unit']}".rstrip()


def _limit(row: dict[str, Any]) -> str:
    if row["limit"] is None:
        return ""
    sign = "≤" if row["bound"] == AT_MOST else "≥"
    return f"{sign} {row['limit']:g} {'×' if row['floor'] is not None else row['unit']}"


def _verdict(row: dict[str, Any]) -> str:
    if row["holds"] is None:
        return ""
    verdict = "holds" if row["holds"] else "FAILS"
    why = "known" if row["known"] else "only told"
    return verdict if row["enforced"] or (row["known"] and row["holds"]) else f"{verdict} ({why})"
