"""The dashboard's two charts, drawn anew only when a number of theirs has changed."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dsr.charts import Ink, bars, stacked
from dsr.days import controller_today
from dsr.selectors.weeks import Week, last_weeks


def trends() -> dict[str, Any]:
    """Both pictures with their numbers, or nothing while there is nothing to draw."""
    found = last_weeks(controller_today())
    if found.is_empty:
        return {}
    answers = tuple((row.label, row.count) for row in found.within)
    is_answered, language = any(n for _label, n in answers), get_language()
    return {
        "weeks": found.weeks,
        "weeks_chart": _weeks_chart(found.weeks, _("Received and answered by week"), language),
        "answers": answers,
        "answers_chart": _answers_chart(answers, _("Days to the answer"), language) if is_answered else "",
    }


@lru_cache(maxsize=16)
def _weeks_chart(weeks: tuple[Week, ...], title: str, _language: str | None) -> SafeString:
    parts = {_("Received"): [week.received for week in weeks], _("Answered"): [week.answered for week in weeks]}
    return stacked([week.label for week in weeks], parts, title=title, beside=True)


@lru_cache(maxsize=16)
def _answers_chart(answers: tuple[tuple[str, int], ...], title: str, _language: str | None) -> SafeString:
    return bars([label for label, _n in answers], [n for _label, n in answers], title=title, ink=Ink.THIRD)
