"""Everything that opens without a sign-in has a limit for each place, beside allauth's own for signing in."""

from __future__ import annotations

import time
from collections.abc import Callable

from allauth.core.internal import ratelimit
from django.core.cache import caches
from django.http import HttpRequest, HttpResponseBase

from dsr.views.errors import too_many_requests

HEALTH = "/healthz"
# Static files are served before this, from the disk. A monitor may ask often; a person never needs so many pages.
HEALTH_PER_MINUTE = 1200
RATES = {"anonymous": "120/m/ip,1500/h/ip"}


class AnonymousLimitMiddleware:
    """Answer 429 to a place that asks too often without being signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _is_within(request):
            return self.get_response(request)
        response = too_many_requests(request)
        response["Retry-After"] = "60"
        return response


def _is_within(request: HttpRequest) -> bool:
    if request.path == HEALTH:
        return _is_within_for_health(ratelimit.get_ip(request))
    if request.user.is_authenticated:
        return True
    # All of them count as one: it is the place that is slowed, whatever it asks for.
    return ratelimit.consume(request, app="dsr", action="anonymous", config=RATES, limit_get=True) is not None


def _is_within_for_health(place: str) -> bool:
    """Counted in each process by itself: the page has to say that the database is down, so it can't need it."""
    key = f"health:{place}:{int(time.time()) // 60}"
    caches["process"].add(key, 0, timeout=120)
    return caches["process"].incr(key) <= HEALTH_PER_MINUTE
