"""Try what the set-up rests on, and remember what worked."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr.exceptions import NotReady
from dsr.models import SetUpMark, User
from dsr.permissions import Role, raise_if_not
from dsr.selectors.set_up import COMPLETE, MAIL, Step, is_complete


def mark(name: str) -> None:
    """Remember that this worked."""
    SetUpMark.objects.update_or_create(name=name, defaults={"at": timezone.now()})


def mark_if_complete(steps: Iterable[Step]) -> None:
    """Once every step was done, nobody is reminded of the set-up any more."""
    if all(step.is_done or step.is_optional for step in steps) and not is_complete():
        mark(COMPLETE)


def test_mail(*, actor: User) -> None:
    """Send a mail to whoever asks. Raises `NotReady` where the server doesn't take it."""
    raise_if_not(actor, Role.ADMINISTRATOR)
    words = _("This mail was sent as a test from DSR Desk. Mails go out.")
    try:
        EmailMessage(subject=_("DSR Desk: a test"), body=f"{words}\n", to=[actor.email]).send()
    except Exception as error:  # whatever the server says may quote addresses: the class is enough
        raise NotReady(
            _("The mail server didn't take it (%(error)s). Look at DSR_EMAIL_URL and DSR_EMAIL_FROM.")
            % {"error": type(error).__name__}
        ) from None
    mark(MAIL)
