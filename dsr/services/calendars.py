"""The address under which somebody's own calendar reads due dates: made, made anew, ended."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dsr import audit, crypto
from dsr.models import CalendarFeed, User
from dsr.permissions import READS_CASES, has_factor, has_role, needs_factor, raise_if_not, roles_of

_TOKEN_BYTES = 32


def make(*, actor: User) -> str:
    """Make the address's token; an earlier one ends. It is known at this moment alone: only its digest is stored."""
    raise_if_not(actor, *READS_CASES)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with transaction.atomic():
        CalendarFeed.objects.update_or_create(
            user=actor, defaults={"token_digest": _digest(token), "made_at": timezone.now()}
        )
        audit.record(actor=actor, verb="calendar_made")
    return token


def end(*, actor: User) -> bool:
    """End the address. Whether there was one."""
    with transaction.atomic():
        ended, _rows = CalendarFeed.objects.filter(user=actor).delete()
        if ended:
            audit.record(actor=actor, verb="calendar_ended")
    return bool(ended)


def forget(user: User) -> None:
    """End the address with the trust it was made in: the account is closed, or its second factors are reset."""
    CalendarFeed.objects.filter(user=user).delete()


def reader_of(token: str) -> User | None:
    """Whose address this is, while that person may read cases: active, with the role, and the factor that it needs."""
    feed = CalendarFeed.objects.select_related("user__preferences").filter(token_digest=_digest(token)).first()
    if feed is None or not has_role(feed.user, *READS_CASES):
        return None
    if needs_factor(roles_of(feed.user)) and not has_factor(feed.user):
        return None
    return feed.user


def _digest(token: str) -> str:
    return crypto.keyed_hash(settings.ENV.search_key, token, purpose="calendar", fold_case=False)
