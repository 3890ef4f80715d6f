"""Write a letter and hand it to the worker; note what became of it. Nothing here moves a case (rule 10).

What must stand in a letter stays a placeholder until it is sent, so no edit can lose it: the reasons, the complaint
and the judicial remedy of a refusal (Art. 12(4)), the reasons and the new date of an extension (Art. 12(3)).
"""

from __future__ import annotations

import re

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dsr import audit, queue
from dsr.evidence.text import clean
from dsr.exceptions import InvalidInput, WrongState
from dsr.letters import placeholders
from dsr.letters.shipped import Text
from dsr.models import (
    Case,
    ErrandKind,
    LetterChannel,
    LetterKind,
    LetterStatus,
    OutgoingLetter,
    User,
)
from dsr.permissions import Role, raise_if_not, record_actor
from dsr.selectors.letters import fits, standing, text_for
from dsr.services.letter_values import Said, values_of
from dsr.services.transition import locked

_NOBODY = Said()
# A mail server takes no other letters before the @ unless it knows SMTPUTF8, which Django doesn't speak.
_EMAIL = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]{1,64}@[^\s@<>,;:()\"\\]{1,255}", re.ASCII)
_LONGEST_POSTAL = 600


def language_of(case: Case, said: Said) -> str:
    """A recipient is written to in their own language, the data subject in that of the case."""
    return said.recipient.language if said.recipient else case.language


def draft(*, case: Case, kind: LetterKind, said: Said = _NOBODY) -> Text:
    """The text to start from, with the case's data in it. What must stay in the letter stays a placeholder.

    Raises `WrongState` where such a letter wouldn't be true, and `NotReady` where the connection's record lacks
    something in this language.
    """
    _raise_if_unfit(case, kind)
    language = language_of(case, said)
    text = text_for(kind, language)
    with translation.override(language):
        values = values_of(case, language, said)
        required = placeholders.REQUIRED[kind]
        for name in sorted(required - {"reasons", "link"}):
            values[name]()  # what is missing is told now, and not after the letter was written
        return Text(
            heading=placeholders.fill(text.heading, values),
            body=placeholders.fill(text.body, values, keep=required),
            is_own=text.is_own,
        )


def rendered(*, case: Case, kind: LetterKind, heading: str, body: str, said: Said = _NOBODY) -> Text:
    """As it reads once it is sent. Raises `InvalidInput` where a passage that it must have is missing."""
    _raise_if_unfit(case, kind)
    heading, body = (clean(text).replace("\r\n", "\n").strip() for text in (heading, body))
    placeholders.check(kind, heading=heading, body=body)
    language = language_of(case, said)
    with translation.override(language):
        values = values_of(case, language, said)
        return Text(heading=placeholders.fill(heading, values), body=placeholders.fill(body, values))


def send(
    *,
    case: Case,
    actor: User,
    kind: LetterKind,
    heading: str,
    body: str,
    channel: str,
    address: str,
    said: Said = _NOBODY,
) -> OutgoingLetter:
    """Keep the letter and hand it to the worker, which draws it and, by e-mail, sends it.

    Raises `InvalidInput` with the field, `WrongState` where such a letter wouldn't be true of the case, and `NotReady`
    where the connection's record lacks something.
    """
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    address = checked_address(channel, address)
    with transaction.atomic():
        fresh = locked(case.pk)
        text = rendered(case=fresh, kind=kind, heading=heading, body=body, said=said)
        language = language_of(fresh, said)
        letter = OutgoingLetter(
            case=fresh,
            kind=kind,
            language=language,
            channel=channel,
            heading_sealed=fresh.seal(text.heading, field="letter_heading"),
            body_sealed=fresh.seal(text.body, field="letter_body"),
            address_sealed=fresh.seal(address, field="letter_address"),
            template_digest=text_for(kind, language).digest,
            written_by=actor,
            written_at=timezone.now(),
        )
        letter.save()
        _hand_over(letter, actor=actor, verb="letter_written")
    return letter


def checked_address(channel: str, address: str) -> str:
    """An e-mail address that a mail server can be given, or the lines of a postal address. Raises `InvalidInput`."""
    if channel == LetterChannel.EMAIL:
        address = address.strip()
        if not _EMAIL.fullmatch(address) or not address.isprintable():
            raise InvalidInput(
                _("No mail can be sent to this address. Look at it again, or post the letter."), field="address"
            )
        return address
    if channel != LetterChannel.POST:
        raise InvalidInput(_("Choose one of the list."), field="to")
    address = "\n".join(line.strip() for line in clean(address).splitlines() if line.strip())
    if not address or len(address) > _LONGEST_POSTAL:
        raise InvalidInput(_("Enter the postal address as it stands on the envelope."), field="postal")
    return address


def try_again(*, letter: OutgoingLetter, actor: User, address: str = "") -> None:
    """Send what failed, or what may or may not have been sent, once more; `address` replaces the one it had."""
    allowed = {LetterStatus.FAILED, LetterStatus.UNKNOWN}
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        fresh = _locked(letter, allowed)
        if address.strip() and fresh.channel == LetterChannel.EMAIL:
            address = checked_address(fresh.channel, address)
            if address != fresh.address:
                fresh.address_sealed = fresh.case.seal(address, field="letter_address")
                fresh.document = None  # the address stands on it, so it is drawn anew
        fresh.status, fresh.problem = LetterStatus.WAITING, ""
        fresh.save(update_fields=["status", "problem", "address_sealed", "document"])
        _hand_over(fresh, actor=actor, verb="letter_tried_again")


def send_once_more(*, letter: OutgoingLetter, actor: User, address: str) -> OutgoingLetter:
    """The same words to another address, as a letter of its own, after it came back."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    with transaction.atomic():
        old = _locked(letter, {LetterStatus.BOUNCED})
        address = checked_address(old.channel, address)
        copy = OutgoingLetter(
            case=old.case,
            kind=old.kind,
            language=old.language,
            channel=old.channel,
            heading_sealed=old.heading_sealed,
            body_sealed=old.body_sealed,
            address_sealed=old.case.seal(address, field="letter_address"),
            template_digest=old.template_digest,
            written_by=actor,
            written_at=timezone.now(),
        )
        copy.save()
        old.case.recipient_notices.filter(letter=old).update(letter=copy)
        _hand_over(copy, actor=actor, verb="letter_written")
    return copy


def doubt_all() -> None:
    """After a restore: what waited when the backup was made may have been sent since, so a person settles each mail."""
    OutgoingLetter.objects.filter(
        channel=LetterChannel.EMAIL, status__in=[LetterStatus.WAITING, LetterStatus.SENDING], case__purge_began_at=None
    ).update(status=LetterStatus.UNKNOWN)


def note_sent(*, letter: OutgoingLetter, actor: User) -> None:
    """Note that it was posted, or that a mail which may have been sent did go out."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    _note(letter, actor, {LetterStatus.TO_POST, LetterStatus.UNKNOWN}, LetterStatus.SENT, verb="letter_noted_sent")


def note_bounced(*, letter: OutgoingLetter, actor: User, note: str = "") -> None:
    """Note that it came back."""
    raise_if_not(actor, Role.PRIVACY_OFFICER)
    _note_bounced(letter, actor, reason=note.strip()[:1_000])


def note_returned(*, letter: OutgoingLetter, code: str) -> None:
    """The worker's part of it: a mail server says that it came back, by a `code` of RFC 3463, or by none."""
    _note_bounced(letter, None, code=code)


def _note_bounced(letter: OutgoingLetter, actor: User | None, *, code: str = "", reason: str = "") -> None:
    before = {LetterStatus.SENT, LetterStatus.UNKNOWN}
    _note(letter, actor, before, LetterStatus.BOUNCED, verb="letter_bounced", code=code, reason=reason)


def _note(
    letter: OutgoingLetter,
    actor: User | None,
    allowed: set[LetterStatus],
    status: LetterStatus,
    *,
    verb: str,
    code: str = "",
    reason: str = "",
) -> None:
    with transaction.atomic():
        fresh = _locked(letter, allowed)
        fresh.status, fresh.problem = status, code
        fresh.sent_at = fresh.sent_at or timezone.now()
        fresh.save(update_fields=["status", "problem", "sent_at"])
        facts = {**facts_of(fresh), **({"code": code} if code else {})}
        audit.record(actor=actor, verb=verb, case=fresh.case, facts=facts, reason=reason)


def _locked(letter: OutgoingLetter, allowed: set[LetterStatus]) -> OutgoingLetter:
    """The letter under its case's lock, where it stands as it must. Raises `WrongState`."""
    case = locked(letter.case_id)
    fresh = OutgoingLetter.objects.select_for_update().get(pk=letter.pk)
    fresh.case = case
    status, _problem = standing(fresh)
    if status not in allowed:
        raise WrongState(_("This letter is “%(status)s” by now. Look at the case again.") % {"status": status.label})
    return fresh


def _hand_over(letter: OutgoingLetter, *, actor: User, verb: str) -> None:
    """To the worker, in the transaction that keeps the letter; the audit entry is its last write."""
    queue.add_errand(kind=ErrandKind.LETTER, target=letter.pk, case=letter.case)
    record_actor(case=letter.case, user=actor, act="letter_written")
    audit.record(actor=actor, verb=verb, case=letter.case, facts=facts_of(letter))


def facts_of(letter: OutgoingLetter) -> dict[str, object]:
    """What the audit log may know of a letter."""
    return {
        "letter": letter.pk,
        "kind": letter.kind,
        "channel": letter.channel,
        "language": letter.language,
        "template": letter.template_digest,
    }


def _raise_if_unfit(case: Case, kind: LetterKind) -> None:
    if not fits(kind, case):
        raise WrongState(
            _("“%(kind)s” can't be written while the case stands as it does. Look at the case again.")
            % {"kind": kind.label}
        )
