"""Holidays that the organisation adds; with each change the due dates of open cases are counted anew."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from dsr import audit
from dsr.deadline import due_date, is_free, public_holidays
from dsr.evidence.text import clean
from dsr.exceptions import InvalidInput, WrongState
from dsr.models import Case, Holiday, User
from dsr.permissions import Role, raise_if_not
from dsr.selectors.cases import open_cases
from dsr.selectors.holidays import own_days

RECOUNTED = "due_date_recounted"
"""The verb of a case's audit entry."""
_LONGEST_NAME = 100
_FIRST_YEAR, _LAST_YEAR = 2018, 2100


def add(*, actor: User, day: dt.date, name: str, every_year: bool) -> int:
    """Add a day. Returns how many open cases have another due date by it. Raises `InvalidInput`."""
    raise_if_not(actor, Role.ADMINISTRATOR)
    name = " ".join(clean(name).split())
    if not name:
        raise InvalidInput(_("Enter the name of the holiday."), field="name")
    if len(name) > _LONGEST_NAME:
        raise InvalidInput(_("This text is too long."), field="name")
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise InvalidInput(_("Check the year."), field="day")
    if not every_year and is_free(day, public_holidays(settings.ENV.country, settings.ENV.region)):
        raise InvalidInput(_("This day is a weekend or a public holiday already."), field="day")
    if day in own_days():
        raise InvalidInput(_("This day stands in the list already."), field="day")
    try:
        with transaction.atomic():
            holiday = Holiday.objects.create(day=day, name=name, every_year=every_year)
            return _count_anew(actor, holiday, verb="holiday_added", number=holiday.pk)
    except IntegrityError:  # another administrator was faster
        raise InvalidInput(_("This day stands in the list already."), field="day") from None


def remove(*, actor: User, holiday: Holiday) -> int:
    """Take a day out again. Returns how many open cases have another due date by it."""
    raise_if_not(actor, Role.ADMINISTRATOR)
    number = holiday.pk
    with transaction.atomic():
        deleted, _rows = Holiday.objects.filter(pk=number).delete()
        if not deleted:
            raise WrongState(_("This day was removed already."))
        return _count_anew(actor, holiday, verb="holiday_removed", number=number)


def _count_anew(actor: User, holiday: Holiday, *, verb: str, number: int) -> int:
    # All rows are locked before the first audit entry: whoever works on a case takes its row first, then the log.
    changed, public, own = [], public_holidays(settings.ENV.country, settings.ENV.region), own_days()
    for case in open_cases().select_for_update().order_by("pk"):
        deadline = due_date(
            case.received_on, free_days=public, own_days=own, paused_days=case.paused_days, extended=case.extended
        )
        if deadline.due_on != case.due_on:
            changed.append((case, case.due_on))
            case.due_on, case.due_moved_by = deadline.due_on, deadline.moved_by
    Case.objects.bulk_update([case for case, _before in changed], ["due_on", "due_moved_by"], batch_size=200)
    for case, before in changed:
        audit.record(
            actor=actor,
            verb=RECOUNTED,
            case=case,
            facts={"due_on": case.due_on.isoformat(), "before": before.isoformat(), "holiday": number},
        )
    audit.record(
        actor=actor,
        verb=verb,
        facts={
            "holiday": number,
            "day": holiday.day.isoformat(),
            "every_year": holiday.every_year,
            "cases": len(changed),
        },
    )
    return len(changed)
