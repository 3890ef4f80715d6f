"""Files of many requests: how far each one is."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Count, QuerySet

from dsr.models import Errand, ErrandKind, FilingBatch, FilingStage, RowStatus


def newest() -> QuerySet[FilingBatch]:
    return FilingBatch.objects.select_related("uploaded_by", "connection").order_by("-pk")


def counts(batch: FilingBatch) -> Mapping[str, int]:
    """How many rows there are of each status, with 0 for those that there are none of."""
    if batch.is_over:
        found: dict[str, int] = batch.counts
    else:
        found = dict(batch.rows.order_by().values_list("status").annotate(Count("pk")))
    return {str(status): found.get(status, 0) for status in RowStatus}


def is_worked_on(batch: FilingBatch) -> bool:
    """Whether the worker has it before it. It hasn't where it gave up, or where it was stopped."""
    return batch.stage == FilingStage.FILING and live_errands(batch).exists()


def live_errands(batch: FilingBatch) -> QuerySet[Errand]:
    return Errand.live_of(ErrandKind.FILING, batch.pk)


def errand_of(batch: FilingBatch) -> Errand | None:
    """The newest one."""
    return Errand.objects.filter(kind=ErrandKind.FILING, target=batch.pk).order_by("-pk").first()
