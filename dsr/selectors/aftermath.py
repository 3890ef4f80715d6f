"""What every identifier answered when it was looked up again after the deletion."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dsr.models import Answer, Case, Phase

_TONES = {
    Answer.NOTHING: "good",
    Answer.KEPT: "plain",
    Answer.INCONCLUSIVE: "warn",
    Answer.FOUND: "warn",
    Answer.STILL_THERE: "bad",
}


@dataclass(frozen=True)
class LookedUp:
    kind: str
    value: str
    answer: str
    tone: str
    answered_by: tuple[str, ...]
    at: dt.datetime


def aftermath_of(case: Case) -> list[LookedUp]:
    """The newest round of lookups after the deletion; empty before it."""
    lookups = case.lookups.filter(phase=Phase.VERIFY)
    newest = lookups.order_by("-round").values_list("round", flat=True).first()
    if newest is None:
        return []
    identifiers = {row.pk: row for row in case.identifiers.all()}
    rows = []
    for lookup in lookups.filter(round=newest):
        identifier = identifiers.get(lookup.identifier_id or 0)
        rows.append(
            LookedUp(
                kind=str(identifier.get_kind_display()) if identifier else "",
                value=identifier.value if identifier else lookup.contact_id,
                answer=str(lookup.get_answer_display()),
                tone=_TONES.get(Answer(lookup.answer), "plain"),
                answered_by=tuple(lookup.answered_by),
                at=lookup.at,
            )
        )
    return rows
