"""A way to look at the list of requests that somebody gave a name."""

from __future__ import annotations

from django.db import models

from dsr.models.user import User


class QueueView(models.Model):
    """Filters and sorting under a name, for its owner alone. `query` is as `selectors/queue.py` keeps it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="queue_views")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="queue_view_once_per_name")]

    def __str__(self) -> str:
        return f"view {self.pk} of {self.user_id}"
