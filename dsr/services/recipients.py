"""Recipients to be told of an erasure (Art. 19): who, when, what they answered, or why they couldn't be told."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import audit
from dsr.exceptions import InvalidInput, NotReady, WrongState
from dsr.letters.shipped import Text
from dsr.models import Case, LetterKind, OutgoingLetter, RecipientNotice, User, WhyNotTold
from dsr.permissions import Role, raise_if_not
from dsr.services import letters, reasons
from dsr.services.letter_values import Said
from dsr.services.transition import locked
from dsr.states import Outcome, State


def list_all(case: Case) -> None:
    """The erasure is certified: list each recipient of the connection that is in use. Inside that transaction."""
    RecipientNotice.objects.bulk_create(
        [
            RecipientNotice(case=case, recipient=row, name=row.name)
            for row in case.connection.recipients.filter(is_active=True)
        ],
        ignore_conflicts=True,  # a case that a restore brought back may be certified once more
    )


def draft(*, notice: RecipientNotice) -> Text:
    """The letter to start from. Raises as `letters.draft` does."""
    return letters.draft(case=notice.case, kind=LetterKind.RECIPIENT, said=said_of(notice))


def send(
    *, notice: RecipientNotice, actor: User, heading: str, body: str, channel: str, address: str
) -> OutgoingLetter:
    """Send the letter to them. Raises as `letters.send` does."""
    with transaction.atomic():
        letter = letters.send(
            case=notice.case,
            actor=actor,
            kind=LetterKind.RECIPIENT,
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


def note_answer(*, notice: RecipientNotice, actor: User, on: dt.date, answer: str) -> None:
    """Note what they answered, and when."""
    answer = reasons.checked(answer, _("Say in a few words what they answered."), field="answer")
    _raise_if_day_impossible(notice, on)
    sealed = notice.case.seal(answer, field="recipient_answer")
    _note(notice, actor, "recipient_answered", answered_on=on, answer_sealed=sealed)


def note_not_told(*, notice: RecipientNotice, actor: User, why: str, reason: str) -> None:
    """Note that telling them proves impossible or involves disproportionate effort, and why (Art. 19)."""
    if why not in WhyNotTold.values:
        raise InvalidInput(_("Choose one of the list."), field="why")
    reason = reasons.checked(reason, _("Say why; an authority may ask."))
    if notice.letter_id or notice.told_on:
        raise WrongState(_("They were written to, or told, already."))
    sealed = notice.case.seal(reason, field="recipient_why_not")
    _note(notice, actor, "recipient_not_told", why_not=why, why_not_sealed=sealed)


def said_of(notice: RecipientNotice) -> Said:
    """What the letter to them is filled with. Raises `NotReady` where the recipient is gone from the connection."""
    if notice.recipient is None:
        raise NotReady(_("This recipient was taken off the connection, so no letter can be written to them here."))
    return Said(recipient=notice.recipient)


def _note(notice: RecipientNotice, actor: User, verb: str, **fields: object) -> None:
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        case = locked(notice.case_id)
        if case.state != State.COMPLETED or case.outcome not in {Outcome.ERASED, Outcome.ERASED_IN_PART}:
            raise WrongState(_("Recipients are told once the erasure is certified."))
        RecipientNotice.objects.filter(pk=notice.pk).update(**fields)
        audit.record(actor=actor, verb=verb, case=case, facts={"recipient": notice.pk})
    notice.refresh_from_db()


def _raise_if_day_impossible(notice: RecipientNotice, on: dt.date) -> None:
    closed_on = timezone.localdate(notice.case.closed_at) if notice.case.closed_at else on
    if on > timezone.localdate() or on < closed_on:
        raise InvalidInput(_("The day lies between the end of the erasure and today."), field="on")
