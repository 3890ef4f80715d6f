"""The files of an export, each opened in place."""

from __future__ import annotations

from typing import IO

from csp.decorators import csp
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin

from dsr.evidence.pictures import PdfUnreadable, page_count, pages_as_png
from dsr.exceptions import NotAllowed, Unreadable
from dsr.exports.reading import as_json_text, as_table, opened_entry, read_entry
from dsr.exports.records import EntryMissing
from dsr.models import Document
from dsr.selectors.papers import title_of
from dsr.selectors.staff import StaffRequest
from dsr.services import disclosure
from dsr.views.documents import document_or_404, package, raise_if_not_opened, refusal, remember
from dsr.views.guards import reads_cases

_LONGEST_TEXT = 200_000
REPORT_POLICY = {
    "sandbox": [""],
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "form-action": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'self'"],
}
"""The report carries its own styles, and came from the vendor's data: it may draw itself and do nothing else."""


@reads_cases
def entry(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    """One file of an export: JSON on lines, CSV as a table, a PDF as pictures, the report in a sandboxed frame."""
    document = document_or_404(reference, pk)
    name = _name(request, document)
    try:
        disclosure.opened(document=document, actor=request.user, entry=name)
        remember(request, document, name)
        with package(document) as opened, opened_entry(opened, name) as file:
            shown = _shown(name.rpartition(".")[2], file)
    except EntryMissing:
        raise Http404 from None
    except (NotAllowed, Unreadable) as error:
        return refusal(request, document, error)
    context = {"document": document, "title": title_of(document), "case": document.case, "name": name, **shown}
    return render(request, "documents/entry.html", context)


def _shown(ending: str, file: IO[bytes]) -> dict[str, object]:
    if ending == "pdf":
        return {"pages": range(1, page_count(file.read()) + 1)}
    if ending == "html":
        return {"is_report": True}
    if ending == "csv":
        return {"table": as_table(file)}
    if ending == "json":
        return {"text": as_json_text(file)}
    return {"text": file.read(_LONGEST_TEXT).decode("utf-8", errors="replace")}


@reads_cases
def page(request: StaffRequest, reference: str, pk: int, number: int) -> HttpResponse:
    """One page of a PDF in an export, as a picture."""
    document = document_or_404(reference, pk)
    name = _name(request, document)
    try:
        raise_if_not_opened(request, document, name)
        with package(document) as opened:
            return HttpResponse(pages_as_png(read_entry(opened, name), number), content_type="image/png")
    except (EntryMissing, PdfUnreadable):
        raise Http404 from None
    except (NotAllowed, Unreadable) as error:
        return refusal(request, document, error)


@csp(REPORT_POLICY)
@xframe_options_sameorigin
@reads_cases
def report(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    """The readable page of an export, for the frame that `entry` shows it in."""
    document = document_or_404(reference, pk)
    name = _name(request, document)
    if not name.endswith(".html"):
        raise Http404
    try:
        raise_if_not_opened(request, document, name)
        with package(document) as opened:
            return HttpResponse(read_entry(opened, name), content_type="text/html; charset=utf-8")
    except EntryMissing:
        raise Http404 from None
    except (NotAllowed, Unreadable) as error:
        return refusal(request, document, error)


def _name(request: StaffRequest, document: Document) -> str:
    """The file asked for, if the export's own list holds it: nothing else is looked for, or written to the log."""
    name = request.GET.get("name", "")
    if name != "manifest.json" and name not in {row["name"] for row in document.files}:
        raise Http404
    return name
