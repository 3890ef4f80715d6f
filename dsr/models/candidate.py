"""A contact that a search found, and what a person decided about it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsr.models.case import Case
from dsr.models.user import User


class Decision(models.TextChoices):
    UNDECIDED = "", _("Not decided")
    SAME_PERSON = "same_person", _("Same person")
    OTHER_PERSON = "other_person", _("Other person")


class Candidate(models.Model):
    """A contact as it was seen. The same id with another identity is another candidate: nothing is carried over.

    Of one contact only the newest word stands: a decision takes back those made otherwise on how it looked before.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="candidates")
    contact_id = models.CharField(max_length=255)
    identity_digest = models.CharField(max_length=64)
    """Keyed digest of the fields that say who it is (name, email, created)."""
    holdings_digest = models.CharField(max_length=64)
    """Keyed digest of the sets of order and subscription ids."""
    summary_sealed = models.BinaryField()
    """What tells two people apart; see `connectors.segmetrics.Summary`."""
    found_by = models.JSONField(default=list)
    """Primary keys of the identifiers that led here, and "report" where the report did."""
    seen_at = models.DateTimeField()
    superseded = models.BooleanField(default=False)
    """A later search no longer saw it like this."""
    decision = models.CharField(max_length=20, choices=Decision.choices, default=Decision.UNDECIDED, blank=True)
    reason_sealed = models.BinaryField(default=b"")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["contact_id"], name="candidate_contact")]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "contact_id", "identity_digest"], name="candidate_once_per_identity"
            ),
            models.CheckConstraint(
                name="decision_names_its_person",
                condition=models.Q(decision="") | models.Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"contact {self.contact_id}"

    @property
    def summary(self) -> dict[str, Any]:
        """What was seen; empty once the contents of the case are destroyed."""
        return self.case.unseal_json(self.summary_sealed, field="candidate") or {}

    @property
    def reason(self) -> str:
        return self.case.unseal(self.reason_sealed, field="candidate_reason")

    @property
    def is_same_person(self) -> bool:
        return self.decision == Decision.SAME_PERSON
