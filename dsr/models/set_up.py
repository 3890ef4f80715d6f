"""What of the first set-up was seen to work."""

from __future__ import annotations

from django.db import models


class SetUpMark(models.Model):
    """One thing that was tried and worked, or that the set-up is finished as a whole."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
