"""The execution log: each call to SegMetrics is noted when it is over, for which case and on whose behalf."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from dsr.models import Case, Connection, ExecutedCall, User
from segmetrics_client import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What calls are made for. Neither is there where the desk looks by itself."""

    case: Case | None = None
    on_behalf_of: User | None = None


def writer(connection: Connection, purpose: Purpose) -> Callable[[Call], None]:
    """The client's hook. It stops no call: the client swallows what fails here, and says so in the server's log."""
    is_stored = connection.pk is not None

    def write(call: Call) -> None:
        ExecutedCall.objects.create(
            at=timezone.now(),
            connection=connection if is_stored else None,
            account_id="" if is_stored else connection.account_id,
            integration_id=call.integration_id or "",
            action=call.action,
            method=call.method,
            case=purpose.case.reference if purpose.case else "",
            on_behalf_of=purpose.on_behalf_of,
            attempt=call.attempt,
            status=call.status,
            error=call.error or "",
            milliseconds=round(call.seconds * 1000),
            request_id=call.request_id or "",
        )

    return write
