"""What documents are signed with: the key of this installation where the organisation gave none of its own, and every
certificate that was ever used."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

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


class CertificateUse(models.TextChoices):
    SIGNING = "signing", _("Signs documents")
    TIME_STAMP = "time_stamp", _("Stamped the time")


class UsedCertificate(models.Model):
    """Kept for good, so that what was signed under a former certificate is known as ours. No secret: it is public."""

    use = models.CharField(max_length=20, choices=CertificateUse.choices)
    fingerprint = models.CharField(max_length=64)
    """SHA-256, hex."""
    certificates = models.TextField()
    """PEM: the certificate, then those above it where they are at hand."""
    first_used = models.DateTimeField()
    last_used = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["use", "fingerprint"], name="certificate_once_per_use")]

    def __str__(self) -> str:
        return f"{self.use} {self.fingerprint}"

    @classmethod
    def keep(cls, use: CertificateUse, certificates: bytes) -> None:
        """Note that it is used now."""
        now, fingerprint = timezone.now(), seal.fingerprint_of(certificates)
        if not cls.objects.filter(use=use, fingerprint=fingerprint).update(last_used=now):
            new = {"certificates": certificates.decode(), "first_used": now, "last_used": now}
            cls.objects.get_or_create(use=use, fingerprint=fingerprint, defaults=new)
