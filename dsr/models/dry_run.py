"""A look ahead at a bulk run: what every case would do, and what keeps it from it. It holds codes and counts alone."""

from __future__ import annotations

from django.db import models

from dsr.models.case import Case
from dsr.models.plan import Plan
from dsr.models.user import User

STALE = "stale"
"""A problem of a case that isn't approved: the plan or the connection changed after it was prepared."""


class DryRun(models.Model):
    """One look at all cases that wait; the worker takes them one after the other."""

    started_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    """Nobody where a command looks."""
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"dry run {self.pk}"


class DryRunRow(models.Model):
    """One case of it."""

    run = models.ForeignKey(DryRun, on_delete=models.CASCADE, related_name="rows")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    is_approved = models.BooleanField()
    """Otherwise it waits for its approval."""
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, null=True, related_name="+")
    """What was looked at. Nothing before that, and where the case had no plan in force."""
    only_looks = models.BooleanField(default=False)
    """Nothing of it was left to delete: it is looked up once more and certified, which needs no approval."""
    calls = models.PositiveIntegerField(default=0)
    """How many calls to SegMetrics it makes, if nothing unexpected is found."""
    problems = models.JSONField(default=list)
    """Codes of what keeps it from being carried out."""
    checked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["run", "case"], name="case_once_per_dry_run")]

    def __str__(self) -> str:
        return f"{self.case_id} of dry run {self.run_id}"
