"""How fast an account is called, whoever calls it, and what keeps a connection from being called at all."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsr.models.connection import Connection
from dsr.models.user import User


class Pace(models.Model):
    """One row for each account at SegMetrics, shared by every process on every machine. Its times are the database's.

    Written by `connectors/pacing.py` alone.
    """

    account = models.CharField(max_length=500, primary_key=True)
    """Both addresses and the account id: two connections to one account share the row."""
    next_at = models.DateTimeField()
    """The first slot that nobody has leased."""
    held_until = models.DateTimeField()
    """SegMetrics asked for patience: no call before this, by anybody."""
    faults = models.PositiveIntegerField(default=0)
    """Runs in a row that ended in a fault which hits everything, without a call that worked in between."""

    def __str__(self) -> str:
        return self.account


class HaltCause(models.TextChoices):
    FAULTS = "faults", _("Faults in a row")
    PERSON = "person", _("Paused by a person")


class PauseReason(models.TextChoices):
    """Chosen, not written: nothing of a data subject can stand in it."""

    COLLECTING = "collecting", _("approvals are collected first")
    WORK_THERE = "work_there", _("something is done at SegMetrics meanwhile")
    DOUBT = "doubt", _("something looks wrong and is looked into")
    OTHER = "other", _("for another reason")


class Halt(models.Model):
    """A time in which work over a connection isn't started. Written by `services/halting.py` alone.

    Faults stop all work; a person pauses deletions and changes alone. Both may be in force at once.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="halts")
    cause = models.CharField(max_length=10, choices=HaltCause.choices)
    code = models.CharField(max_length=30, blank=True)
    """Of faults: one of `Attention`."""
    status = models.PositiveSmallIntegerField(null=True)
    """Of faults: the last answer's HTTP status; nothing where none came."""
    faults = models.PositiveIntegerField(default=0)
    reason = models.CharField(_("Why"), max_length=12, choices=PauseReason.choices, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    began_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "cause"],
                condition=models.Q(ended_at=None),
                name="one_live_halt_per_cause",
            )
        ]

    def __str__(self) -> str:
        return f"{self.cause} {self.pk}"
