"""The address under which a person's calendar reads due dates."""

from __future__ import annotations

from django.db import models

from dsr.models.user import User


class CalendarFeed(models.Model):
    """One for each person at most. Of its token only a keyed digest is stored."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    token_digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"calendar of user {self.user_id}"
