"""Documents, read in place page by page, or downloaded. An opening is in the audit trail before anything is shown."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header

from dsr import storage, uploads
from dsr.evidence.pictures import PdfUnreadable, pages_as_png
from dsr.exceptions import InvalidInput, NotAllowed, Unreadable
from dsr.models import Document, DocumentKind, Report
from dsr.permissions import Right, has_right
from dsr.selectors.papers import title_of
from dsr.selectors.staff import StaffRequest
from dsr.services import disclosure
from dsr.views.guards import reads_cases

_PICTURES = {uploads.PNG, uploads.JPEG}
PACKAGES = {DocumentKind.EXPORT, DocumentKind.SUPPLEMENT, DocumentKind.PACKAGE}


def document_or_404(reference: str, pk: int) -> Document:
    """The document, if it is this case's."""
    return get_object_or_404(Document.objects.select_related("case"), case__reference=reference, pk=pk)


def refusal(request: StaffRequest, document: Document | None, error: Exception) -> HttpResponse:
    """A page that says why a document can't be shown."""
    status = 403 if isinstance(error, NotAllowed) else 410
    return render(request, "documents/refused.html", {"document": document, "why": str(error)}, status=status)


@reads_cases
def read(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    """Show a document in place."""
    document = document_or_404(reference, pk)
    try:
        disclosure.opened(document=document, actor=request.user)
        remember(request, document)
        return render(request, "documents/read.html", _shown(request, document))
    except (NotAllowed, Unreadable) as error:
        return refusal(request, document, error)


def _shown(request: StaffRequest, document: Document) -> dict[str, object]:
    is_text = document.content_type == uploads.TEXT
    pages = document.pages or (1 if document.content_type in _PICTURES else 0)
    return {
        "document": document,
        "title": title_of(document),
        "case": document.case,
        "name": document.file_name,
        "is_package": document.kind in PACKAGES,
        "pages": range(1, pages + 1),
        "text": storage.read(document).decode("utf-8-sig", errors="replace") if is_text else "",
        "can_download": disclosure.may_download(document=document, actor=request.user),
    }


@reads_cases
def page(request: StaffRequest, reference: str, pk: int, number: int) -> HttpResponse:
    """One page as a picture: only its pixels ever reach the browser."""
    document = document_or_404(reference, pk)
    try:
        raise_if_not_opened(request, document)
        content = storage.read(document)
        if document.content_type == uploads.PDF:
            return HttpResponse(pages_as_png(content, number), content_type="image/png")
        if document.content_type in _PICTURES and number == 1:
            return HttpResponse(uploads.image_as_png(content), content_type="image/png")
    except PdfUnreadable:
        raise Http404 from None
    except (NotAllowed, Unreadable, InvalidInput) as error:
        return refusal(request, document, error)
    raise Http404


@reads_cases
def download(request: StaffRequest, reference: str, pk: int) -> HttpResponseBase:
    """Take a document away: a right of its own, except for what holds no personal data."""
    document = document_or_404(reference, pk)
    try:
        disclosure.opened(document=document, actor=request.user, download=True)
        return taken_away(document)
    except (NotAllowed, Unreadable) as error:
        return refusal(request, document, error)


def taken_away(file: Document | Report) -> StreamingHttpResponse:
    """A stored file as a download. Raises `Unreadable` where it is missing or damaged at its beginning."""
    return streamed(begun(storage.chunks(file)), file, name=file.file_name)


def streamed(chunks: Iterator[bytes], file: Document | Report, *, name: str) -> StreamingHttpResponse:
    """The chunks of a stored file as a download, for officers and for whoever has a link alike."""
    response = StreamingHttpResponse(chunks, content_type=file.content_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Content-Length"] = str(file.size)
    response["Accept-Ranges"] = "none"
    response["X-Accel-Buffering"] = "no"  # nothing of it on the disk of a proxy
    return response


def begun(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Read the first chunk now, while a missing or damaged file can still be told as a page."""
    return chain([next(chunks)], chunks)


def remember(request: StaffRequest, document: Document, entry: str = "") -> None:
    opened = request.session.get("opened", [])
    request.session["opened"] = [*opened[-200:], f"{document.pk}/{entry}"]


def raise_if_not_opened(request: StaffRequest, document: Document, entry: str = "") -> None:
    """The pictures of an opened document are part of that one opening; asked for alone, each is counted itself.

    The right is checked each time: it may have been taken away since.
    """
    disclosure.raise_if_gone(document)
    may_read = document.outlives_the_key or has_right(request.user, Right.READ_CONTENTS)
    if may_read and f"{document.pk}/{entry}" in request.session.get("opened", []):
        return
    disclosure.opened(document=document, actor=request.user, entry=entry)
    remember(request, document, entry)


def package(document: Document) -> BinaryIO:
    """An export, to read from anywhere in it, a little in memory: nothing may touch the disk unencrypted. Close it."""
    if document.kind not in PACKAGES:
        raise Http404
    return storage.seekable(document)
