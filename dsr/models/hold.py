"""Legal holds: what is held is neither erased nor destroyed until two persons have lifted the hold."""

from __future__ import annotations

from django.db import models

from dsr.models.case import Case
from dsr.models.user import User


class LegalHold(models.Model):
    """Placed on the data subject of a case, with a reason; it binds every case about the same person.

    A trigger refuses a row that is lifted by whoever asked for it, that is removed, or whose past is changed.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="holds")
    reason_sealed = models.BinaryField()
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    """Empty only where a restore has put the hold back and lost the account of whoever placed it."""
    placed_at = models.DateTimeField()
    """To the microsecond; with the case it is the hold's name in the ledger. A trigger keeps it."""
    lift_reason_sealed = models.BinaryField(default=b"")
    lift_asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    lift_asked_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="hold_lifted_by_two_persons",
                # Each person is asked for by itself: a comparison with NULL is neither true nor false, and passes.
                condition=models.Q(lifted_at=None, lifted_by=None)
                | models.Q(
                    lifted_at__isnull=False,
                    lifted_by__isnull=False,
                    lift_asked_by__isnull=False,
                    lift_asked_at__isnull=False,
                )
                & ~models.Q(lifted_by=models.F("lift_asked_by")),
            ),
            models.CheckConstraint(
                name="hold_lift_names_who_asked",
                condition=models.Q(lift_asked_at=None, lift_asked_by=None)
                | models.Q(lift_asked_at__isnull=False, lift_asked_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk} on case {self.case_id}"

    @property
    def reason(self) -> str:
        return self.case.unseal(self.reason_sealed, field="hold")

    @property
    def lift_reason(self) -> str:
        return self.case.unseal(self.lift_reason_sealed, field="hold_lift")

    @property
    def is_lifted(self) -> bool:
        return self.lifted_at is not None
