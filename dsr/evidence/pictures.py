"""Look into a PDF, ours or an uploaded one: count its pages, turn one into a picture, take out what is attached."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from dsr.exceptions import Unreadable

if TYPE_CHECKING:
    import pypdfium2

LONGEST_SIDE = 3_000

# PDFium keeps state of its own and must not be entered by two threads at once.
_pdfium = Lock()


class PdfUnreadable(Unreadable):
    """The bytes are no PDF that can be opened without a password, or it has no such page."""


@contextmanager
def _opened(pdf: bytes) -> Iterator[pypdfium2.PdfDocument]:
    # It takes longer to import than Django does, and most processes never look into a PDF.
    import pypdfium2  # noqa: PLC0415

    with _pdfium:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except pypdfium2.PdfiumError as error:
            raise PdfUnreadable(_("This PDF can't be opened: it is damaged or asks for a password.")) from error
        try:
            yield document
        except pypdfium2.PdfiumError as error:
            raise PdfUnreadable(_("This page of the PDF can't be shown. The file is unchanged.")) from error
        finally:
            document.close()


def page_count(pdf: bytes) -> int:
    """The number of pages of a PDF. Raises PdfUnreadable."""
    with _opened(pdf) as document:
        return len(document)


def attachments(pdf: bytes) -> list[tuple[str, bytes]]:
    """The files that are attached to a PDF, with their names. Raises PdfUnreadable."""
    with _opened(pdf) as document:
        found = [document.get_attachment(at) for at in range(document.count_attachments())]
        return [(row.get_name(), bytes(row.get_data())) for row in found]


def pages_as_png(pdf: bytes, page: int, scale: float = 1.5) -> bytes:
    """One page (counted from 1) of a PDF as a PNG. Raises PdfUnreadable.

    A scale of 1 is 72 dots an inch; a page that would become longer than 3,000 dots is drawn smaller, since
    an uploaded PDF may declare a page of any size.
    """
    with _opened(pdf) as document:
        if not 1 <= page <= len(document):
            raise PdfUnreadable(_("This PDF has %(pages)d pages. Choose one of them.") % {"pages": len(document)})
        sheet = document[page - 1]
        fitting = min(scale, LONGEST_SIDE / max(*sheet.get_size(), 1.0))
        target = io.BytesIO()
        sheet.render(scale=fitting).to_pil().save(target, format="PNG")
        return target.getvalue()
