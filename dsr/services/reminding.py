"""Reminders before a due date, the escalation after it, and that a person hasn't answered for long."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from dsr.days import controller_today
from dsr.models import Case, Notification, NotificationKind, User, WebhookEvent
from dsr.permissions import Role
from dsr.selectors import cases, silence
from dsr.services import telling_programs
from dsr.services.notifying import carers, officers, tell

_EVERY = 7
"""Days after which an overdue case is told of once more."""


def remind() -> None:
    """Tell of each open case that comes near its due date, once for each of the set days; and of each that is past it.

    Where closing is proposed since nobody answers, that is told once after each question.

    What is overdue is told to every officer and administrator, on the first day and then each week: whoever looks
    after the case may be the reason.
    """
    today = controller_today()
    for case in Case.objects.filter(silence.is_silent()).select_related("assigned_to").order_by("pk"):
        tell(case, NotificationKind.SILENT, carers(case), about=silence.asked_on(case).isoformat())
    for case in _near().select_related("assigned_to").order_by("pk"):
        left = (case.due_on - today).days
        step = min(days for days in settings.ENV.remind_days if left <= days)
        tell(case, NotificationKind.DUE_SOON, carers(case), about=f"{case.due_on.isoformat()}/{step}")
    everybody = [*officers(), *User.objects.filter(is_active=True, groups__name=Role.ADMINISTRATOR).order_by("pk")]
    for case in Case.objects.filter(cases.is_overdue()).order_by("pk"):
        week = ((today - case.due_on).days - 1) // _EVERY
        about = f"{case.due_on.isoformat()}+{week}"
        with transaction.atomic():
            earlier = Notification.objects.filter(case=case, kind=NotificationKind.OVERDUE, about=about)
            is_first = not earlier.exists()  # else somebody joined meanwhile, whom alone it is news to
            if tell(case, NotificationKind.OVERDUE, everybody, about=about) and is_first:
                telling_programs.tell(case, WebhookEvent.OVERDUE)


def _near() -> QuerySet[Case]:
    return Case.objects.filter(cases.is_due_within(max(settings.ENV.remind_days, default=-1)))
