"""How long there is left, in words and in a tone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsr import dates
from dsr.days import controller_day, controller_today
from dsr.models import Case
from dsr.states import State

SOON_DAYS = 7


@dataclass(frozen=True)
class Due:
    """`tone` is one of bad, warn, plain, good, still: the name of a colour, beside words that say the same."""

    words: str
    tone: str
    on: dt.date


def due_of(case: Case) -> Due:
    """That its clock stands still, the days left until the due date, or whether a closed case was in time."""
    if case.state == State.MERGED:
        return Due(_("Goes on in another request"), "plain", case.due_on)
    if case.is_closed:
        closed_on = controller_day(case.closed_at) if case.closed_at else case.due_on
        late = closed_on > case.due_on
        return Due(_("Closed late") if late else _("Closed in time"), "warn" if late else "good", case.due_on)
    if case.paused_on:
        return Due(
            _("Clock stopped since %(day)s: waiting for the person") % {"day": _day(case.paused_on)},
            "still",
            case.due_on,
        )
    days = (case.due_on - controller_today()).days
    if days < 0:
        words = ngettext("%(days)d day overdue", "%(days)d days overdue", -days) % {"days": -days}
        return Due(words, "bad", case.due_on)
    if days == 0:
        return Due(_("Due today"), "bad", case.due_on)
    words = ngettext("%(days)d day left", "%(days)d days left", days) % {"days": days}
    return Due(words, "warn" if days <= SOON_DAYS else "plain", case.due_on)


def explained(case: Case) -> str:
    """How its due date was counted, for whoever reads the screen."""
    return case.deadline.explained(day=dates.day, weekday_and_day=lambda day: dates.day(day, "weekday"))


def _day(day: dt.date) -> str:
    """ "3 November", with the year where it isn't this one."""
    return dates.day(day, "yearless" if day.year == controller_today().year else "long")
