"""A report and a register with everything in them, in each language."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import dateformat, translation
from django.utils.translation import gettext

from dsr.evidence.accounts import (
    AnswerDays,
    Count,
    Figures,
    Month,
    Particular,
    RegisterEntry,
    RegisterRecord,
    ReportRecord,
)
from dsr.evidence.drawing import draw_register, draw_report
from dsr.evidence.records import Drawn
from dsr.models import Channel, ObjectKind, RefusalGround
from dsr.selectors.figures import answered_within
from dsr.selectors.register import _asked
from dsr.states import Kind, Outcome, State
from tests.evidence.cast import MORNING
from tests.evidence.languages import ADDRESS, LONG_NAME, VERIFY_AT
from tests.evidence.logo import a_logo


def _counts(choices: Any, *numbers: int) -> tuple[Count, ...]:
    return tuple(
        Count(code=row.value, label=str(row.label), count=number)
        for row, number in zip((row for row in choices if row.value), numbers, strict=False)
    )


def some_figures(**changes: Any) -> Figures:
    """A busy year, in the active language."""
    arrived = [(4, 1), (2, 3), (6, 2), (3, 3), (0, 1), (5, 2), (7, 4), (2, 0), (9, 3), (4, 4), (6, 1), (1, 2)]
    fields: dict[str, Any] = {
        "start": date(2026, 1, 1),
        "end": date(2026, 12, 31),
        "as_of": date(2026, 11, 24),
        "received": 75,
        "by_kind": _counts(Kind, 49, 26),
        "by_state": _counts(State, 1, 2, 4, 0, 3, 1, 1, 52, 1, 4, 5, 1),
        "by_ending": (
            *_counts(Outcome, 27, 6, 8, 11),
            *_counts([State.REFUSED, State.WITHDRAWN, State.MERGED], 5, 4, 1),
        ),
        "by_channel": _counts(Channel, 41, 12, 15, 4, 2, 1),
        "by_month": tuple(
            Month(
                month=f"2026-{number:02}",
                label=dateformat.format(date(2026, number, 1), "M y"),
                received=_counts(Kind, *pair),
            )
            for number, pair in enumerate(arrived, start=1)
        ),
        "extended": 6,
        "answered": 57,
        "answer_days": (
            AnswerDays(
                code="erasure", label=str(Kind.ERASURE.label), answered=38, median=14, percentile_95=41, longest=88
            ),
            AnswerDays(
                code="access", label=str(Kind.ACCESS.label), answered=19, median=11, percentile_95=29, longest=30
            ),
            AnswerDays(code="all", label=gettext("All requests"), answered=57, median=13, percentile_95=41, longest=88),
        ),
        "answered_within": answered_within([3] * 14 + [10] * 18 + [20] * 19 + [40] * 5 + [88]),
        "answered_late": 2,
        "refused": 5,
        "refusals": _counts(RefusalGround, 2, 1, 1, 0, 1),
        "erased": _counts(ObjectKind, 112, 37, 39),
        "open": 12,
        "overdue": 1,
        "held": 2,
    }
    return Figures(**{**fields, **changes})


def a_report(language: str, **changes: Any) -> ReportRecord:
    with translation.override(language):
        return ReportRecord(
            organisation="Meadow Courses Ltd",
            organisation_address=ADDRESS,
            language=language,
            time_zone="Europe/Berlin",
            reference="REP-2026-7KQ2MXR9",
            made_at=MORNING,
            made_by_reference="U-0003",
            figures=some_figures(**changes),
            verify_at=VERIFY_AT,
        )


TEXTS = {
    "contact": "Dr Ada Meadow, data protection officer, dpo@example.com",
    "purposes": "Measuring which advertisement led to a purchase, so that money is spent on those that do.\n"
    "Answering customers' questions about their orders.",
    "data_subjects": "Customers and subscribers of the newsletter, visitors who left an address",
    "data_categories": "Name, e-mail address, orders, visits of pages, tags",
    "recipients": "SegMetrics, as processor; the tax adviser, for invoices",
    "transfers": "United States: standard contractual clauses (Art. 46(2)(c))",
    "storage_period": "Visits: two years. Invoices: ten years, for tax. All else until the person objects.",
    "security": "",
}


def an_entry(**changes: Any) -> RegisterEntry:
    fields: dict[str, Any] = {
        "name": "Acme Webshop",
        "account_id": "a1b2c3",
        "integrations": ("Webshop (int9)", "Newsletter (int12)"),
        "is_active": True,
        "language": "en",
        "particulars": tuple(Particular(code=code, label=label, text=TEXTS[code]) for code, label in _asked().items()),
        "told": ("Example Ads Ltd (e-mail addresses)", LONG_NAME),
        "updated_on": date(2026, 10, 1),
    }
    return RegisterEntry(**{**fields, **changes})


def a_register(language: str, **changes: Any) -> RegisterRecord:
    with translation.override(language):
        empty = tuple(Particular(code=code, label=label, text="") for code, label in _asked().items())
        fields: dict[str, Any] = {
            "organisation": "Meadow Courses Ltd",
            "organisation_address": ADDRESS,
            "language": language,
            "time_zone": "Europe/Berlin",
            "reference": "REP-2026-04HVDWC6",
            "made_at": MORNING,
            "made_by_reference": "U-0003",
            "entries": (
                an_entry(),
                an_entry(name="Old shop", is_active=False, language="", particulars=empty, told=(), updated_on=None),
            ),
            "verify_at": VERIFY_AT,
        }
        return RegisterRecord(**{**fields, **changes})


def reports() -> dict[str, Drawn]:
    """Both in each language."""
    made = {}
    for language in ("en", "de", "fr", "es"):
        made[f"report-{language}"] = draw_report(a_report(language), logo=a_logo())
        made[f"register-{language}"] = draw_register(a_register(language), logo=a_logo())
    return made
