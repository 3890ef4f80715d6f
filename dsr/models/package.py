"""What an access package was made from, so that it is known when another one is due."""

from __future__ import annotations

from django.db import models

from dsr.models.document import Document


class Package(models.Model):
    """Beside the document: a package is current as long as it would be made from the same things again."""

    document = models.OneToOneField(Document, on_delete=models.CASCADE, related_name="package")
    basis = models.CharField(max_length=64)
    """A digest, under the case's key, of the export, of what is left out, of what is told, and of the language."""

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"package {self.document_id}"
