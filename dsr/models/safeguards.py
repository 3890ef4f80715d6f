"""How strict this installation is, and what was asked to make it less so."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dsr.models.connection import Connection
from dsr.models.user import User

MOST_MINUTES = 7 * 24 * 60
MOST_APPROVALS = 10_000
ALL_ROLES = ("Privacy officer", "Approver", "Auditor", "Administrator")


def _mfa_roles() -> list[str]:
    return list(ALL_ROLES) if settings.ENV.is_production else []


class Safeguards(models.Model):
    """The settings that protect against an insider. Strict from the start; weakening one takes two administrators.

    One row, written by `services/strengthening.py` and, once granted, by `services/effects.py` alone.
    """

    cooling_off_minutes = models.PositiveIntegerField(
        _("minutes between approval and deletion"),
        validators=[MaxValueValidator(MOST_MINUTES)],
        help_text=_("In this time the approver or anybody who worked on the case can still stop the deletion."),
    )
    approvals_per_day = models.PositiveIntegerField(
        _("approvals a day for each person"),
        validators=[MinValueValidator(1), MaxValueValidator(MOST_APPROVALS)],
        help_text=_("Whoever approves without reading is stopped here."),
    )
    mfa_roles = models.JSONField(
        _("roles that need a second factor"),
        default=_mfa_roles,
        help_text=_("Approving always needs one on a production site."),
    )

    class Meta:
        verbose_name = _("safeguards")
        verbose_name_plural = _("safeguards")
        constraints = [models.CheckConstraint(name="safeguards_one_row", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return "safeguards"

    @property
    def cooling_off(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.cooling_off_minutes)

    @classmethod
    def current(cls) -> Safeguards:
        """The row; made on first use: 60 minutes and 20 approvals, and no waiting outside production."""
        strict = settings.ENV.is_production
        row, _created = cls.objects.get_or_create(
            pk=1,
            defaults={"cooling_off_minutes": 60 if strict else 0, "approvals_per_day": 20 if strict else 1000},
        )
        return row


class ChangeKind(models.TextChoices):
    """What takes two administrators. What each does, once granted, stands in `services/effects.py`."""

    COOLING_OFF = "cooling_off", _("Shorten the time between approval and deletion")
    DAILY_LIMIT = "daily_limit", _("Let a person approve more in a day")
    MFA_ROLES = "mfa_roles", _("Take the second factor off roles")
    ROLES = "roles", _("Give roles")
    OPEN_ACCOUNT = "open_account", _("Open a closed account that holds roles")
    DELETE_RIGHT = "delete_right", _("Let a connection delete")
    UNIQUE_IDS = "unique_ids", _("Take a connection's ids as unique in the account")
    MFA_RESET = "mfa_reset", _("Reset a lost second factor")


class SafeguardChange(models.Model):
    """One administrator asks to weaken a safeguard, another one grants it. Triggers keep what was asked and decided."""

    # Without choices here, a further kind needs no migration; the service takes only what has an effect.
    kind = models.CharField(max_length=30)
    payload = models.JSONField(default=dict)
    """Numbers, role names and revisions only."""
    subject = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField(null=True)
    declined_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    declined_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="change_granted_by_another",
                condition=models.Q(granted_by=None) | ~models.Q(granted_by=models.F("asked_by")),
            ),
            models.CheckConstraint(
                name="change_granted_by_somebody",
                condition=models.Q(granted_by=None, granted_at=None)
                | models.Q(granted_by__isnull=False, granted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="change_declined_by_somebody",
                condition=models.Q(declined_by=None, declined_at=None)
                | models.Q(declined_by__isnull=False, declined_at__isnull=False),
            ),
            models.CheckConstraint(
                name="change_decided_once",
                condition=models.Q(granted_at=None, declined_at=None)
                | models.Q(granted_at=None, withdrawn_at=None)
                | models.Q(declined_at=None, withdrawn_at=None),
            ),
            models.CheckConstraint(
                name="change_is_for_somebody_else",
                condition=models.Q(subject=None)
                | (
                    ~models.Q(subject=models.F("asked_by"))
                    & (models.Q(granted_by=None) | ~models.Q(subject=models.F("granted_by")))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_decided(self) -> bool:
        return bool(self.granted_at or self.declined_at or self.withdrawn_at)

    @property
    def is_open(self) -> bool:
        """Whether it can still be granted."""
        return not self.is_decided and timezone.now() < self.expires_at
