"""The hand-over of an access package: the link for one person, and what is left out of it (Art. 15(4))."""

from __future__ import annotations

from typing import Any

from django.db import models

from dsr.models.case import Case
from dsr.models.document import Document
from dsr.models.user import User

TRIES = 5
"""Wrong codes that a link bears."""
MOST_DOWNLOADS = 10
"""Downloads of a link, the broken-off ones included."""


class HandOver(models.Model):
    """A link that gives one package to whoever knows its code too. Neither of the two can be read from here."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="hand_overs")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    token_digest = models.CharField(max_length=64, unique=True)
    """Keyed; the token itself stands in the link alone."""
    code_digest = models.CharField(max_length=64)
    """Keyed, and over the token too: without the link nobody can try codes against it, not even with our keys."""
    expires_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField(default=TRIES)
    downloads = models.PositiveSmallIntegerField(default=0)
    """How many were begun."""
    sent_in_full = models.PositiveSmallIntegerField(default=0)
    """Of how many every byte was handed to the network."""
    sent_at = models.DateTimeField(null=True)
    """When that was so for the first time."""
    revoked_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(revoked_at=None), name="one_link_in_force_per_case"
            )
        ]

    def __str__(self) -> str:
        return f"link {self.pk} of case {self.case_id}"


class Redaction(models.Model):
    """Another person's data that is left out of the package; the encrypted export keeps it.

    What and why is sealed as one value: `contact_id`, `path`, `text` and `reason` of `exports.redaction.Redaction`.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="redactions")
    content_sealed = models.BinaryField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"redaction {self.pk} of case {self.case_id}"

    @property
    def content(self) -> dict[str, Any]:
        content: dict[str, Any] = self.case.unseal_json(self.content_sealed, field="redaction")
        return content
