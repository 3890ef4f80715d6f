"""The token by which a person lets an AI client act under their own rights."""

from __future__ import annotations

from django.db import models

from dsr.models.user import User


class AgentToken(models.Model):
    """One for each person at most. Of the token itself only a keyed digest is stored."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    token_digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"token of user {self.user_id}"
