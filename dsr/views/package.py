"""The page behind a hand-over link: it asks for the code and gives the package. No sign-in, nothing personal on it."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from dsr import storage
from dsr.accounts import guessing
from dsr.exceptions import LedgerUnfit, Unreadable
from dsr.languages import LANGUAGES
from dsr.models import HandOver
from dsr.services import handover_links
from dsr.views.documents import begun, streamed

logger = logging.getLogger(__name__)
FILE_NAME = "access-package.zip"
LONGEST_TYPED = 60


# Nothing here rests on a cookie: whoever could forge the request would need the link and the code, and with them needs
# no forgery. So none is set, and the page works where none is taken.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponseBase:
    """Ask for the code, or answer it. Looking at the page changes nothing: a mail scanner may follow the link."""
    with translation.override(_language(request, token)) as _active:
        response = _answer(request, token) if request.method == "POST" else _show(request)
        response.headers["Content-Language"] = translation.get_language() or "en"
    # The address is half of what opens the package.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _language(request: HttpRequest, token: str) -> str:
    """The case's language; for a link that leads nowhere, the first of ours that the browser asks for."""
    link = handover_links.find(token)
    if link:
        return link.case.language
    asked = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    return next((code for name, _weight in asked if (code := name.split("-")[0]) in LANGUAGES), "en")


def _answer(request: HttpRequest, token: str) -> HttpResponseBase:
    typed = request.POST.get("code", "")[:LONGEST_TYPED]
    try:
        attempt = guessing.Attempt(request, kind=guessing.PACKAGE, account=token[:LONGEST_TYPED])
    except ValidationError:
        wait = _("Too many tries from your connection. Wait a few minutes, then try again.")
        return _show(request, error=wait, status=429)
    try:
        link = handover_links.open_by(token=token, code=typed)
        if link is None:
            return _show(request, error=_refusal(), status=403)
        attempt.succeeded()
        return _given(link)
    except LedgerUnfit:
        return _show(request, error=_not_now(), status=503)
    except Unreadable as error:
        logger.error("the package behind a hand-over link can't be read: %s", type(error).__name__)
        return _show(request, error=_not_now(), status=503)


def _refusal() -> str:
    """One sentence for a wrong code and for a link that is unknown, over, revoked or used up."""
    return _(
        "This doesn't open a package. The code may be mistyped, or the link may have ended. Compare the code with what "
        "you were given; if it is the same, ask us for a new link."
    )


def _not_now() -> str:
    return _("The package can't be given out just now. Try again later, or ask us.")


def _given(link: HandOver) -> HttpResponseBase:
    chunks = begun(storage.chunks(link.document))
    return streamed(_noted(link, chunks), link.document, name=FILE_NAME)


def _noted(link: HandOver, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks. Asked for one more after the last, the server has sent that one too; broken off, it never asks."""
    yield from chunks
    try:
        handover_links.sent(link)
    except DatabaseError as error:  # the bytes are out; only the note of it is missing
        logger.error("a download by link %s could not be noted as sent: %s", link.pk, type(error).__name__)


def _show(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    return render(request, "package.html", {"error": error}, status=status)
