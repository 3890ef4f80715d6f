"""What a member of staff is told of, and how they want it; and who stands in for them while they are away."""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsr.dates import DateStyle
from dsr.languages import SCREENS
from dsr.models.case import Case
from dsr.models.connection import Connection
from dsr.models.user import User


class NotificationKind(models.TextChoices):
    """Why somebody is told. The words follow a request's reference, or a connection's name."""

    ASSIGNED = "assigned", _("was given to you")
    NEEDS_PERSON = "needs_person", _("needs a person")
    FOR_APPROVAL = "for_approval", _("waits for a second approval")
    SENT_BACK = "sent_back", _("was sent back to review")
    PACKAGE_READY = "package_ready", _("has its package ready")
    COMPLETED = "completed", _("is completed")
    RETURNED = "returned", _("is about somebody who is seen in SegMetrics again")
    MERGED_HERE = "merged_here", _("goes on for another request too")
    MENTIONED = "mentioned", _("has a note for you")
    SILENT = "silent", _("has had no answer from the person: closing is proposed")
    DUE_SOON = "due_soon", _("is due soon")
    OVERDUE = "overdue", _("is overdue")
    HALTED = "halted", _("is stopped after faults in a row, until somebody has it go on")


class MailRhythm(models.TextChoices):
    AT_ONCE = "at_once", _("By mail at once")
    DAILY = "daily", _("By one mail each morning")
    NEVER = "never", _("On these pages only")


class Preferences(models.Model):
    """How one member of staff works. Somebody without a row has the defaults."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="preferences")
    mails = models.CharField(_("notifications"), max_length=10, choices=MailRhythm.choices, default=MailRhythm.AT_ONCE)
    away_from = models.DateField(_("away from"), null=True, blank=True)
    away_until = models.DateField(_("away until"), null=True, blank=True)
    """The last day of the absence."""
    substitute = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("substitute")
    )
    """Who is told in their place meanwhile. It gives no right: roles and the second person stay what they are."""
    language = models.CharField(_("language"), max_length=10, choices=SCREENS.items(), blank=True, default="")
    """Of the screens and of mails to this person. Empty: screens as the browser asks, mails as the settings say."""
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="")
    """In which moments are told. Empty: the controller's. Due dates are the controller's days for everybody."""
    dates = models.CharField(_("dates"), max_length=10, choices=DateStyle.choices, default=DateStyle.LANGUAGE)

    def __str__(self) -> str:
        return f"preferences of user {self.user_id}"

    @classmethod
    def of(cls, user: User) -> Self:
        """Those of this person, or the defaults."""
        return cls.objects.filter(user=user).first() or cls(user=user)

    def substitute_on(self, day: dt.date) -> User | None:
        """Who stands in on this day; nobody while the person is there."""
        is_away = self.away_from and self.away_until and self.away_from <= day <= self.away_until
        return self.substitute if is_away else None


class Notification(models.Model):
    """One thing that one person is told about one case, or one connection: nothing of the data subject."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, null=True, related_name="notifications")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, null=True, related_name="+")
    """Where it is about no case."""
    kind = models.CharField(max_length=20, choices=NotificationKind.choices)
    about = models.CharField(max_length=40, blank=True)
    """Of a reminder: which one it is, so that none is given twice."""
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    rhythm = models.CharField(max_length=10, choices=MailRhythm.choices)
    """How it goes out, as the person wanted it when it was made."""
    mailed_at = models.DateTimeField(null=True)
    """Written before the mail is handed over, and taken back where that fails."""
    mail_failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "case", "kind", "about"], condition=~models.Q(about=""), name="reminded_once"
            ),
            models.CheckConstraint(
                condition=models.Q(case=None, connection__isnull=False) | models.Q(case__isnull=False, connection=None),
                name="told_of_one_thing",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "read_at"]),
            models.Index(fields=["rhythm", "mailed_at"], condition=models.Q(mailed_at=None), name="not_mailed_yet"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.case_id or self.connection_id} to user {self.user_id}"
