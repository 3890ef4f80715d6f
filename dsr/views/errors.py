"""The pages for what goes wrong, in our look."""

# ruff: noqa: ARG001 - the signatures are those of Django's error handlers
from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "429.html", status=429)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without the request's context: whatever broke may break again there."""
    return HttpResponse(render_to_string("500.html"), status=500)
