"""Files of a case: letters, exports, evidence, certificates. Their bytes stand encrypted in the data directory."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsr.models.case import Case
from dsr.models.user import User

_ENDINGS = {"application/zip": "zip", "image/png": "png", "image/jpeg": "jpg", "text/plain": "txt"}


class DocumentKind(models.TextChoices):
    LETTER = "letter", _("Original letter")
    ATTACHMENT = "attachment", _("Attachment")
    PROOF = "proof", _("Proof of identity")
    EXPORT = "export", _("Export")
    SUPPLEMENT = "supplement", _("Supplementary export")
    EVIDENCE = "evidence", _("Evidence")
    CERTIFICATE = "certificate", _("Certificate")
    PACKAGE = "package", _("Access package")
    OUTGOING = "outgoing", _("Letter to be sent")
    REFUSAL = "refusal", _("Record of the refusal")
    NOTHING_FOUND = "nothing_found", _("Record of an empty search")


OUTLIVING = frozenset({DocumentKind.CERTIFICATE, DocumentKind.NOTHING_FOUND})
"""They hold no personal data: they are kept after the case's key is gone, and whoever sees the case may read them."""


class Document(models.Model):
    """A finished file. The row is written only after the bytes are on disk, so a half file never counts."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=20, choices=DocumentKind.choices)
    path = models.CharField(max_length=200, unique=True)
    """Relative to the data directory; made of random characters."""
    name_sealed = models.BinaryField(default=b"")
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    """Of the plain bytes."""
    code = models.CharField(max_length=20, blank=True, default="")
    """By which anybody can ask whether this was issued here (`papercode`); what we issue has one."""
    pages = models.PositiveIntegerField(default=0)
    files = models.JSONField(default=list, blank=True)
    """An export's manifest rows: name, size, sha256."""
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    destroy_on = models.DateField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=~models.Q(code=""), name="document_code_is_unique")
        ]
        permissions = [
            ("read_contents", "Can read exports and letters in place"),
            ("download_contents", "Can download exports, letters and evidence"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def reference(self) -> str:
        """What it goes by in print: its case's."""
        return self.case.reference

    @property
    def outlives_the_key(self) -> bool:
        """Whether it holds no personal data and is kept after the case's key is gone."""
        return self.kind in OUTLIVING

    @property
    def file_name(self) -> str:
        """A name for the download: an uploaded letter or attachment keeps its own, ours are named by reference."""
        if self.kind in {DocumentKind.LETTER, DocumentKind.ATTACHMENT}:
            return self.case.unseal(self.name_sealed, field="document_name")
        ending = _ENDINGS.get(self.content_type, "pdf")
        return f"{self.case.reference}-{self.kind}-{self.pk}.{ending}"
