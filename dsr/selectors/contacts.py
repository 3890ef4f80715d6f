"""The contacts that a search found, with what tells two people apart."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _

from dsr.days import controller_time
from dsr.evidence.text import cleaned
from dsr.models import Candidate, Case, Decision


@dataclass(frozen=True)
class Contact:
    """A candidate in words."""

    candidate: Candidate
    name: str
    email: str
    status: str
    created: dt.date | None
    tags: tuple[str, ...]
    came_from: str
    found_by: str
    orders: int
    subscriptions: int
    events: int
    last_seen: dt.date | None
    decision: str
    tone: str
    reason: str

    @property
    def is_open(self) -> bool:
        """Whether a person still has to say who this is."""
        return not (self.candidate.decision or self.candidate.superseded or self.candidate.erased_at)

    @property
    def is_current(self) -> bool:
        return not (self.candidate.superseded or self.candidate.erased_at)


def contacts_of(case: Case) -> list[Contact]:
    """All candidates of a case, the ones that are no longer there last."""
    identifiers = {row.pk: row.get_kind_display() for row in case.identifiers.all()}
    found = [_contact(row, identifiers) for row in case.candidates.all()]
    return sorted(found, key=lambda row: row.candidate.superseded)


def _contact(candidate: Candidate, identifiers: dict[int, str]) -> Contact:
    summary = candidate.summary
    words = [identifiers.get(by, _("Report") if by == "report" else "") for by in candidate.found_by]
    decision, tone = _decision(candidate)
    contact = Contact(
        candidate=candidate,
        name=summary.get("name") or _("(no name)"),
        email=summary.get("email") or "",
        status=str(summary.get("status") or ""),
        created=_day(summary.get("created")),
        tags=tuple(summary.get("tags") or ()),
        came_from=summary.get("lead_source") or "",
        found_by=", ".join(dict.fromkeys(word for word in words if word)) or _("Earlier search"),
        orders=int(summary.get("order_count") or 0),
        subscriptions=len(summary.get("subscriptions") or ()),
        events=int(summary.get("event_count") or 0),
        last_seen=_day(summary.get("last_activity")),
        decision=decision,
        tone=tone,
        reason=candidate.reason,
    )
    return cleaned(contact)


def _decision(candidate: Candidate) -> tuple[str, str]:
    if candidate.erased_at:
        return _("Deleted"), "good"
    if candidate.superseded:
        return _("No longer like this"), "plain"
    tones = {Decision.SAME_PERSON: "good", Decision.OTHER_PERSON: "plain"}
    return str(candidate.get_decision_display()), tones.get(Decision(candidate.decision), "")


def _day(value: Any) -> dt.date | None:
    """The day of an ISO date or time; None for what is missing or unreadable."""
    try:
        moment = parse_datetime(str(value or ""))
        return (
            (controller_time(moment) if is_aware(moment) else moment).date() if moment else parse_date(str(value or ""))
        )
    except ValueError:
        return None
