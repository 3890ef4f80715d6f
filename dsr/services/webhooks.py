"""The webhooks that an administrator keeps."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import audit, queue
from dsr.connectors.webhooks import raise_if_unfit
from dsr.exceptions import InvalidInput, WrongState
from dsr.models import ErrandKind, User, Webhook, WebhookDelivery, WebhookEvent
from dsr.permissions import Role, raise_if_not
from dsr.services import telling_programs
from dsr.services.seen import raise_if_unseen, values_of

_MOST = 20
WRITTEN = ("name", "url", "events", "is_chat", "is_active")
"""The fields that are written by hand."""


def add(*, actor: User, name: str, url: str, events: Sequence[str], is_chat: bool = False) -> tuple[Webhook, str]:
    """Add one. With it comes its secret, which is shown this once. Raises `InvalidInput`."""
    raise_if_not(actor, Role.ADMINISTRATOR)
    _raise_if_wrong(name, events)
    raise_if_unfit(url)
    with transaction.atomic():
        if Webhook.objects.count() >= _MOST:
            raise InvalidInput(_("There are many webhooks already. Remove one first."))
        webhook = Webhook(name=name, url=url, events=list(events), is_chat=is_chat, created_by=actor)
        webhook.created_at = timezone.now()
        secret = webhook.renew_secret()
        webhook.save()
        audit.record(actor=actor, verb="webhook_added", facts=_facts(webhook))
    return webhook, shown(secret)


def standing(webhook: Webhook) -> dict[str, str]:
    """What is stored, for the mark of a form."""
    return values_of(webhook, WRITTEN)


def change(
    *,
    actor: User,
    webhook: Webhook,
    name: str,
    url: str,
    events: Sequence[str],
    is_active: bool,
    is_chat: bool = False,
    seen: str | None = None,
) -> None:
    """Change what it is called, where it leads, what it is told, and whether it is in use.

    An empty `url` keeps the one that stands, which no form shows. `seen` is the mark of the form (`services.seen`).
    """
    raise_if_not(actor, Role.ADMINISTRATOR)
    _raise_if_wrong(name, events)
    if url:
        raise_if_unfit(url)
    with transaction.atomic():
        fresh = Webhook.objects.select_for_update().get(pk=webhook.pk)
        now = standing(fresh)
        webhook.name, webhook.url, webhook.events = name, url or fresh.url, list(events)
        webhook.is_chat, webhook.is_active = is_chat, is_active
        wanted = standing(webhook)
        verbs = ["webhook_added", "webhook_changed"]
        raise_if_unseen(seen, now=now, wanted=wanted, verbs=verbs, about={"webhook": webhook.pk})
        webhook.save(update_fields=list(WRITTEN))
        audit.record(actor=actor, verb="webhook_changed", facts=_facts(webhook))


def renew_secret(*, actor: User, webhook: Webhook) -> str:
    """A new secret, which is shown this once; what is signed from now on is signed with it."""
    raise_if_not(actor, Role.ADMINISTRATOR)
    with transaction.atomic():
        secret = webhook.renew_secret()
        webhook.save(update_fields=["secret_sealed"])
        audit.record(actor=actor, verb="webhook_secret_renewed", facts=_facts(webhook))
    return shown(secret)


def remove(*, actor: User, webhook: Webhook) -> None:
    """End it, with the list of what it was told."""
    raise_if_not(actor, Role.ADMINISTRATOR)
    with transaction.atomic():
        facts = _facts(webhook)
        webhook.delete()
        audit.record(actor=actor, verb="webhook_removed", facts=facts)


def test(*, actor: User, webhook: Webhook) -> WebhookDelivery:
    """Send something that says nothing, to see whether it arrives. Raises `WrongState` where it isn't in use."""
    raise_if_not(actor, Role.ADMINISTRATOR)
    with transaction.atomic():
        _raise_if_not_in_use(Webhook.objects.select_for_update().get(pk=webhook.pk))
        return telling_programs.send(webhook, WebhookEvent.TEST)


def send_again(*, actor: User, delivery: WebhookDelivery) -> None:
    """Have the worker try once more what it gave up on. Raises `WrongState` where it was taken, or isn't in use."""
    raise_if_not(actor, Role.ADMINISTRATOR)
    with transaction.atomic():
        fresh = WebhookDelivery.objects.select_for_update().get(pk=delivery.pk)
        if fresh.delivered_at:
            raise WrongState(_("This was taken already."))
        _raise_if_not_in_use(fresh.webhook)
        queue.add_errand(kind=ErrandKind.WEBHOOK, target=fresh.pk, case=fresh.case)


def shown(secret: bytes) -> str:
    """As Standard Webhooks write it."""
    return f"whsec_{base64.b64encode(secret).decode()}"


def _raise_if_not_in_use(webhook: Webhook) -> None:
    if not webhook.is_active:
        raise WrongState(_("This webhook isn't in use, so nothing is sent. Tick “In use” below, and save, first."))


def _raise_if_wrong(name: str, events: Sequence[str]) -> None:
    if not name.strip() or len(name) > 100:
        raise InvalidInput(_("Give it a name of at most 100 characters."), field="name")
    if not events or not set(events) <= set(WebhookEvent.values) - {WebhookEvent.TEST}:
        raise InvalidInput(_("Choose at least one thing that it is told."), field="events")


def _facts(webhook: Webhook) -> dict[str, object]:
    return {
        "webhook": webhook.pk,
        "host": urlsplit(webhook.url).hostname or "",
        "events": list(webhook.events),
        "in_use": webhook.is_active,
    }
