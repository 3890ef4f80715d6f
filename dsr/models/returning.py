"""People who were erased and are seen in SegMetrics again."""

from __future__ import annotations

from django.db import models

from dsr.models.case import Case
from dsr.models.connection import Connection
from dsr.models.user import User


class ReturnWatch(models.Model):
    """How far one account's leads were looked through for people who were erased. Counts and days only.

    A walk through the leads between two days takes as many looks as it needs.
    """

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, primary_key=True, related_name="watch")
    looked_at = models.DateTimeField(null=True)
    looked_from = models.DateField(null=True)
    looked_until = models.DateField(null=True)
    """The walk's days, both included."""
    next_page = models.PositiveIntegerField(default=1)
    """Where the walk goes on; 1 where a new one begins."""
    count = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    """How many leads of the walk were looked at, and how many there are."""
    complete_until = models.DateField(null=True)
    """Up to this day all leads were looked at."""
    problem = models.CharField(max_length=40, blank=True)
    """A code for why the last look broke off."""

    def __str__(self) -> str:
        return f"watch of connection {self.connection_id}"


class Returned(models.Model):
    """A contact that carries an e-mail address of a person who was erased. A person decides what it means."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="returned")
    contact_id = models.CharField(max_length=255)
    seen_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    follow_up = models.ForeignKey(Case, on_delete=models.SET_NULL, null=True, related_name="follows")
    """The request that was filed for it; empty where it was found to need none."""

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["case", "contact_id"], name="returned_once_per_contact")]

    def __str__(self) -> str:
        return f"contact {self.contact_id} of case {self.case_id}"
