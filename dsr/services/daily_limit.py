"""How many deletions one person may approve in a day: whoever approves without reading is stopped here."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from dsr import dates
from dsr.days import controller_midnight, controller_today
from dsr.exceptions import NotReady
from dsr.models import Approval, Safeguards, User


def raise_if_reached(approver: User) -> None:
    """Raise `NotReady` where this person has approved enough for the calendar day, in the controller's zone.

    Voided approvals count too. Inside the approval's transaction, which holds the person's row until its end: so two
    approvals at the same moment can't both be the last one.
    """
    today = controller_today()
    limit = Safeguards.current().approvals_per_day
    if Approval.objects.filter(approver=approver, approved_at__gte=controller_midnight(today)).count() < limit:
        return
    tomorrow = today + dt.timedelta(days=1)
    raise NotReady(
        _(
            "You have approved %(limit)d deletions today, the most that one person may in a day. Go on tomorrow, "
            "%(day)s, or ask another approver."
        )
        % {"limit": limit, "day": dates.day(tomorrow)}
    )
