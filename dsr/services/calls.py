"""The execution log's retention: it tells how connections were used, and has an end of its own."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils import timezone

from dsr.models import ExecutedCall

_AT_ONCE = 5_000
"""Rows that one statement deletes, so that no other writer waits long."""


def forget_old() -> int:
    """Delete what is older than `DSR_EXECUTION_LOG_DAYS`. Returns how many calls were forgotten."""
    before = timezone.now() - dt.timedelta(days=settings.ENV.execution_log_days)
    forgotten = 0
    while old := list(
        ExecutedCall.objects.filter(at__lt=before).order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]
    ):
        forgotten += ExecutedCall.objects.filter(pk__in=old).delete()[0]
    return forgotten
