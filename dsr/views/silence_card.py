"""What the case page proposes where the person was asked who they are and doesn't answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import gettext as _

from dsr import dates
from dsr.days import controller_today, written
from dsr.forms.acts import RefusalForm
from dsr.models import Case, LetterKind, LetterStatus, RefusalGround
from dsr.selectors.silence import asked_on, proposes_to_close
from dsr.views.letter_card import LetterShown


@dataclass(frozen=True)
class Silence:
    asked_on: str
    days: int
    came_back: bool
    """The newest letter with the question didn't reach them."""
    was_sent: bool
    """One with it was sent from here."""


def silence_context(case: Case, letters: Sequence[LetterShown], bound: Mapping[str, forms.Form]) -> dict[str, Any]:
    """Nothing where closing isn't proposed; else what is known, and the form of a refusal with its ground filled in."""
    if not proposes_to_close(case):
        return {}
    asked = [row.status for row in letters if row.letter.kind == LetterKind.IDENTITY]
    last = asked_on(case)
    return {
        "silence": Silence(
            asked_on=dates.day(last),
            days=(controller_today() - last).days,
            came_back=asked[:1] in ([LetterStatus.BOUNCED], [LetterStatus.FAILED]),
            was_sent=LetterStatus.SENT in asked,
        ),
        "refuse_form": bound.get("refuse")
        or RefusalForm(case=case, initial=_proposal(case, last), auto_id="refuse_%s"),
    }


def _proposal(case: Case, asked: dt.date) -> dict[str, str]:
    """The reason in the language of the case, in which the person is told it."""
    with translation.override(case.language):
        words = _(
            "We asked you on %(day)s to confirm who you are and have had no answer. So we could not establish that "
            "the request comes from the person whose data it is about."
        )
        return {"ground": RefusalGround.NOT_IDENTIFIED, "reason": words % {"day": written(asked)}}
