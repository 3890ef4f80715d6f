"""How long a session lasts: not longer than a working day, and not longer than its owner is there."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import ngettext

BEGAN, SEEN, RELOADED = "began_at", "seen_at", "reloaded_at"
STEP = 10
"""Seconds in which one write of the session does for all requests."""
BACKGROUND = frozenset(
    {"case_progress", "case_letters", "filing_progress", "report_progress", "bulk_progress", "dry_run_progress"}
)
"""Pages that a browser asks for by itself. They keep no session alive."""
_LOADED_ANEW = frozenset({"case", "filing_batch", "reports", "register", "bulk", "dry_run"})
_RELOAD_TAKES = 10
"""Seconds in which a browser that is told to load such a page anew does so."""


class SessionClockMiddleware:
    """Sign out whoever was away for too long, and everybody at the end of the day; say so on the sign-in page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            words = _why_over(request.session)
            if words:
                return _signed_out(request, words)
        response = self.get_response(request)
        if request.user.is_authenticated and not _is_background(request):
            _touch(request.session)
        return response


def _why_over(session: SessionBase) -> str:
    now = time.time()
    idle = settings.ENV.session_idle_minutes
    # As many seconds more as a touch may be late, so that nobody is sent away early.
    if now - session.get(SEEN, now) >= idle * 60 + STEP:
        words = ngettext(
            "You were signed out after %(count)d minute without activity.",
            "You were signed out after %(count)d minutes without activity.",
            idle,
        )
        return words % {"count": idle}
    hours = settings.SESSION_COOKIE_AGE // 3600
    if now - session.get(BEGAN, now) >= settings.SESSION_COOKIE_AGE:
        words = ngettext(
            "You were signed out: a session lasts %(count)d hour at most.",
            "You were signed out: a session lasts %(count)d hours at most.",
            hours,
        )
        return words % {"count": hours}
    return ""


def _signed_out(request: HttpRequest, words: str) -> HttpResponse:
    logout(request)
    messages.info(request, words)
    if "HX-Request" in request.headers:
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"  # the page itself then leads to the sign-in page, and back to itself
        return response
    return redirect_to_login(request.get_full_path())


def load_anew(request: HttpRequest) -> HttpResponse:
    """Tell the page, which asked by itself, to load anew; that isn't its owner's doing either."""
    request.session[RELOADED] = time.time()
    response = HttpResponse(status=204)
    response["HX-Refresh"] = "true"
    return response


def _is_background(request: HttpRequest) -> bool:
    match = request.resolver_match
    if match is None:
        return False
    if match.view_name in _LOADED_ANEW and request.method == "GET":
        # A click in these seconds doesn't count either; the next one does.
        reloaded: float = request.session.get(RELOADED, 0)
        return time.time() - reloaded < _RELOAD_TAKES
    return match.view_name in BACKGROUND


def _touch(session: SessionBase) -> None:
    now = time.time()
    if BEGAN not in session:
        session[BEGAN] = now
    if now - session.get(SEEN, 0) >= STEP:
        session[SEEN] = now
