"""What is left out of a case's package, as the making of the package takes it."""

from __future__ import annotations

from dataclasses import dataclass

from dsr.exports.redaction import Redaction
from dsr.models import Case
from dsr.models import Redaction as Row


@dataclass(frozen=True)
class Shown:
    row: Row
    redaction: Redaction


def redactions_of(case: Case) -> tuple[Redaction, ...]:
    """In the order in which they were added.

    Whoever makes a package by them compares them once more in the transaction that records it, under the case's lock:
    a person may have changed them meanwhile.
    """
    return tuple(shown.redaction for shown in shown_of(case))


def shown_of(case: Case) -> list[Shown]:
    """The same with their rows."""
    rows = list(Row.objects.filter(case=case).select_related("added_by"))
    for row in rows:
        row.case = case  # so that its key is read once
    return [Shown(row=row, redaction=Redaction(**row.content)) for row in rows]
