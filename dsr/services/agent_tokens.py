"""A person's own token for an AI client: made, shown once, ended, and asked for at each call."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dsr import audit, crypto
from dsr.exceptions import InvalidInput, NotAllowed
from dsr.models import AgentToken, User
from dsr.permissions import Role, has_factor, needs_factor, raise_if_not, roles_of

DAYS = (7, 30, 90)
"""How long one may last."""
_PREFIX = "dsr_"
"""So that who finds one, a scanner of repositories for example, knows what it is."""
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` times in `seconds`, for each person in all processes together."""

    name: str
    most: int
    seconds: int


def make(*, actor: User, days: int) -> str:
    """Make the token; an earlier one ends. It is known at this moment alone: only its digest is stored.

    Raises `NotAllowed` where AI clients aren't let in here, or where the person's role needs a second factor that they
    lack, and `InvalidInput`. That the person has just signed in again is for the page to see to.
    """
    raise_if_not(actor, *Role)
    _raise_if_shut()
    if needs_factor(roles_of(actor)) and not has_factor(actor):
        raise NotAllowed(_("Your role needs a second factor. Set one up under “Sign-in security” first."))
    if days not in DAYS:
        raise InvalidInput(_("Choose one of the list."), field="days")
    token, now = _PREFIX + secrets.token_urlsafe(_TOKEN_BYTES), timezone.now()
    expires_at = now + dt.timedelta(days=days)
    with transaction.atomic():
        AgentToken.objects.update_or_create(
            user=actor,
            defaults={
                "token_digest": _digest(token),
                "made_at": now,
                "expires_at": expires_at,
                "last_used_at": None,
            },
        )
        audit.record(actor=actor, verb="agent_token_made", facts={"days": days})
    return token


def end(*, actor: User) -> bool:
    """End one's own token. Whether there was one."""
    with transaction.atomic():
        ended, _rows = AgentToken.objects.filter(user=actor).delete()
        if ended:
            audit.record(actor=actor, verb="agent_token_ended")
    return bool(ended)


def forget(user: User) -> None:
    """End it with the trust it was made in: the account is closed, or its second factors are reset."""
    AgentToken.objects.filter(user=user).delete()


def used(token: str, *limits: Limit) -> User:
    """Whose token this is, with this use noted and counted. Asked at each call, so that what has ended ends at once.

    Raises `NotAllowed`: the token is unknown, ended or out of time, the person is deactivated, has no role or lacks
    the factor that it needs, AI clients aren't let in any more, or there were too many calls.
    """
    _raise_if_shut()
    with transaction.atomic():
        # Locked, so that two processes with one token don't count past each other.
        row = AgentToken.objects.select_for_update().filter(token_digest=_digest(token)).first()
        if row is None or row.expires_at <= timezone.now():
            raise NotAllowed(_("This token isn't valid. Make a new one under Preferences."))
        user = User.objects.select_related("preferences").get(pk=row.user_id)
        roles = roles_of(user)
        if not roles:
            raise NotAllowed(_("This token isn't valid. Make a new one under Preferences."))
        if needs_factor(roles) and not has_factor(user):
            raise NotAllowed(_("Your role needs a second factor. Set one up under “Sign-in security” first."))
        for limit in limits:
            _count(user, limit)
        row.last_used_at = timezone.now()
        row.save(update_fields=["last_used_at"])
    return user


def _count(user: User, limit: Limit) -> None:
    window = int(timezone.now().timestamp()) // limit.seconds
    key = f"agent:{limit.name}:{user.pk}:{window}"
    counted = cache.get(key, 0)
    if counted >= limit.most:
        raise NotAllowed(_("These were too many calls. Wait a while."))
    cache.set(key, counted + 1, timeout=2 * limit.seconds)


def _raise_if_shut() -> None:
    if not settings.ENV.agents:
        raise NotAllowed(_("AI clients aren't let in here. Whoever runs this site can change that: DSR_AGENTS."))


def _digest(token: str) -> str:
    return crypto.keyed_hash(settings.ENV.search_key, token, purpose="agent", fold_case=False)
