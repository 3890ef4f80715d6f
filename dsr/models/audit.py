"""The audit log's table, and the sealed reasons that stand beside it."""

from __future__ import annotations

from django.db import models

from dsr.models.case import Case


class AuditEntry(models.Model):
    """One entry of the chain; written by `dsr.audit.record` alone. Triggers refuse UPDATE and DELETE."""

    sequence = models.BigIntegerField(primary_key=True)
    at = models.CharField(max_length=32)
    """ISO 8601 in UTC, as text: the hash covers these very characters."""
    case = models.CharField(max_length=20, blank=True, db_index=True)
    """The case's reference; no foreign key, so that the log outlives every purge."""
    actor = models.CharField(max_length=20)
    """A staff reference, or `worker`."""
    verb = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    """Ids, counts, digests and codes. No names, addresses or free text."""
    reason_digest = models.CharField(max_length=64, blank=True)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["sequence"]

    def __str__(self) -> str:
        return f"{self.sequence} {self.verb}"


class Reason(models.Model):
    """A person's words for an audit entry, sealed under the case's key; the log holds their keyed digest."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reasons")
    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, primary_key=True, related_name="reason")
    text_sealed = models.BinaryField()

    def __str__(self) -> str:
        return f"reason of {self.entry_id}"

    @property
    def text(self) -> str:
        return self.case.unseal(self.text_sealed, field="reason")
