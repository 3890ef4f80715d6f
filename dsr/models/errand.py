"""Work beside the path of a case: a letter to send, a record to draw, a package, a report,
requests to file. None moves a case.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsr.models.case import Case


class ErrandKind(models.TextChoices):
    """What `Errand.target` is the number of stands behind each."""

    LETTER = "letter", _("Sending a letter")  # an outgoing letter
    CLOSING_RECORD = "closing_record", _("Drawing the record of how it ended")  # a case
    PACKAGE = "package", _("Making the access package")  # a case
    REPORT = "report", _("Drawing a report")  # a report
    WEBHOOK = "webhook", _("Telling another program")  # a delivery to a webhook
    IMPACT = "impact", _("Reading the totals of all contacts")  # a plan
    FILING = "filing", _("Filing many requests")  # a batch of them
    DRY_RUN = "dry_run", _("Looking ahead at what would be deleted")  # a dry run


class ErrandStatus(models.TextChoices):
    DUE = "due", _("Waiting for the worker")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


LIVE_ERRAND = frozenset({ErrandStatus.DUE, ErrandStatus.RUNNING})
"""The worker has it before it, or is at it."""


class Errand(models.Model):
    """An act and the telling of it are two facts: an errand that fails is shown and tried again alone."""

    kind = models.CharField(max_length=20, choices=ErrandKind.choices)
    target = models.PositiveBigIntegerField()
    case = models.ForeignKey(Case, on_delete=models.CASCADE, null=True, related_name="errands")
    status = models.CharField(max_length=10, choices=ErrandStatus.choices, default=ErrandStatus.DUE)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    enqueued_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=40, blank=True)
    """A code for why the last attempt failed, without personal data."""
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "target"],
                condition=models.Q(status__in=["due", "running"]),
                name="one_live_errand_per_target",
            )
        ]
        indexes = [models.Index(fields=["status", "next_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_live(self) -> bool:
        return self.status in LIVE_ERRAND

    @staticmethod
    def live_of(kind: ErrandKind, target: int) -> models.QuerySet[Errand]:
        """The one for this target that isn't over, if there is one."""
        return Errand.objects.filter(kind=kind, target=target, status__in=LIVE_ERRAND)
