"""What holds for every page: nothing is served from a database older than its ledger, nothing is cached, and an address
with a NUL in it names nothing."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from dsr import ledger

logger = logging.getLogger(__name__)
LOOK_EVERY = 10.0
"""Seconds between two looks at the ledger, so that a database put under a running site is noticed too."""
LOOK_AGAIN = 2.0
"""Seconds for which a refusal stands: each look then reads the whole ledger, which not every request may cost."""


class LedgerMiddleware:
    """Answer 503 with one sentence while the database doesn't fit its ledger; `/healthz` says it by itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._refusal, self._looked_at = "", float("-inf")

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path != "/healthz":
            self._look()
            if self._refusal:
                return HttpResponse(f"{self._refusal}\n", status=503, content_type="text/plain; charset=utf-8")
        return self.get_response(request)

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < (LOOK_AGAIN if self._refusal else LOOK_EVERY):
            return
        first = self._looked_at == float("-inf")
        try:
            refusal = ledger.refusal(thorough=first or bool(self._refusal))
        except DatabaseError:
            return  # the page itself will say that the database is away
        if refusal and refusal != self._refusal:
            logger.error("%s", refusal)
        self._refusal, self._looked_at = refusal, now


class NoStoreMiddleware:
    """Mark every answer that doesn't say otherwise as not to be stored."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class NulMiddleware:
    """Answer 404 to an address with a NUL in it: PostgreSQL takes none, so that each look-up would break there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\x00" in request.path or "%00" in request.META["QUERY_STRING"]:
            raise Http404
        return self.get_response(request)
