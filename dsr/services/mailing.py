"""What the worker does with a letter: draw it, and send it by mail at most once.

“Being sent” is committed before the mail server has a byte. Whoever is killed after that leaves a letter that may have
been sent, and a person settles it: nobody gets the same letter twice by a program's guess.
"""

from __future__ import annotations

import contextlib
import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dsr import audit, storage
from dsr.days import controller_day
from dsr.evidence.letters import LetterRecord, draw_letter
from dsr.exceptions import NeedsPerson, StorageFull, TryLater, WrongState
from dsr.models import DocumentKind, LetterChannel, LetterKind, LetterStatus, OutgoingLetter
from dsr.services.documents import add_document
from dsr.services.letters import facts_of
from dsr.services.message_ids import message_id
from dsr.services.transition import locked

logger = logging.getLogger(__name__)


def deliver(letter_id: int) -> None:
    """The handler of the errand. Raises `TryLater` and `NeedsPerson` with a code of `selectors.letters.PROBLEMS`."""
    letter = OutgoingLetter.objects.select_related("case").get(pk=letter_id)
    if letter.case.is_purged:
        return
    if letter.status == LetterStatus.SENDING:
        _end(letter, LetterStatus.UNKNOWN, verb="letter_in_doubt")  # the run before this one was killed
        return
    if letter.status != LetterStatus.WAITING:
        return
    try:
        if letter.document_id is None:
            _draw(letter)
    except StorageFull:
        _fail(letter, "storage_full")
    except WrongState:
        return  # the contents are being destroyed
    if letter.channel == LetterChannel.POST:
        _end(letter, LetterStatus.TO_POST, verb="letter_drawn")
    else:
        _mail(letter)


def _draw(letter: OutgoingLetter) -> None:
    case = letter.case
    with translation.override(letter.language):
        drawn = draw_letter(
            LetterRecord(
                organisation=settings.ENV.organisation,
                organisation_address=settings.ENV.organisation_address,
                is_demo=settings.ENV.is_demo,
                language=letter.language,
                reference=case.reference,
                written_on=controller_day(letter.written_at),
                address=tuple(letter.address.splitlines()),
                heading=letter.heading,
                body=letter.body,
                made_at=letter.written_at,
            ),
            logo=settings.ENV.organisation_logo,
        )
    stored = storage.write(case, drawn.pdf)
    with storage.discarded_on_error([stored.path]), transaction.atomic():
        fresh = locked(case.pk)
        letter.document = add_document(
            fresh, DocumentKind.OUTGOING, stored, content_type="application/pdf", pages=drawn.pages
        )
        letter.save(update_fields=["document"])


def _mail(letter: OutgoingLetter) -> None:
    connection = get_connection()
    try:
        message = _message(letter)
        message.connection = connection
        message.message()  # what can't be written as a mail fails here, before anything is handed over
        connection.open()
    except smtplib.SMTPAuthenticationError:
        _fail(letter, "mail_sign_in")
    except OSError:  # smtplib's errors are such ones; nothing has been handed over yet
        raise TryLater("mail_server") from None
    with contextlib.closing(connection):
        if not OutgoingLetter.objects.filter(pk=letter.pk, status=LetterStatus.WAITING).update(
            status=LetterStatus.SENDING, problem=""
        ):
            return
        try:
            message.send()
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as refused:
            code = _code_of(refused)
        except OSError:
            # Lost in the middle of it, or no answer in time: the server may have it.
            _end(letter, LetterStatus.UNKNOWN, verb="letter_in_doubt", before=LetterStatus.SENDING)
            return
        else:
            _end(letter, LetterStatus.SENT, verb="letter_sent", before=LetterStatus.SENDING)
            return
    if 400 <= code < 500:
        OutgoingLetter.objects.filter(pk=letter.pk, status=LetterStatus.SENDING).update(status=LetterStatus.WAITING)
        raise TryLater("mail_later")
    _fail(letter, "mail_refused")


def _message(letter: OutgoingLetter) -> EmailMessage:
    """The subject is the reference alone: it stands in the lists of mailboxes and in the logs of mail servers."""
    case = letter.case
    message = EmailMessage(
        subject=case.reference,
        body=f"{letter.heading}\n\n{letter.body}\n",
        to=[letter.address],
        headers={"Message-ID": message_id(letter)},
    )
    assert letter.document  # noqa: S101  (drawn before)
    message.attach(f"{case.reference}.pdf", storage.read(letter.document), "application/pdf")
    if letter.kind in {LetterKind.COMPLETION, LetterKind.CHANGED}:
        certificate = case.documents.filter(kind=DocumentKind.CERTIFICATE).last()
        assert certificate  # noqa: S101  (no completion is written without)
        with translation.override(letter.language):
            name = f"{case.reference} {_('Certificate')}.pdf"
        message.attach(name, storage.read(certificate), "application/pdf")
    return message


def _code_of(refused: smtplib.SMTPException) -> int:
    if isinstance(refused, smtplib.SMTPRecipientsRefused):
        return min((code for code, _words in refused.recipients.values()), default=500)
    code: int = getattr(refused, "smtp_code", 500)
    return code


def _fail(letter: OutgoingLetter, code: str) -> None:
    _end(letter, LetterStatus.FAILED, verb="letter_failed", problem=code)
    raise NeedsPerson(code) from None


def _end(
    letter: OutgoingLetter,
    status: LetterStatus,
    *,
    verb: str,
    problem: str = "",
    before: LetterStatus | None = None,
) -> None:
    """Write how it ended, with its audit entry. Where the contents are being destroyed meanwhile, nothing is left."""
    sent = status == LetterStatus.SENT
    with contextlib.suppress(WrongState), transaction.atomic():
        case = locked(letter.case_id)
        changed = OutgoingLetter.objects.filter(
            # A slow run that another one has taken for killed knows better than that one's doubt.
            pk=letter.pk,
            status__in=[before or letter.status, LetterStatus.UNKNOWN, LetterStatus.SENDING],
        ).update(status=status, problem=problem, **({"sent_at": timezone.now()} if sent else {}))
        if changed:
            digest = letter.document.sha256 if letter.document else ""
            audit.record(
                actor=None,
                verb=verb,
                case=case,
                facts={**facts_of(letter), "sha256": digest, **({"problem": problem} if problem else {})},
            )
