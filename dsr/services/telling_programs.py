"""Tell other programs what becomes of a request: by signed webhooks, as the Standard Webhooks specification has them.

A telling is an errand: it is tried again by itself, shown in the webhook's list, and no act waits for it.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import F
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dsr import queue
from dsr.connectors import webhooks
from dsr.exceptions import TryLater
from dsr.models import Case, ErrandKind, Webhook, WebhookDelivery, WebhookEvent
from dsr.states import State

NOT_TAKEN = "not_taken"
_KEEP = dt.timedelta(days=90)
_GOOD = range(200, 300)


def tell(case: Case, event: WebhookEvent, **more: str) -> None:
    """Put it on the way to every webhook that wants it. Inside the transaction of what happened."""
    for webhook in Webhook.objects.filter(is_active=True):
        if event in webhook.events:
            send(webhook, event, case=case, **more)


def send(webhook: Webhook, event: WebhookEvent, *, case: Case | None = None, **more: str) -> WebhookDelivery:
    """Put one telling on the way."""
    now, data = timezone.now(), {**_about(case), **more}
    with translation.override(settings.ENV.document_language):
        text = {"text": _in_words(event, data)}
    whole = {"type": event.value, "timestamp": now.isoformat(), **text, "data": data}
    delivery = WebhookDelivery.objects.create(
        webhook=webhook,
        case=case,
        event=event,
        number=f"msg_{secrets.token_hex(12)}",
        body=text if webhook.is_chat else whole,
        created_at=now,
    )
    queue.add_errand(kind=ErrandKind.WEBHOOK, target=delivery.pk, case=case)
    return delivery


def deliver(delivery_id: int) -> None:
    """The errand: send it once. Raises `TryLater` where it wasn't taken."""
    delivery = WebhookDelivery.objects.select_related("webhook").filter(pk=delivery_id).first()
    if delivery is None or delivery.delivered_at or not delivery.webhook.is_active:
        return
    mine = WebhookDelivery.objects.filter(pk=delivery.pk)
    mine.update(tries=F("tries") + 1)
    answered = webhooks.post(
        delivery.webhook.url, body=delivery.body, headers=signed(delivery, moment=int(timezone.now().timestamp()))
    )
    is_taken = answered in _GOOD
    mine.update(answered=answered, delivered_at=timezone.now() if is_taken else None)
    if not is_taken:
        raise TryLater(NOT_TAKEN)


def signed(delivery: WebhookDelivery, *, moment: int) -> Mapping[str, str]:
    """The headers by which a receiver knows who sent it, and that it isn't an old one played again."""
    content = json.dumps(delivery.body, allow_nan=False)  # as it is sent
    text = f"{delivery.number}.{moment}.{content}".encode("ascii")
    digest = hmac.new(delivery.webhook.open_secret(), text, hashlib.sha256).digest()
    return {
        "webhook-id": delivery.number,
        "webhook-timestamp": str(moment),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def forget_old() -> None:
    """Remove what was told long ago."""
    WebhookDelivery.objects.filter(created_at__lt=timezone.now() - _KEEP).delete()


def _about(case: Case | None) -> dict[str, Any]:
    if case is None:
        return {}
    return {
        "reference": case.reference,
        "kind": case.kind,
        "state": case.state,
        "outcome": case.outcome,
        "due_on": case.due_on.isoformat(),
        "url": settings.ENV.base_url + reverse("case", args=[case.reference]),
    }


def _in_words(event: WebhookEvent, data: Mapping[str, Any]) -> str:
    """The same as one sentence, for a chat to show."""
    match event:
        case WebhookEvent.FILED:
            words = _("%(reference)s was filed: %(url)s")
        case WebhookEvent.MOVED:
            words = _("%(reference)s is now “%(state)s”: %(url)s")
        case WebhookEvent.ASSIGNED if data["to"]:
            words = _("%(reference)s was given to an officer: %(url)s")
        case WebhookEvent.ASSIGNED:
            words = _("Nobody looks after %(reference)s any more: %(url)s")
        case WebhookEvent.OVERDUE:
            words = _("%(reference)s is overdue: %(url)s")
        case WebhookEvent.TEST:
            return _("This is a test of DSR Desk: messages arrive here.")
    return words % {**data, "state": State(data["state"]).label}
