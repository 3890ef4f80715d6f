"""What was last sent about a product. SegMetrics may ignore a price without a word, so its list alone can't tell."""

from __future__ import annotations

from django.db import models

from dsr.models.connection import Connection


class SentProduct(models.Model):
    """One product of one integration: what was sent, and what the list showed just before. Nothing in it is personal.

    By it a sync that was stopped does only what is left, also where SegMetrics goes on showing what stood there before.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="sent_products")
    integration_id = models.CharField(max_length=64)
    product_id = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    shown_name = models.CharField(max_length=500, blank=True)
    name_sent_at = models.DateTimeField(null=True)
    cents = models.PositiveBigIntegerField(null=True)
    shown_cents = models.BigIntegerField(null=True)
    price_sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "integration_id", "product_id"], name="one_sent_row_per_product"
            )
        ]

    def __str__(self) -> str:
        return f"sent product {self.pk}"
