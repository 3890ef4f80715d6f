"""The key of what outlives the cases' keys."""

from __future__ import annotations

from django.db import models

from dsr import crypto, masterkey

_ONLY = 1
CONTEXT = "archive-key"


class ArchiveKey(models.Model):
    """One row: the key of the certificates, wrapped by the master key, so that a rotation need not touch the files."""

    wrapped = models.BinaryField()

    def __str__(self) -> str:
        return "archive key"

    @classmethod
    def open(cls) -> bytes:
        """The key; made at its first use."""
        row, _created = cls.objects.get_or_create(
            pk=_ONLY, defaults={"wrapped": masterkey.wrap(crypto.new_key(), context=CONTEXT)}
        )
        return masterkey.unwrap(row.wrapped, context=CONTEXT)
