"""Read the mailbox to which mails come back, where one is set, and note which letters did. No case is moved by it."""

from __future__ import annotations

import logging
import time

from django.conf import settings

from dsr import delivery_status
from dsr.connectors.bounces import MailboxClosed, Opened, opened
from dsr.delivery_status import Bounce
from dsr.exceptions import WrongState
from dsr.models import LetterStatus
from dsr.selectors import bounces
from dsr.services import letters, message_ids

logger = logging.getLogger(__name__)


def collect() -> None:
    """Look through the unread mails. What is no bounce of a letter of ours stays as it is, unread."""
    mailbox = settings.ENV.mailbox
    if mailbox is None:
        return
    until = time.monotonic() + settings.ENV.q_timeout / 2
    try:
        with opened(mailbox) as box:
            for uid, content in box.notifications():
                _look_at(box, uid, content)
                if time.monotonic() > until:
                    break  # the next look goes on
    except MailboxClosed as error:
        logger.error("the mailbox for bounces can't be read: %s", error.code)
        bounces.remember(error.code)
    else:
        bounces.remember("")


def _look_at(box: Opened, uid: bytes, content: bytes) -> None:
    bounce = _read(content)
    if bounce and _note(bounce):
        box.settle(uid)


def _read(content: bytes) -> Bounce | None:
    try:
        return delivery_status.read(content)
    except Exception as error:  # one mail, written by whomever, must not keep the others
        logger.warning("a mail in the mailbox for bounces can't be read: %s", type(error).__name__)
        return None


def _note(bounce: Bounce) -> bool:
    """Whether it is of a letter that stands as come back now."""
    letter = message_ids.find(bounce.message_id)
    if letter is None:
        return False
    try:
        letters.note_returned(letter=letter, code=bounce.code)
    except WrongState:
        # Noted by a person before; or back before we have written that it was sent: then it is looked at again.
        letter.refresh_from_db(fields=["status"])
    else:
        return True
    return letter.status == LetterStatus.BOUNCED
