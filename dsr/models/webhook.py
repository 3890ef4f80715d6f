"""Where other programs are told what becomes of requests, and each telling."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsr import masterkey
from dsr.models.case import Case
from dsr.models.user import User

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

SECRET_CONTEXT = "webhook-secret"  # noqa: S105 - where it belongs, not what it is
SECRET_BYTES = 32
URL_LENGTH = 1000
_SHOWN_OF_PATH = 8


class WebhookEvent(models.TextChoices):
    FILED = "request.filed", _("a request is filed")
    MOVED = "request.moved", _("a request moves to another state")
    ASSIGNED = "request.assigned", _("a request is given to somebody")
    OVERDUE = "request.overdue", _("a request is overdue")
    TEST = "test", _("a test")


class Webhook(models.Model):
    """An address that is told. What it is told names requests by their reference alone."""

    deliveries: RelatedManager[WebhookDelivery]

    name = models.CharField(_("name"), max_length=100)
    url = models.CharField(_("address"), max_length=URL_LENGTH)
    """Its path or query may be all that a receiver asks for: screens show `shown`."""
    events = models.JSONField(default=list)
    """Values of `WebhookEvent`."""
    is_chat = models.BooleanField(_("a chat"), default=False)
    """It gets the sentence alone: chats refuse fields that they don't know."""
    secret_sealed = models.BinaryField(editable=False)
    is_active = models.BooleanField(_("in use"), default=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def shown(self) -> str:
        """Its address as it may be seen."""
        return shown_address(self.url)

    def renew_secret(self) -> bytes:
        """Draw a new secret; the one before ends at once."""
        secret = secrets.token_bytes(SECRET_BYTES)
        self.secret_sealed = masterkey.wrap(secret, context=SECRET_CONTEXT)
        return secret

    def open_secret(self) -> bytes:
        """For a signature. Raises `Unreadable` when the master key is another one."""
        return masterkey.unwrap(self.secret_sealed, context=SECRET_CONTEXT)


def shown_address(url: str) -> str:
    """Its scheme, its host and the beginning of its path: the rest may be a secret."""
    parts = urlsplit(url)
    seen = f"{parts.scheme}://{parts.netloc}{parts.path[:_SHOWN_OF_PATH]}"
    return seen if seen == url else f"{seen}…"


class WebhookDelivery(models.Model):
    """One telling. Its errand says whether it is under way, done or failed."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, null=True, related_name="+")
    event = models.CharField(max_length=30, choices=WebhookEvent.choices)
    number = models.CharField(max_length=32, unique=True)
    """The same at each try, so that a receiver can leave out what it has already."""
    body = models.JSONField()
    created_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    answered = models.PositiveSmallIntegerField(null=True)
    """The HTTP status of the last answer; empty where none came."""
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["created_at"])]

    def __str__(self) -> str:
        return f"{self.event} to webhook {self.webhook_id}"
