"""Is everything up? For a load balancer or a monitor: no sign-in, nothing personal."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from dsr import ledger
from dsr.jobs import heartbeat


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """200 once web, database and worker are up and the database fits its ledger; 503 with what is down."""
    try:
        state = {
            "web": "ok",
            "database": "ok",
            "worker": "ok" if heartbeat.is_alive() else "down",
            "ledger": "doesn't fit" if ledger.refusal() else "ok",
        }
    except DatabaseError:
        state = {"web": "ok", "database": "down", "worker": "unknown", "ledger": "unknown"}
    is_well = set(state.values()) == {"ok"}
    return JsonResponse(state, status=200 if is_well else 503)
