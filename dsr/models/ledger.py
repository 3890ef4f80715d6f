"""What the database knows of the ledger, and what the ledger told it after a restore."""

from __future__ import annotations

from django.db import models

from dsr.models.case import Case
from dsr.models.plan import ObjectKind


class LedgerMark(models.Model):
    """One row: the newest line that this database knows. A ledger without it is another one, or was cut off.

    In a restored database it says which lines are newer than the backup.
    """

    number = models.PositiveBigIntegerField()
    mac = models.CharField(max_length=64)

    class Meta:
        constraints = [models.CheckConstraint(name="ledger_mark_one_row", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return f"line {self.number}"


class ErasedBefore(models.Model):
    """A deletion that this case began before the database was restored to an earlier state: known from the ledger.

    From it on the case ends with a certificate and in no other way, as after any attempted deletion.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="erased_before")
    line = models.PositiveBigIntegerField()
    """The ledger's line."""
    contact_id = models.CharField(max_length=255)
    integration_id = models.CharField(max_length=64)
    object = models.CharField(max_length=20, choices=ObjectKind.choices)
    object_id = models.CharField(max_length=255)
    begun_at = models.DateTimeField()
    is_certified = models.BooleanField(default=False)
    """Whether the ledger also says that a certificate was issued: then it was looked up again at that time."""
    record = models.JSONField(default=dict)
    """The lost plan's references and digests: number, fingerprint, preparer, approver, files; and what it kept."""

    class Meta:
        ordering = ["line", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "integration_id", "object", "object_id"], name="erased_before_once_per_object"
            )
        ]

    def __str__(self) -> str:
        return f"{self.object} {self.object_id}, line {self.line}"
