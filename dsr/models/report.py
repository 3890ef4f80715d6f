"""Reports that were asked for: figures of a period, or the register of connections, as signed PDFs."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsr.languages import LANGUAGES
from dsr.models.user import User
from dsr.periods import Period


class ReportKind(models.TextChoices):
    """The values are those of the records' schemas."""

    REPORT = "report", _("Report on requests")
    REGISTER = "register", _("Record of processing activities (Art. 30(1))")


class Report(models.Model):
    """One that was asked for. The worker draws it once; how far that is stands in its errand. Names no data subject.

    Its file is of no case, and stands encrypted under the archive's key beside the certificates.
    """

    reference = models.CharField(max_length=20, unique=True)
    """What stands on it, and in the audit log. Random: after a restore a number would be given a second time."""
    kind = models.CharField(max_length=20, choices=ReportKind.choices)
    start = models.DateField(null=True)
    end = models.DateField(null=True)
    language = models.CharField(max_length=5, choices=list(LANGUAGES.items()))
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    path = models.CharField(max_length=200, blank=True, default="")
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    code = models.CharField(max_length=20, blank=True, default="")
    pages = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(null=True)
    """When the file was made; empty until then."""

    content_type = "application/pdf"
    destroyed_at = None
    """Nothing in it is personal to a data subject, so no retention ends it."""

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=~models.Q(code=""), name="report_code_is_unique"),
            models.UniqueConstraint(fields=["path"], condition=~models.Q(path=""), name="report_path_is_unique"),
            models.CheckConstraint(
                name="report_has_its_period",
                condition=models.Q(kind="report", start__isnull=False, end__gte=models.F("start"))
                | models.Q(kind="register", start=None, end=None),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def period(self) -> Period | None:
        return Period(self.start, self.end) if self.start and self.end else None

    @property
    def is_made(self) -> bool:
        return bool(self.path)

    @property
    def file_name(self) -> str:
        return f"{self.reference}-{self.kind}.pdf"
