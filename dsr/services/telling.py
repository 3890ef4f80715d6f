"""Tell everybody concerned that a safeguard is about to be weaker, or was made so.

The mail is sent after the act and never undoes it: the notice on the dashboard stands whether it came or not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.urls import reverse
from django.utils.translation import gettext as _

from dsr.models import SafeguardChange, User
from dsr.selectors import changes
from dsr.services.reading import as_read_by

logger = logging.getLogger(__name__)


def tell(change: SafeguardChange) -> None:
    """Mail what became of the change to all active officers, approvers and administrators. Outside a transaction."""

    def text() -> str:
        return "\n\n".join(
            (
                changes.happened(change),
                _("The reason stands on the site, with whoever asked and decided:"),
                f"{settings.ENV.base_url}{reverse('home')}",
                _("If this surprises you, speak to an administrator or to the person in charge now."),
            )
        )

    mail_all(subject=lambda: _("DSR Desk: a safeguard"), text=text)


def mail_all(*, subject: Callable[[], str], text: Callable[[], str]) -> None:
    """One mail to each, in the language that they read in; no address is told to the others.

    An address that the mail server refuses keeps no mail from the others. A failure is logged by its class.
    """
    people = User.objects.filter(is_active=True, groups__name__in=changes.TOLD).order_by("pk").distinct()
    messages = []
    for person in people.select_related("preferences"):
        with as_read_by(person):
            messages.append(EmailMessage(subject=subject(), body=f"{text()}\n", to=[person.email]))
    left, why = len(messages), set[str]()
    connection = get_connection()
    try:
        for message in messages:
            connection.open()  # once, and anew after a failure
            try:
                connection.send_messages([message])
            except Exception as error:  # of this one; the server may have hung up
                why.add(type(error).__name__)
                connection.close()
            else:
                left -= 1
        connection.close()
    except Exception as error:  # whatever it is, the act stands and the dashboard tells of it
        why.add(type(error).__name__)
    if left:
        logger.error("%d mails about a safeguard were not sent: %s", left, ", ".join(sorted(why)))
