"""What the case page says about letters and recipients, and the forms for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from dsr.evidence.text import clean
from dsr.forms.acts import ReasonForm
from dsr.forms.letters import AddressForm, AnswerForm, BounceForm, NotToldForm, ToldForm
from dsr.models import Case, LetterKind, LetterStatus, OutgoingLetter, RecipientNotice
from dsr.permissions import Role, has_approved
from dsr.selectors.letters import (
    TO_RECIPIENTS,
    fits,
    fitting,
    kind_to_recipients,
    letters_of,
    problem_in_words,
    standing,
)
from dsr.selectors.staff import StaffRequest, roles_in
from dsr.services import extension, recipients

Bound = Mapping[str, forms.Form]
_TONES = {
    LetterStatus.WAITING: "busy",
    LetterStatus.SENDING: "busy",
    LetterStatus.TO_POST: "",
    LetterStatus.SENT: "good",
    LetterStatus.FAILED: "bad",
    LetterStatus.UNKNOWN: "",
    LetterStatus.BOUNCED: "bad",
}
_POLLED = frozenset({LetterStatus.WAITING, LetterStatus.SENDING})


@dataclass(frozen=True)
class LetterShown:
    letter: OutgoingLetter
    status: LetterStatus
    tone: str
    problem: str
    """In words, or nothing."""
    to: list[str]
    again_form: forms.Form
    bounce_form: forms.Form
    is_open: bool
    """One of its forms was sent and has something wrong."""


@dataclass(frozen=True)
class NoticeShown:
    notice: RecipientNotice
    letter: LetterShown | None
    answer: str
    why_not: str
    told_form: forms.Form
    answer_form: forms.Form
    not_told_form: forms.Form
    open_slot: str


def letter_context(request: StaffRequest, case: Case, bound: Bound, *, asked: int = 0) -> dict[str, Any]:
    """All letters of the case, the newest first, and what can be written now."""
    has_both_roles = roles_in(request) >= {Role.PRIVACY_OFFICER, Role.APPROVER}
    letters = [_shown(case, row, bound) for row in letters_of(case)]
    is_certified = fits(kind_to_recipients(case), case)
    notices = case.recipient_notices.select_related("letter", "recipient") if is_certified else ()
    told = any(row.letter.kind == LetterKind.EXTENSION and row.status == LetterStatus.SENT for row in letters)
    return {
        "letters": [row for row in letters if row.letter.kind not in TO_RECIPIENTS],
        "letters_live": any(row.status in _POLLED for row in letters),
        "letters_asked": asked + 1,
        "letters_delay": min(1.0 * 1.3**asked, 15.0),
        "may_write": not (has_both_roles and has_approved(case=case, user=request.user)),
        "letter_kinds": fitting(case),
        "can_extend": extension.may_extend(case),
        "extend_form": bound.get("extend") or ReasonForm(auto_id="extend_%s"),
        "extend_is_bound": "extend" in bound,
        "tell_by": extension.tell_by(case) if case.extended and not case.is_closed and not told else None,
        "is_certified": is_certified,
        "notices": [_notice(case, row, letters, bound) for row in notices],
    }


def _shown(case: Case, letter: OutgoingLetter, bound: Bound) -> LetterShown:
    letter.case = case  # with its key, which is opened once
    status, problem = standing(letter)
    address = clean(letter.address)
    again, bounce = f"again-{letter.pk}", f"bounced-{letter.pk}"
    return LetterShown(
        letter=letter,
        status=status,
        tone=_TONES[status],
        problem=problem_in_words(status, problem),
        to=address.splitlines(),
        again_form=bound.get(again) or AddressForm(initial={"address": address}, auto_id=f"{again}_%s"),
        bounce_form=bound.get(bounce) or BounceForm(auto_id=f"{bounce}_%s"),
        is_open=again in bound or bounce in bound,
    )


def _notice(case: Case, notice: RecipientNotice, letters: list[LetterShown], bound: Bound) -> NoticeShown:
    notice.case = case
    slots = {name: f"{name}-{notice.pk}" for name in ("told", "answer", "not-told")}
    return NoticeShown(
        notice=notice,
        letter=next((row for row in letters if row.letter.pk == notice.letter_id), None),
        answer=clean(notice.answer),
        why_not=clean(notice.why_not_words),
        told_form=bound.get(slots["told"]) or ToldForm(auto_id=f"{slots['told']}_%s"),
        answer_form=bound.get(slots["answer"])
        or AnswerForm(standing=recipients.answer_of(notice), auto_id=f"{slots['answer']}_%s"),
        not_told_form=bound.get(slots["not-told"])
        or NotToldForm(standing=recipients.reason_of(notice), auto_id=f"{slots['not-told']}_%s"),
        open_slot=next((name for name, slot in slots.items() if slot in bound), ""),
    )
