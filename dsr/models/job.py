"""What the worker has to do next. These rows are the truth; the queue only says that it is worth looking."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsr.models.case import Case
from dsr.models.user import User


class JobKind(models.TextChoices):
    SEARCH = "search", _("Searching SegMetrics")
    PREPARE = "prepare", _("Making the export and the evidence")
    ERASE = "erase", _("Deleting and checking")
    CERTIFY = "certify", _("Making the certificate")
    CHANGE = "change", _("Changing and checking")


class Doing(models.TextChoices):
    """What a run does just now. The code is stored, and beside it the id of what it does that with."""

    CHECKING_CONNECTION = "checking_connection", _("Checking the connection")
    LOOKING_UP = "looking_up", _("Looking up identifiers")
    LOOKING_THROUGH = "looking_through", _("Looking through the report for others with the same e-mail")
    READING = "reading", _("Reading contact %(id)s")
    EXPORTING = "exporting", _("Writing the export")
    DRAWING_EVIDENCE = "drawing_evidence", _("Drawing the evidence")
    CHECKING_APPROVAL = "checking_approval", _("Checking the approval")
    COMPARING = "comparing", _("Comparing contact %(id)s with what was approved")
    EXPORTING_NEWER = "exporting_newer", _("Exporting what came since")
    DELETING_INVOICE = "deleting_invoice", _("Deleting invoice %(id)s")
    DELETING_SUBSCRIPTION = "deleting_subscription", _("Deleting subscription %(id)s")
    DELETING_CONTACT = "deleting_contact", _("Deleting contact %(id)s")
    CHANGING_CONTACT = "changing_contact", _("Changing contact %(id)s")
    LOOKING_AGAIN = "looking_again", _("Looking every identifier up again")
    LOOKING_AFTER_RESTORE = "looking_after_restore", _("Looking contact %(id)s up again")
    DRAWING_CERTIFICATE = "drawing_certificate", _("Drawing the certificate")


class JobStatus(models.TextChoices):
    DUE = "due", _("Waiting for the worker")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    STOPPED = "stopped", _("Stopped")


class Job(models.Model):
    """One piece of work for one case. A run claims it by a conditional UPDATE and counts itself before it begins."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="jobs")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    """On whose behalf it calls SegMetrics; nobody for a job that an older version began."""
    kind = models.CharField(max_length=20, choices=JobKind.choices)
    status = models.CharField(max_length=10, choices=JobStatus.choices, default=JobStatus.DUE)
    attempts = models.PositiveIntegerField(default=0)
    """Runs since the last progress: a killed one counts too."""
    round = models.PositiveIntegerField(default=0)
    """How many times the deletion was looked up and something still answered."""
    next_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    enqueued_at = models.DateTimeField(null=True)
    last_problem = models.CharField(max_length=30, blank=True)
    doing = models.CharField(max_length=200, blank=True)
    """What it does right now: one of `Doing`."""
    doing_with = models.CharField(max_length=200, blank=True, default="")
    """The vendor's id of what it does that with."""
    progress = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(status__in=["due", "running"]),
                name="one_live_job_per_case",
            )
        ]
        indexes = [models.Index(fields=["status", "next_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_live(self) -> bool:
        return self.status in {JobStatus.DUE, JobStatus.RUNNING}

    @property
    def words(self) -> str:
        """What it does right now, in the language of whoever reads it."""
        if self.doing not in Doing.values:
            return str(self.get_kind_display())
        return str(Doing(self.doing).label) % {"id": self.doing_with}


class Heartbeat(models.Model):
    """When a worker last ran a task."""

    worker = models.CharField(max_length=100, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.worker
