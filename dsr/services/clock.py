"""The clock of the time limit: it stands still while the person is asked who they are.

From the day of the question to the day of the answer, and only where it was asked for without undue delay: EDPB
Guidelines 01/2022, section 5.3. No source puts a figure on that, so we do: `ASK_WITHIN_DAYS`; see docs/deadlines.md.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from dsr.days import controller_today
from dsr.exceptions import InvalidInput
from dsr.models import Case
from dsr.services.intake import legal_deadline

ASK_WITHIN_DAYS = 7


def last_day_to_ask(case: Case) -> dt.date:
    """The last day on which a question stops the clock: counted from the arrival, or from the last answer."""
    since = case.answered_on or case.received_on
    return min(since + dt.timedelta(days=ASK_WITHIN_DAYS), case.due_on)


def would_stop(case: Case) -> bool:
    """Whether a question that is asked today stops it."""
    return case.paused_on is None and controller_today() <= last_day_to_ask(case)


def paused_days(case: Case) -> int:
    """The days on which it stood still, up to today where it still does."""
    running = (controller_today() - case.paused_on).days if case.paused_on else 0
    return case.paused_days + running


def stopped(case: Case) -> dict[str, Any]:
    """What a question of today changes on the case; nothing where it comes too late, or the clock stands already."""
    return {"paused_on": controller_today()} if would_stop(case) else {}


def run_on(case: Case, *, answered_on: dt.date | None = None) -> dict[str, Any]:
    """What an answer changes on the case, today's unless told otherwise; nothing where the clock runs.

    The days are added to the date before it is moved off a free day. Raises `InvalidInput` for a day that can't be.
    """
    if case.paused_on is None:
        return {}
    today = controller_today()
    answered_on = answered_on or today
    if not case.paused_on <= answered_on <= today:
        raise InvalidInput(
            _("Enter the day of the answer: not before the question, and not in the future."), field="answered_on"
        )
    paused = case.paused_days + (answered_on - case.paused_on).days
    deadline = legal_deadline(case.received_on, paused_days=paused, extended=case.extended)
    return {
        "paused_on": None,
        "answered_on": answered_on,
        "paused_days": paused,
        "due_on": deadline.due_on,
        "due_moved_by": deadline.moved_by,
    }


def facts_of(case: Case, changes: dict[str, Any]) -> dict[str, Any]:
    """What the audit log says of these changes, before they are made."""
    if changes.get("paused_on"):
        return {"clock": "stopped"}
    if not changes:
        return {}
    return {
        "clock": "runs",
        "days": changes["paused_days"] - case.paused_days,
        "answered_on": changes["answered_on"].isoformat(),
        "due_on": changes["due_on"].isoformat(),
        "before": case.due_on.isoformat(),
    }
