"""Signed-in sessions, which are rows of the database."""

from __future__ import annotations

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from dsr.models import User


def end_of(user: User, *, keep: str | None = None) -> int:
    """Sign a person out everywhere, but for the session with the key `keep`. Returns how many sessions ended."""
    ended = 0
    for session in Session.objects.filter(expire_date__gt=timezone.now()).exclude(session_key=keep).iterator():
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
            ended += 1
    return ended
