"""Retention: until when a case's exports and its contents are kept, and their destruction (Art. 5(1)(e)).

docs/retention.md says how long each kind of data is kept, and why.
"""

from __future__ import annotations

import datetime as dt
import logging

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Q
from django.utils.translation import gettext as _

from dsr.days import controller_today
from dsr.exceptions import Held, LedgerUnfit, NotReady, StorageFull
from dsr.models import Case, Document, DocumentKind
from dsr.services import destruction, disposal
from dsr.states import FINAL, State

logger = logging.getLogger(__name__)


def last_day() -> dt.date:
    """The day on which the exports of a case that closes now are destroyed."""
    days: int = settings.ENV.export_keep_days
    return controller_today() + dt.timedelta(days=days)


def purge_day(end: State) -> tuple[dt.date, str]:
    """The day on which the contents of a case that closes now, in this state, are destroyed, and why not before.

    A refusal is kept like a deletion: it is what somebody complains about.
    """
    env = settings.ENV
    stopped = end in {State.WITHDRAWN, State.MERGED}
    days = env.stopped_case_keep_days if stopped else env.case_keep_days
    reason: str = env.stopped_retention_reason if stopped else env.retention_reason
    return controller_today() + dt.timedelta(days=days), reason


def set_days(case: Case, *, end: State, exports_until: dt.date | None = None) -> None:
    """The case closes in this state: set the day of its exports and of its contents. Inside that transaction."""
    kinds = [DocumentKind.EXPORT, DocumentKind.SUPPLEMENT, DocumentKind.PACKAGE]
    until = exports_until or last_day()
    # What another took the place of was to go before, and is only kept by a hold.
    later = Q(destroy_on=None) | Q(destroy_on__gt=until)
    Document.objects.filter(later, case=case, kind__in=kinds, destroyed_at=None).update(destroy_on=until)
    disposal.mark_proofs(case)
    day, reason = purge_day(end)
    Case.objects.filter(pk=case.pk).update(purge_on=day, purge_reason=reason)


def purge(*, case: Case, ordered_by_ledger: bool = False) -> None:
    """Destroy the contents of a closed case whose day has come. Safe to repeat, and to be killed at any instant.

    `ordered_by_ledger` is for a restore alone: the case was purged before, after the backup was made. Then it goes
    whatever state the backup has it in, also under a hold of the backup, which was lifted since. Raises `NotReady` for
    a case that is open or whose day hasn't come, and `Held` where a legal hold binds the data subject,
    `LedgerUnfit` or `OSError` where the ledger can't take its line first.
    """
    fresh = Case.objects.get(pk=case.pk)
    if not (ordered_by_ledger or fresh.is_purged):
        _raise_if_not_due(fresh)
    destruction.destroy_contents(
        case=case, why="ledger" if ordered_by_ledger else "retention", despite_holds=ordered_by_ledger
    )


def _raise_if_not_due(case: Case) -> None:
    if not case.is_closed:
        raise NotReady(_("This case is still open, so its contents are kept. Close it first."))
    if case.purge_on is None or case.purge_on > controller_today():
        raise NotReady(_("The day on which the contents of this case are destroyed hasn't come yet."))


def purge_due() -> int:
    """Purge every closed case whose day has come, and go on where it was begun. Returns how many were purged.

    One that fails doesn't keep the others, and is tried again in the next hour.
    """
    purged = 0
    due = Q(state__in=FINAL, purge_on__lte=controller_today()) | Q(purge_began_at__isnull=False)
    for case in Case.objects.filter(due, purged_at=None):
        try:
            purge(case=case)
        except Held:
            continue  # its day has come, and it waits until the hold is lifted
        except (OSError, LedgerUnfit, StorageFull, DatabaseError) as error:
            logger.error("case %s can't be purged yet: %s", case.reference, type(error).__name__)
        else:
            purged += 1
    return purged
