"""Mail what people are told: one mail to each, with references and links alone.

At most once: what is about to be mailed is noted first, and taken back where handing it over fails. It stands on the
page of notifications in any case.
"""

from __future__ import annotations

import datetime as dt
import logging
from itertools import groupby

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsr.days import controller_time
from dsr.models import MailRhythm, Notification, User
from dsr.permissions import READS_CASES, has_role
from dsr.services.reading import as_read_by

logger = logging.getLogger(__name__)
MORNING = 7
"""The hour, in the controller's time zone, from which the daily mail goes out."""
_MOST_FAILURES = 10
_BATCH = 1_000
_DAY = dt.timedelta(days=1)


def send_due() -> int:
    """Mail whatever is due, one mail to a person. Says how many mails were handed over."""
    rows = list(_due().select_related("user__preferences", "case", "connection").order_by("user_id", "pk")[:_BATCH])
    return sum(_send(user, list(group)) for user, group in groupby(rows, key=lambda row: row.user))


def _due() -> QuerySet[Notification]:
    """Those nobody has read meanwhile. After a failure each further try waits twice as long, from a minute on."""
    now = timezone.now()
    morning = controller_time(now).replace(hour=MORNING, minute=0, second=0, microsecond=0)
    if morning > now:
        morning -= _DAY
    at_once, daily = Q(), Q()
    for failures in range(_MOST_FAILURES):
        wait = dt.timedelta(minutes=2**failures - 1)
        at_once |= Q(mail_failures=failures, created_at__lte=now - wait)
        if morning + wait <= now:  # of the mail of this morning, whenever in the day before it was made
            daily |= Q(mail_failures=failures)
    return Notification.objects.filter(
        Q(at_once, rhythm=MailRhythm.AT_ONCE) | Q(daily, rhythm=MailRhythm.DAILY, created_at__lt=morning),
        mailed_at=None,
        read_at=None,
        user__is_active=True,
    )


def _send(user: User, due: list[Notification]) -> bool:
    rows = _claimed(due)
    if not rows:
        return False  # another worker was faster, or they were read meanwhile
    try:
        with as_read_by(user):
            mail = EmailMessage(subject=_subject(rows), body=_body(user, rows), to=[user.email])
        mail.send()
    except Exception as error:  # whatever it is, the pages tell of it and the next run tries again
        Notification.objects.filter(pk__in=[row.pk for row in rows]).update(
            mailed_at=None, mail_failures=F("mail_failures") + 1
        )
        logger.error("a mail with %d notifications was not sent: %s", len(rows), type(error).__name__)
        return False
    return True


def _claimed(due: list[Notification]) -> list[Notification]:
    """Those that nobody has mailed or read since they were found due; from here on they are mailed by nobody else."""
    with transaction.atomic():
        open_ones = Notification.objects.select_for_update().filter(mailed_at=None, read_at=None)
        mine = set(open_ones.filter(pk__in=[row.pk for row in due]).order_by("pk").values_list("pk", flat=True))
        Notification.objects.filter(pk__in=mine).update(mailed_at=timezone.now())
    return [row for row in due if row.pk in mine]


def _subject(rows: list[Notification]) -> str:
    if len(rows) == 1:
        return " ".join(_words(rows[0]).split())  # a connection's name may have a line break, a subject none
    return ngettext("DSR Desk: %(count)d notification", "DSR Desk: %(count)d notifications", len(rows)) % {
        "count": len(rows)
    }


def _body(user: User, rows: list[Notification]) -> str:
    reads = has_role(user, *READS_CASES)
    lines = [f"{_words(row)}\n{_address(row, reads=reads)}" for row in rows]
    how = _("How you are told is yours to choose:")
    return "\n\n".join([*lines, f"{how}\n{settings.ENV.base_url}{reverse('preferences')}"]) + "\n"


def _words(row: Notification) -> str:
    return f"{row.case.reference if row.case else row.connection} {row.get_kind_display()}"


def _address(row: Notification, *, reads: bool) -> str:
    if row.connection:
        return settings.ENV.base_url + reverse("bulk")
    if row.case and reads:
        return settings.ENV.base_url + reverse("case", args=[row.case.reference])
    return settings.ENV.base_url + reverse("home")
