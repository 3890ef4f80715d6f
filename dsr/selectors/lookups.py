"""What each identifier of a case answered, when it was looked for and when it was looked up again."""

from __future__ import annotations

from django.db.models import Max

from dsr.models import Case, Lookup, Phase


def last_lookups(case: Case, phase: Phase) -> list[Lookup]:
    """The newest round of that phase, each row with its identifier, which can be opened."""
    rows = case.lookups.filter(phase=phase)
    last = rows.aggregate(last=Max("round"))["last"]
    lookups = list(rows.filter(round=last).select_related("identifier"))
    for row in lookups:
        if row.identifier:
            row.identifier.case = case
    return lookups
