"""Tell a member of staff by mail what happened to their account. The telling never fails the act."""

from __future__ import annotations

import logging

from django.core.mail import send_mail
from django.template.loader import render_to_string

from dsr.models import User
from dsr.services.reading import as_read_by

logger = logging.getLogger(__name__)


def tell(*, user: User, about: str, otherwise: str = "") -> bool:
    """Mail the templates `<about>_subject.txt` and `<about>_message.txt`, in the language that this person reads in.

    `otherwise` is the language for somebody who has chosen none. False when the mail could not be sent.

    Call it once the act is committed.
    """
    context = {"user": user}
    with as_read_by(user, otherwise=otherwise):
        subject = render_to_string(f"{about}_subject.txt", context).strip()
        message = render_to_string(f"{about}_message.txt", context)
    try:
        send_mail(subject, message, None, [user.email])
    except OSError as error:
        logger.warning("%s was not told about %s: %s", user.staff_reference, about, type(error).__name__)
        return False
    return True
