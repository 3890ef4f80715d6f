"""Recipients to be told of an erasure, a rectification or a restriction (Art. 19).

Who, when, what they answered, or why they couldn't be told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from dsr import audit
from dsr.days import controller_day, controller_today
from dsr.exceptions import InvalidInput, NotReady, WrongState
from dsr.letters.shipped import Text
from dsr.models import Case, OutgoingLetter, RecipientNotice, User, WhyNotTold
from dsr.permissions import Role, raise_if_not
from dsr.selectors.letters import kind_to_recipients
from dsr.services import letters, reasons
from dsr.services.letter_values import Said
from dsr.services.seen import Values, raise_if_unseen
from dsr.services.transition import locked
from dsr.states import CARRIED_OUT, State


def list_all(case: Case) -> None:
    """It is certified: list each recipient of the connection that is in use. Inside that transaction."""
    RecipientNotice.objects.bulk_create(
        [
            RecipientNotice(case=case, recipient=row, name=row.name)
            for row in case.connection.recipients.filter(is_active=True)
        ],
        ignore_conflicts=True,  # a case that a restore brought back may be certified once more
    )


def draft(*, notice: RecipientNotice) -> Text:
    """The letter to start from. Raises as `letters.draft` does."""
    return letters.draft(case=notice.case, kind=kind_to_recipients(notice.case), said=said_of(notice))


def send(
    *, notice: RecipientNotice, actor: User, heading: str, body: str, channel: str, address: str
) -> OutgoingLetter:
    """Send the letter to them. Raises as `letters.send` does."""
    with transaction.atomic():
        letter = letters.send(
            case=notice.case,
            actor=actor,
            kind=kind_to_recipients(notice.case),
            heading=heading,
            body=body,
            channel=channel,
            address=address,
            said=said_of(notice),
        )
        RecipientNotice.objects.filter(pk=notice.pk).update(letter=letter)
    return letter


def note_told(*, notice: RecipientNotice, actor: User, on: dt.date) -> None:
    """Note that they were told in another way."""
    _raise_if_day_impossible(notice, on)
    _note(notice, actor, "recipient_told", told_on=on)


def answer_of(notice: RecipientNotice) -> dict[str, str]:
    """What they answered, for the mark of a form; nothing as long as they haven't."""
    return {"on": str(notice.answered_on), "answer": notice.answer} if notice.answered_on else {}


def reason_of(notice: RecipientNotice) -> dict[str, str]:
    """Why they weren't told, for the mark of a form; nothing as long as that isn't noted."""
    return {"why": notice.why_not, "reason": notice.why_not_words} if notice.why_not else {}


def note_answer(*, notice: RecipientNotice, actor: User, on: dt.date, answer: str, seen: str | None = None) -> None:
    """Note what they answered, and when. `seen` is the mark of the form (`services.seen`)."""
    answer = reasons.checked(answer, _("Say in a few words what they answered."), field="answer")
    _raise_if_day_impossible(notice, on)
    meanwhile = Meanwhile(seen, answer_of, {"on": str(on), "answer": answer})
    with transaction.atomic():
        sealed = locked(notice.case_id).seal(answer, field="recipient_answer")
        _note(notice, actor, "recipient_answered", meanwhile, answered_on=on, answer_sealed=sealed)


def note_not_told(*, notice: RecipientNotice, actor: User, why: str, reason: str, seen: str | None = None) -> None:
    """Note that telling them proves impossible or involves disproportionate effort, and why (Art. 19).

    `seen` is the mark of the form (`services.seen`).
    """
    if why not in WhyNotTold.values:
        raise InvalidInput(_("Choose one of the list."), field="why")
    reason = reasons.checked(reason, _("Say why; an authority may ask."))
    if notice.letter_id or notice.told_on:
        raise WrongState(_("They were written to, or told, already."))
    meanwhile = Meanwhile(seen, reason_of, {"why": why, "reason": reason})
    with transaction.atomic():
        sealed = locked(notice.case_id).seal(reason, field="recipient_why_not")
        _note(notice, actor, "recipient_not_told", meanwhile, why_not=why, why_not_sealed=sealed)


def said_of(notice: RecipientNotice) -> Said:
    """What the letter to them is filled with. Raises `NotReady` where the recipient is gone from the connection."""
    if notice.recipient is None:
        raise NotReady(_("This recipient was taken off the connection, so no letter can be written to them here."))
    return Said(recipient=notice.recipient)


@dataclass(frozen=True)
class Meanwhile:
    """What a form showed, what stands under the lock, and what is wanted."""

    seen: str | None
    standing: Callable[[RecipientNotice], Values]
    wanted: Values


def _note(
    notice: RecipientNotice, actor: User, verb: str, meanwhile: Meanwhile | None = None, **fields: object
) -> None:
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        case = locked(notice.case_id)
        if case.state != State.COMPLETED or case.outcome not in CARRIED_OUT:
            raise WrongState(_("Recipients are told once what was done is certified."))
        if meanwhile:
            fresh = case.recipient_notices.get(pk=notice.pk)
            now = meanwhile.standing(fresh)
            raise_if_unseen(
                meanwhile.seen,
                now=now,
                wanted=meanwhile.wanted,
                verbs=[verb],
                case=case,
                about={"recipient": notice.pk},
            )
        RecipientNotice.objects.filter(pk=notice.pk).update(**fields)
        audit.record(actor=actor, verb=verb, case=case, facts={"recipient": notice.pk})
    notice.refresh_from_db()


def _raise_if_day_impossible(notice: RecipientNotice, on: dt.date) -> None:
    closed_on = controller_day(notice.case.closed_at) if notice.case.closed_at else on
    if on > controller_today() or on < closed_on:
        raise InvalidInput(_("The day lies between the end of the request and today."), field="on")
