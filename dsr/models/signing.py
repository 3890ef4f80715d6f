"""The key of this installation, with which documents are signed where the organisation has given none of its own."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from dsr import masterkey, seal

_ONLY = 1
CONTEXT = "signing-key"


class SigningKey(models.Model):
    """One row, made at its first use. The private key is wrapped by the master key; the certificate is public."""

    wrapped = models.BinaryField()
    certificate = models.TextField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return "signing key"

    @classmethod
    def open(cls) -> seal.Seal:
        """The key and its certificate."""
        row = cls.objects.filter(pk=_ONLY).first()
        if row is None:
            now = timezone.now()
            made = seal.make(settings.ENV.organisation, now=now)
            row, _created = cls.objects.get_or_create(
                pk=_ONLY,
                defaults={
                    "wrapped": masterkey.wrap(made.key, context=CONTEXT),
                    "certificate": made.certificates.decode(),
                    "made_at": now,
                },
            )
        return seal.Seal(
            key=masterkey.unwrap(row.wrapped, context=CONTEXT),
            certificates=row.certificate.encode(),
            self_made=True,
        )
