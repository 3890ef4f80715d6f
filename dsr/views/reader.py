"""Every page is written for whoever reads it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request

from dsr.models import User
from dsr.services.reading import as_read_by


class ReaderMiddleware:
    """In place of Django's own for languages: what a person chose counts, and before that what their browser asks for.

    A streamed answer is written after this is over, so whatever streams words fetches them before.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        reader = request.user if isinstance(request.user, User) else None
        with as_read_by(reader, otherwise=get_language_from_request(request)) as language:
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Accept-Language"])
        return response
