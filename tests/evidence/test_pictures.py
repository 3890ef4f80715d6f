"""A PDF as pictures, ours and other people's."""

import io
from concurrent.futures import ThreadPoolExecutor

import pypdfium2
import pytest
from PIL import Image

from dsr.evidence.pictures import PdfUnreadable, page_count, pages_as_png
from dsr.evidence.records import Drawn


def test_a_page_becomes_a_png_that_is_not_blank(certificate: Drawn) -> None:
    pdf = certificate.pdf
    picture = Image.open(io.BytesIO(pages_as_png(pdf, 2, scale=1)))
    assert picture.format == "PNG"
    assert picture.size == pytest.approx((595, 842), abs=1)
    assert len(set(picture.convert("L").tobytes())) > 10


def test_threads_can_ask_at_once(certificate: Drawn) -> None:
    pdf = certificate.pdf
    with ThreadPoolExecutor(8) as threads:
        pictures = list(threads.map(lambda page: pages_as_png(pdf, page, 0.5), [1, 2] * 8))
    assert len(set(pictures)) == 2


@pytest.mark.parametrize("broken", [b"", b"MZ\x90\x00", b"%PDF-1.7\n%%EOF"])
def test_what_is_no_pdf_ends_in_a_sentence(broken: bytes) -> None:
    with pytest.raises(PdfUnreadable, match="can't be opened"):
        page_count(broken)


@pytest.mark.parametrize("page", [0, -1, 3])
def test_a_page_that_is_not_there_ends_in_a_sentence(certificate: Drawn, page: int) -> None:
    with pytest.raises(PdfUnreadable, match="has 2 pages"):
        pages_as_png(certificate.pdf, page)


def test_a_huge_page_is_drawn_small() -> None:
    target = io.BytesIO()
    with pypdfium2.PdfDocument.new() as document:
        document.new_page(14_000, 200)
        document.save(target)
    picture = Image.open(io.BytesIO(pages_as_png(target.getvalue(), 1, scale=4)))
    assert max(picture.size) <= 3_000
