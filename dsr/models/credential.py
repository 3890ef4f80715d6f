"""What calls are signed with: an API key, or the token of an OAuth sign-in. Sealed, and never shown again."""

from __future__ import annotations

import json
from typing import ClassVar

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dsr import masterkey
from dsr.models.connection import Connection
from dsr.models.user import User


class CredentialKind(models.TextChoices):
    API_KEY = "api_key", _("API key")
    OAUTH = "oauth", _("OAuth sign-in")


class CredentialStatus(models.TextChoices):
    NEW = "new", _("not tried yet")
    WORKING = "working", _("in use")
    RETIRED = "retired", _("ended")


LIVE = (CredentialStatus.NEW, CredentialStatus.WORKING)
_CONTEXTS = {CredentialKind.API_KEY: "connection-key", CredentialKind.OAUTH: "connection-token"}


class Credential(models.Model):
    """One of a connection's credentials, or one person's own for it. At most one is new, and one in use.

    A new one is tried first, and the one in use stays until it has worked. Where it ends, its secret is destroyed and
    the row stays: who gave it, when, and until when it was used.
    """

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="credentials")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="credentials")
    """Whose own it is; nobody's where the connection is signed with it for everybody."""
    kind = models.CharField(max_length=10, choices=CredentialKind.choices)
    status = models.CharField(max_length=10, choices=CredentialStatus.choices, default=CredentialStatus.NEW)
    secret_sealed = models.BinaryField(editable=False, default=b"")
    expires_at = models.DateTimeField(null=True)
    """When the access token ends; it is renewed before."""
    generation = models.PositiveIntegerField(default=1)
    """Raised by each renewal, so that of two who renew the same token one has come too late."""
    renewing_until = models.DateTimeField(null=True)
    """The lease of whoever renews it right now."""
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    worked_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    """When SegMetrics refused it last, unless it has worked since."""
    retired_at = models.DateTimeField(null=True)
    ended_there = models.BooleanField(null=True)
    """Of one that ended: whether SegMetrics took that it is over. None while it is live; a key is withdrawn by hand."""

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["connection", "status"],
                condition=Q(user=None, status__in=["new", "working"]),
                name="one_shared_credential_of_each_status",
            ),
            models.UniqueConstraint(
                fields=["connection", "user", "status"],
                condition=Q(user__isnull=False, status__in=["new", "working"]),
                name="one_own_credential_of_each_status",
            ),
            models.CheckConstraint(
                condition=~Q(status="retired") | Q(secret_sealed=b""), name="an_ended_credential_has_no_secret"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @staticmethod
    def live_of(connection: Connection, user: User | None) -> list[Credential]:
        """In the order in which they are tried: new, in use, new but refused before."""

        def place(row: Credential) -> int:
            if row.status == CredentialStatus.WORKING:
                return 1
            return 2 if row.refused_at else 0

        live = Credential.objects.filter(connection=connection, user=user, status__in=LIVE)
        return sorted(live.order_by(), key=place)  # at most one of each status

    @staticmethod
    def retire(rows: QuerySet[Credential]) -> list[int]:
        """End these: the secret is destroyed, the row stays. Returns which. Inside a transaction."""
        ended = list(rows.filter(status__in=LIVE).values_list("pk", flat=True))
        Credential.objects.filter(pk__in=ended).update(
            status=CredentialStatus.RETIRED,
            secret_sealed=b"",
            renewing_until=None,
            retired_at=timezone.now(),
            ended_there=False,
        )
        return ended

    @property
    def context(self) -> str:
        """What its secret is sealed for."""
        return _CONTEXTS[CredentialKind(self.kind)]

    def seal_key(self, api_key: str) -> None:
        """Put an API key under the master key."""
        self.secret_sealed = masterkey.wrap(api_key.encode(), context=self.context)

    def open_key(self) -> str:
        """The API key, for a call. Raises `Unreadable` when the master key is another one."""
        return masterkey.unwrap(self.secret_sealed, context=self.context).decode()

    def seal_tokens(self, *, access: str, refresh: str) -> None:
        """Put both tokens under the master key."""
        pair = json.dumps({"access": access, "refresh": refresh}).encode()
        self.secret_sealed = masterkey.wrap(pair, context=self.context)

    def open_tokens(self) -> tuple[str, str]:
        """The access and the refresh token. Raises `Unreadable`."""
        pair = json.loads(masterkey.unwrap(self.secret_sealed, context=self.context))
        return pair["access"], pair["refresh"]
