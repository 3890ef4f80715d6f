"""A connected SegMetrics account and its integrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator, URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from dsr.actions import reads

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from dsr.models.case import Case
    from dsr.models.catalogue import SentProduct
    from dsr.models.credential import Credential

VENDOR_ID = RegexValidator(r"^[A-Za-z0-9_-]{1,64}\Z", _("Letters, digits, “-” and “_” only."))

BASE_URL = URLValidator(schemes=["https", "http"])


class Environment(models.TextChoices):
    PRODUCTION = "production", _("production")
    STAGING = "staging", _("staging")


class Connection(models.Model):
    """One account at SegMetrics. Any edit raises `revision`, which voids the approvals given under the old one."""

    integrations: RelatedManager[Integration]
    cases: RelatedManager[Case]
    credentials: RelatedManager[Credential]
    sent_products: RelatedManager[SentProduct]

    name = models.CharField(_("name"), max_length=100, unique=True)
    environment = models.CharField(
        _("environment"),
        max_length=12,
        choices=Environment.choices,
        default=Environment.PRODUCTION,
        help_text=_("Staging holds test data; the word stands beside the name wherever the connection is named."),
    )
    contact = models.CharField(
        _("contact for questions"),
        max_length=200,
        blank=True,
        help_text=_("Who in your organisation knows about this account: a name, an e-mail address, a team."),
    )
    account_id = models.CharField(_("account id"), max_length=64, validators=[VENDOR_ID])
    import_url = models.CharField(
        _("import address"),
        default="https://import.segmetrics.io/api/v1",
        max_length=200,
        validators=[BASE_URL],
        help_text=_("Where SegMetrics takes changes and deletions."),
    )
    read_url = models.CharField(
        _("reporting address"),
        default="https://api.segmetrics.io",
        max_length=200,
        validators=[BASE_URL],
        help_text=_("Where SegMetrics is asked what it holds."),
    )
    rate_per_minute = models.PositiveIntegerField(
        _("calls a minute"),
        default=60,
        validators=[MinValueValidator(60), MaxValueValidator(60_000)],
        help_text=_("SegMetrics publishes no limit; 60 is careful, and the least with which a job ends in time."),
    )
    ids_unique_in_account = models.BooleanField(_("ids are unique in the account"), default=False, editable=False)
    """Given by two administrators, for this account only: without it a person decides on each line of a plan in several
    integrations, where the same number may be somebody else's."""
    report_days = models.PositiveIntegerField(
        _("days to look back in reports"), default=365, validators=[MaxValueValidator(3650)]
    )
    report_pages = models.PositiveIntegerField(
        _("report pages to look through"),
        default=20,
        validators=[MaxValueValidator(500)],
        help_text=_("A lookup by e-mail names one contact only; the report may show others with the same e-mail."),
    )
    is_active = models.BooleanField(_("in use"), default=True)
    may_delete = models.BooleanField(_("may delete"), default=False, editable=False)
    """Given by two administrators; for this account at these addresses only."""
    granted = models.JSONField(default=reads, editable=False)
    """The actions (`dsr.actions.Action`) that it may make beside deleting."""
    switched_off_at = models.DateTimeField(null=True, editable=False)
    """When a restore took away all but reading, until an administrator has said anew what it may do."""
    personal_deletes = models.BooleanField(
        _("deletions are signed by the approver"),
        default=False,
        help_text=_("Each approver connects an account of their own, and what they approve is deleted in its name."),
    )
    revision = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.shown

    @property
    def shown(self) -> str:
        """Its name; with the word beside it where it isn't the real thing."""
        return f"{self.name} ({self.get_environment_display()})" if self.is_staging else self.name

    @property
    def place(self) -> str:
        """Which account, and where: what a credential is given for."""
        return f"{self.account_id} {self.read_url} {self.import_url}"

    @property
    def is_staging(self) -> bool:
        return self.environment == Environment.STAGING


class Integration(models.Model):
    """An integration of the account: a shop, a course platform. Contacts are deleted in each one by itself."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="integrations")
    integration_id = models.CharField(_("integration id"), max_length=64, validators=[VENDOR_ID])
    label = models.CharField(_("what it is"), max_length=100, help_text=_("For example “Webshop”."))

    class Meta:
        verbose_name = _("integration")
        verbose_name_plural = _("integrations")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "integration_id"], name="integration_once_per_connection")
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.integration_id})"
