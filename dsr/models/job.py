"""What the worker has to do next. These rows are the truth; the queue only says that it is worth looking."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsr.models.case import Case


class JobKind(models.TextChoices):
    SEARCH = "search", _("Searching SegMetrics")
    PREPARE = "prepare", _("Making the export and the evidence")
    ERASE = "erase", _("Deleting and checking")


class JobStatus(models.TextChoices):
    DUE = "due", _("Waiting for the worker")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    STOPPED = "stopped", _("Stopped")


class Job(models.Model):
    """One piece of work for one case. A run claims it by a conditional UPDATE and counts itself before it begins."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="jobs")
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
    """What it does right now, without personal data."""
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


class Heartbeat(models.Model):
    """When a worker last ran a task."""

    worker = models.CharField(max_length=100, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.worker
