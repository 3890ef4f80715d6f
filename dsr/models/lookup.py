"""What was looked up, when, and what answered: before the decision and after the deletion."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsr.models.case import Case, Identifier
from dsr.models.plan import Plan


class Phase(models.TextChoices):
    SEARCH = "search", _("Search")
    VERIFY = "verify", _("After the deletion")


class Answer(models.TextChoices):
    NOTHING = "nothing", _("Nothing answers")
    FOUND = "found", _("A contact answers")
    KEPT = "kept", _("The contact that was kept answers")
    INCONCLUSIVE = "inconclusive", _("A contact that was ruled out answers, and may hide another")
    STILL_THERE = "still_there", _("What was deleted still answers")


class Lookup(models.Model):
    """One lookup of one identifier (or of one contact id of the plan, where `identifier` is empty)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="lookups")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, related_name="lookups")
    phase = models.CharField(max_length=10, choices=Phase.choices)
    round = models.PositiveIntegerField()
    identifier = models.ForeignKey(Identifier, on_delete=models.PROTECT, null=True, related_name="lookups")
    contact_id = models.CharField(max_length=255, blank=True)
    """The contact id that was looked up, where it wasn't an identifier."""
    answer = models.CharField(max_length=20, choices=Answer.choices)
    answered_by = models.JSONField(default=list, blank=True)
    """Contact ids."""
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.phase} {self.round} of case {self.case_id}"
