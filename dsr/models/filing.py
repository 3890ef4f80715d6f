"""Requests filed many at once, from a table: the file, and its rows until each is filed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from dsr import crypto, masterkey
from dsr.exceptions import KeyDestroyed
from dsr.models.case import Case
from dsr.models.connection import Connection
from dsr.models.user import User

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

Cells = dict[str, str]
"""What stood in a row, by the column's name."""


class FilingStage(models.TextChoices):
    PREVIEW = "preview", _("Looked at, nothing filed yet")
    FILING = "filing", _("Being filed")
    STOPPED = "stopped", _("Stopped")
    FINISHED = "finished", _("Finished")


class FilingEnd(models.TextChoices):
    """Why the rows were destroyed."""

    THROWN_AWAY = "thrown_away", _("Thrown away")
    EXPIRED = "expired", _("Removed after seven days")


class FilingBatch(models.Model):
    """A file of requests that was uploaded. The file itself isn't kept: its rows are, sealed under this batch's key."""

    rows: RelatedManager[FilingRow]

    reference = models.CharField(max_length=20, unique=True)
    """What the audit log calls it. Random: after a restore a number would be given a second time."""
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    stage = models.CharField(max_length=10, choices=FilingStage.choices, default=FilingStage.PREVIEW)
    why_stopped = models.CharField(max_length=20, blank=True, default="")
    """A code where the worker stopped by itself; empty where a person did."""
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    """Who had it filed, or go on, last: each case is filed in this person's name."""
    filers = models.ManyToManyField(User, related_name="+")
    """Everybody who had it filed, or go on, so far: they chose about its rows, each in turn."""
    newest_case = models.PositiveBigIntegerField(default=0)
    """The number of the newest case when it was decided what to file: what came later was seen by nobody."""
    key_wrapped = models.BinaryField(default=b"")
    """The key of its rows, wrapped by the master key; empty once no row has contents any more."""
    ended = models.CharField(max_length=15, choices=FilingEnd.choices, blank=True, default="")
    ended_at = models.DateTimeField(null=True)
    """When its rows were destroyed. What stays holds nothing of a person."""
    counts = models.JSONField(default=dict)
    """How many rows there were of each status; written when the rows are destroyed."""

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None

    @cached_property
    def data_key(self) -> bytes:
        """Raises `KeyDestroyed` once it is gone."""
        if not self.key_wrapped:
            raise KeyDestroyed(_("The contents of this file were destroyed."))
        return masterkey.unwrap(self.key_wrapped, context=filing_key_context(self))


def filing_key_context(batch: FilingBatch) -> str:
    """Where a batch's wrapped key belongs."""
    return f"filing-key:{batch.reference}"


class RowStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    FILED = "filed", _("Filed")
    LEFT_OUT = "left_out", _("Left out")
    FAILED = "failed", _("Not filed")


class FilingRow(models.Model):
    """A row of the file. Its contents are emptied in the transaction that files it."""

    batch = models.ForeignKey(FilingBatch, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    """As a spreadsheet counts: the heading is row 1."""
    content_sealed = models.BinaryField(default=b"")
    status = models.CharField(max_length=10, choices=RowStatus.choices, default=RowStatus.WAITING)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="filing_rows")

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="filing_row_once_per_batch"),
            models.UniqueConstraint(fields=["case"], name="filing_row_once_per_case"),
            models.CheckConstraint(
                name="filing_row_has_its_case",
                condition=models.Q(status="filed", case__isnull=False)
                | (~models.Q(status="filed") & models.Q(case=None)),
            ),
        ]
        indexes = [models.Index(fields=["batch", "status", "number"])]

    def __str__(self) -> str:
        return f"row {self.number} of {self.batch_id}"

    def seal(self, cells: Cells) -> None:
        """Take these contents, encrypted."""
        plain = json.dumps(cells, ensure_ascii=False).encode()
        self.content_sealed = crypto.seal(self.batch.data_key, plain, context=self._context)

    @property
    def cells(self) -> Cells:
        """What stood in the row; nothing once it is filed or left out."""
        if not self.content_sealed:
            return {}
        opened: Cells = json.loads(crypto.unseal(self.batch.data_key, self.content_sealed, context=self._context))
        return opened

    @property
    def _context(self) -> str:
        return f"filing-row:{self.batch.reference}:{self.number}"
