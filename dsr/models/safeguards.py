"""How strict this installation is. One row; only `services/safeguards.py` writes it."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

ALL_ROLES = ("Privacy officer", "Approver", "Auditor", "Administrator")


def _mfa_roles() -> list[str]:
    return list(ALL_ROLES) if settings.ENV.is_production else []


class Safeguards(models.Model):
    """The settings that protect against an insider. Strict from the start; weakening one takes two administrators."""

    cooling_off_minutes = models.PositiveIntegerField(
        _("minutes between approval and deletion"),
        validators=[MaxValueValidator(7 * 24 * 60)],
        help_text=_("In this time the approver or anybody who worked on the case can still stop the deletion."),
    )
    approvals_per_day = models.PositiveIntegerField(
        _("approvals a day for each person"),
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
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

    @classmethod
    def current(cls) -> Safeguards:
        """The row; made on first use: 60 minutes and 20 approvals, and no waiting outside production."""
        strict = settings.ENV.is_production
        row, _created = cls.objects.get_or_create(
            pk=1,
            defaults={"cooling_off_minutes": 60 if strict else 0, "approvals_per_day": 20 if strict else 1000},
        )
        return row
