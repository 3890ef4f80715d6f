"""The second person's approval of exactly one plan."""

from __future__ import annotations

from django.db import models

from dsr.models.case import Case
from dsr.models.plan import Plan
from dsr.models.user import User


class Approval(models.Model):
    """Bound to the plan's fingerprint. A trigger refuses one by somebody who had a hand in the case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="approvals")
    plan = models.OneToOneField(Plan, on_delete=models.PROTECT, related_name="approval")
    approver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="approvals")
    fingerprint = models.CharField(max_length=64)
    account_digest = models.CharField(max_length=64)
    """Of the account and its addresses alone: all that must still be the same once everything is deleted."""
    approved_at = models.DateTimeField()
    deletes_from = models.DateTimeField()
    """The end of the cooling-off: nothing is deleted before. Fixed with the approval, whatever is set later."""
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="deletion_not_before_its_approval", condition=models.Q(deletes_from__gte=models.F("approved_at"))
            )
        ]

    def __str__(self) -> str:
        return f"approval of {self.plan}"
