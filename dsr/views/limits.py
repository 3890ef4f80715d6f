"""Everything that opens without a sign-in has a limit for each place, beside allauth's own for signing in."""

from __future__ import annotations

from collections.abc import Callable

from allauth.core.internal import ratelimit
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase

from dsr.views.errors import too_many_requests

HEALTH = "/healthz"
# Static files are served before this, from memory. A monitor may ask often; a person never needs so many pages.
RATES = {"health": "1200/m/ip", "anonymous": "120/m/ip,1500/h/ip"}


class AnonymousLimitMiddleware:
    """Answer 429 to a place that asks too often without being signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == HEALTH:
            is_within = _is_within_for_health(request)
        else:
            is_within = request.user.is_authenticated or _is_within(request, "anonymous")
        if is_within:
            return self.get_response(request)
        response = too_many_requests(request)
        response["Retry-After"] = "60"
        return response


def _is_within(request: HttpRequest, action: str) -> bool:
    usage = ratelimit.consume(request, app="dsr", action=action, config=RATES, limit_get=True)
    return usage is not None


def _is_within_for_health(request: HttpRequest) -> bool:
    """The counts are in the database. Without it the page must still be able to say that it is down."""
    try:
        return _is_within(request, "health")
    except DatabaseError:
        return True
