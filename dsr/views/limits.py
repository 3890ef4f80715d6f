"""Everything that opens without a sign-in has a limit for each place, beside allauth's own for signing in."""

from __future__ import annotations

import time
from collections.abc import Callable

from allauth.core.internal.ratelimit import get_ip
from django.core.cache import caches
from django.http import HttpRequest, HttpResponseBase

from dsr.views.errors import too_many_requests

HEALTH = "/healthz"
LIMITS = {"pages": 120, "health": 1200}
"""Requests a minute from one place. Static files are served before this; a monitor may ask more often than people."""


class AnonymousLimitMiddleware:
    """Answer 429 to a place that asks too often without being signed in.

    Each web process counts by itself, in memory. A flood then writes nothing to the database, can't push the lockouts
    out of the shared cache, and the health page can say that the database is down.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == HEALTH:
            is_within = _count(request, "health")
        else:
            is_within = request.user.is_authenticated or _count(request, "pages")
        if is_within:
            return self.get_response(request)
        response = too_many_requests(request)
        response["Retry-After"] = "60"
        return response


def _count(request: HttpRequest, kind: str) -> bool:
    """Count this request. Whether the place is within its limit; all pages count as one."""
    minute = int(time.time()) // 60
    key, counts = f"{kind}:{get_ip(request)}:{minute}", caches["process"]
    counts.add(key, 0, timeout=120)
    try:
        return counts.incr(key) <= LIMITS[kind]
    except ValueError:  # so many places at once that this one was pushed out
        return True
