"""The letter that goes with an access package: what Art. 15(1)(a)–(h) and 15(2) want told beside the data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from dsr.days import written
from dsr.evidence.drawing import draw
from dsr.evidence.records import Drawn
from dsr.evidence.text import cleaned


@dataclass(frozen=True, kw_only=True, slots=True)
class Particulars:
    """What the organisation says about its processing, as its administrator wrote it in the letter's language."""

    purposes: str
    data_categories: str
    recipients: str
    transfers: str
    storage_period: str
    source: str
    automated_decisions: str
    authority: str
    contact: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessLetter:
    """The letter. Its base asks for the first five; `left_out` are the reasons for what was left out of the data."""

    organisation: str
    organisation_address: tuple[str, ...] = ()
    is_demo: bool = False
    language: str
    reference: str
    to_name: str
    received_on: date
    made_at: datetime
    time_zone: str
    account_id: str
    particulars: Particulars
    left_out: tuple[str, ...] = ()


def draw_letter(letter: AccessLetter, *, logo: bytes = b"") -> Drawn:
    """Draw the letter in the documents' design, in the language that is active."""
    shown = cleaned(letter)
    told = shown.particulars
    facts = [
        (_("Why we use the data"), _("Art. 15(1)(a)"), told.purposes),
        (_("What kinds of data"), _("Art. 15(1)(b)"), told.data_categories),
        (_("Who is given the data"), _("Art. 15(1)(c)"), told.recipients),
        (_("Other countries, and what protects the data there"), _("Art. 15(2)"), told.transfers),
        (_("How long the data is kept"), _("Art. 15(1)(d)"), told.storage_period),
        (_("Where the data comes from"), _("Art. 15(1)(g)"), told.source),
        (_("Decisions made by machines alone"), _("Art. 15(1)(h)"), told.automated_decisions),
    ]
    return _drawn("export/letter.html", shown, logo, facts=facts)


def draw_portable_letter(letter: AccessLetter, *, logo: bytes = b"") -> Drawn:
    """The letter that goes with data to take along (Art. 20), in the same way. It says whom to turn to."""
    return _drawn("export/portable_letter.html", cleaned(letter), logo)


def _drawn(template: str, shown: AccessLetter, logo: bytes, **told: object) -> Drawn:
    day = written(shown.made_at.astimezone(ZoneInfo(shown.time_zone)).date())
    return draw(template, shown, {"day": day, **told}, made_at=shown.made_at, logo=logo)
