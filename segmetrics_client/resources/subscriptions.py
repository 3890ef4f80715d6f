"""Subscriptions."""

from ..models import Deleted
from ..updates import NewSubscription
from ._base import Resource


class Subscriptions(Resource):
    """``segmetrics.subscriptions``"""

    def add(self, subscription: NewSubscription) -> None:
        """Add a subscription, or change the one with the same id. It makes no invoice: add that too."""
        self._change("add subscription", "subscription", body=subscription.body())

    def delete(self, subscription_id: str) -> Deleted:
        """Delete one subscription for good. Raises UnsafeDelete, NotFound, UnexpectedAnswer."""
        return self._delete("subscription", subscription_id)
