"""The execution log's table: the calls that were made to SegMetrics."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsr.models.connection import Connection
from dsr.models.user import User


class ExecutedCall(models.Model):
    """One attempt of one call, or one that was refused before it left. Nothing in it is personal.

    Written by `connectors/execution_log.py` alone, after the attempt. It tells what a connection was used for; what
    was deleted is in the plan's steps, which are written before their calls.
    """

    at = models.DateTimeField(_("when"), db_index=True)
    """When the attempt ended."""
    connection = models.ForeignKey(
        Connection, on_delete=models.PROTECT, null=True, related_name="calls", verbose_name=_("connection")
    )
    """None where it isn't stored: a restore looks things up over one that is newer than the backup."""
    account_id = models.CharField(max_length=64, blank=True)
    """The account of a connection that isn't stored."""
    integration_id = models.CharField(max_length=64, blank=True)
    """Of a write; a read spans the account."""
    action = models.CharField(_("action"), max_length=40)
    """As the client names it, `delete contact` for example."""
    method = models.CharField(max_length=10)
    case = models.CharField(_("request"), max_length=20, blank=True, db_index=True)
    """The case's reference; no foreign key, so that the log outlives a purge."""
    on_behalf_of = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("on behalf of")
    )
    """Nobody where the desk does it by itself, as with the watch for returns."""
    attempt = models.PositiveSmallIntegerField(_("attempt"))
    """Zero where the call was refused before it left."""
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    """Of HTTP; nothing where no answer came."""
    error = models.CharField(max_length=40, blank=True)
    """The name of the client's error; empty for a success."""
    milliseconds = models.PositiveIntegerField(_("duration"))
    request_id = models.CharField(_("request id"), max_length=80, blank=True)
    """SegMetrics' own, to be quoted to them."""

    class Meta:
        verbose_name = _("call to SegMetrics")
        verbose_name_plural = _("calls to SegMetrics")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"
