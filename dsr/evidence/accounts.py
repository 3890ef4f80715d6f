"""What the reports say: figures of a period, and the register of connections. Plain frozen data; nobody's personal.

As in `records`, labels come in the language of the document.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from dsr.evidence.records import VerifyAt


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """How many there were of one sort: its code, what it is called, the number."""

    code: str
    label: str
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerDays:
    """Days from arrival to answer, of one type of request or of all. Empty where none was answered."""

    code: str
    label: str
    answered: int
    median: int | None
    percentile_95: int | None
    longest: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Month:
    """A month ("2026-03"), and the requests of each type that arrived in it."""

    month: str
    label: str
    received: tuple[Count, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """A period in numbers; docs/reports.md says how each one is counted."""

    start: date
    end: date
    as_of: date
    """The day of the stocks below: the last of the period, or the day of the counting if that is earlier."""
    received: int
    by_kind: tuple[Count, ...]
    by_state: tuple[Count, ...]
    by_ending: tuple[Count, ...]
    by_channel: tuple[Count, ...]
    by_month: tuple[Month, ...]
    extended: int
    answered: int
    answer_days: tuple[AnswerDays, ...]
    answered_within: tuple[Count, ...]
    answered_late: int
    refused: int
    refusals: tuple[Count, ...]
    erased: tuple[Count, ...]
    open: int
    overdue: int
    held: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened and nothing was open."""
        return not (self.received or self.answered or self.open or self.refused or self.held)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportRecord:
    """The figures as a document."""

    organisation: str
    organisation_address: tuple[str, ...] = ()
    is_demo: bool = False
    language: str = "en"
    time_zone: str
    reference: str
    made_at: datetime
    made_by_reference: str
    figures: Figures
    verify_at: VerifyAt | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Particular:
    """One thing that Art. 30(1) asks for. Where `text` is empty it is missing."""

    code: str
    label: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisterEntry:
    """A connection in the record of processing activities, with the particulars of Art. 30(1)(a)–(g)."""

    name: str
    account_id: str
    integrations: tuple[str, ...]
    is_active: bool
    language: str
    """Of the texts: another than the document's where there are none in that; empty where there are none at all."""
    particulars: tuple[Particular, ...]
    told: tuple[str, ...]
    """The organisations that are told of an erasure (Art. 19), and what they were given."""
    updated_on: date | None

    @property
    def missing(self) -> list[str]:
        """What isn't told."""
        return [row.label for row in self.particulars if not row.text]


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisterRecord:
    """The record of processing activities, as far as the connections go."""

    organisation: str
    organisation_address: tuple[str, ...] = ()
    """Art. 30(1)(a) asks for it; where it is empty the document says that it is missing."""
    is_demo: bool = False
    language: str = "en"
    time_zone: str
    reference: str
    made_at: datetime
    made_by_reference: str
    vendor: str = "SegMetrics"
    entries: tuple[RegisterEntry, ...]
    verify_at: VerifyAt | None = None
