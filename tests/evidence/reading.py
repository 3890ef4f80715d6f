"""Read a PDF as a reader would."""

import re

import pypdfium2

from dsr.evidence.records import Drawn


def pages_of(drawn: Drawn) -> list[str]:
    """The text of each page, with every run of white space as one space."""
    with pypdfium2.PdfDocument(drawn.pdf) as document:
        texts = [page.get_textpage().get_text_range() for page in document]
    # A hyphenless break inside a long word comes out as U+FFFE or as a line break.
    return [re.sub(r"\s+", " ", text) for text in texts]


def text_of(drawn: Drawn) -> str:
    """The text of the whole document."""
    return " ".join(pages_of(drawn))


def attachments_of(pdf: bytes) -> dict[str, bytes]:
    """The files that are attached to a PDF, by name."""
    with pypdfium2.PdfDocument(pdf) as document:
        found = [document.get_attachment(at) for at in range(document.count_attachments())]
        return {row.get_name(): bytes(row.get_data()) for row in found}


def words_of(pdf: bytes) -> str:
    """All text of a PDF, on one line; a word cut at the end of a line is whole again."""
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    return re.sub(r"\s+", " ", " ".join(pages).replace("\ufffe", ""))
