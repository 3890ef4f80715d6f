"""Letters: known by their content, limited in size, and never on disk in the clear."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import StopFutureHandlers
from PIL import Image
from pytest_django import Settings

from dsr.exceptions import InvalidInput
from dsr.uploads import InMemoryOnlyHandler, check_letter, image_as_png

MEGABYTE = 1024 * 1024


def a_pdf(*, encrypted: bool = False) -> bytes:
    """One empty page, written by hand; encrypted means: needs a password that nobody has."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
    ]
    if encrypted:
        objects.append(b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <" + b"11" * 32 + b"> /U <" + b"22" * 32 + b"> >>")
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    encrypt = b" /Encrypt 4 0 R /ID [<01> <01>]" if encrypted else b""
    return body + b"trailer << /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, encrypt, start)


def a_picture(kind: str = "PNG", size: tuple[int, int] = (20, 10)) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, "white").save(target, format=kind)
    return target.getvalue()


def upload(content: bytes, name: str = "letter.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.mark.parametrize(
    ("content", "content_type", "pages"),
    [
        (a_pdf(), "application/pdf", 1),
        (a_picture(), "image/png", 1),
        (a_picture("JPEG"), "image/jpeg", 1),
        ("Dear Sir, please delete my data. Jörg 👩\u200d👩\u200d👧 10\u00a0000 €".encode(), "text/plain", 0),
        ("\ufeffمرحبا\r\n\tthere\f".encode(), "text/plain", 0),
    ],
)
def test_a_letter_is_taken_by_what_it_is(content: bytes, content_type: str, pages: int) -> None:
    letter = check_letter(upload(content, "whatever.exe"))
    assert (letter.content_type, letter.pages, letter.content) == (content_type, pages, content)


REFUSED = {
    "an executable": (b"MZ\x90\x00\x03\x00\x00\x00" + bytes(200), "not a PDF"),
    "a Linux program": (b"\x7fELF\x02\x01\x01" + bytes(200), "not a PDF"),
    "a script": (b"#!/bin/sh\nrm -rf /\n", "not a PDF"),
    "a ZIP": (b"PK\x03\x04" + bytes(100), "not a PDF"),
    "a text with a NUL": (b"hello\x00there", "not a PDF"),
    "a text that rings the bell": (b"hello\x07\x1b[2Jthere", "not a PDF"),
    "nothing": (b"", "empty"),
    "a PDF in name only": (b"%PDF-1.7\nthis is no PDF at all", "damaged or locked"),
    "half a PDF": (a_pdf()[:60], "damaged or locked"),
    "a PDF with a password": (a_pdf(encrypted=True), "damaged or locked"),
    "a picture in name only": (b"\x89PNG\r\n\x1a\n" + b"x" * 50, "damaged"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_letter_is_refused_with_a_sentence_beside_the_field(what: str) -> None:
    content, said = REFUSED[what]
    with pytest.raises(InvalidInput, match=said) as refused:
        check_letter(upload(content))
    assert refused.value.field == "letter"


def test_fifty_megabytes_are_too_much() -> None:
    file = upload(b"%PDF-1.7")
    file.size = 50 * MEGABYTE
    with pytest.raises(InvalidInput, match="50 MB; the limit is 10 MB"):
        check_letter(file)


def test_a_picture_that_unfolds_to_a_giant_is_refused() -> None:
    giant = Image.new("1", (20_000, 20_000))
    target = io.BytesIO()
    giant.save(target, format="PNG")
    assert len(target.getvalue()) < MEGABYTE
    with pytest.raises(InvalidInput):
        check_letter(upload(target.getvalue()))


def test_only_the_pixels_of_a_picture_are_shown() -> None:
    source = io.BytesIO()
    image = Image.new("RGB", (5, 5), "red")
    image.save(source, format="JPEG", comment=b"<script>alert(1)</script>")
    assert b"<script>" in source.getvalue()
    assert b"<script>" not in image_as_png(source.getvalue())


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Brief von Jörg.pdf", "Brief von Jörg.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ('say "hi".pdf', "say hi.pdf"),
    ],
)
def test_the_name_is_cleaned(name: str, kept: str) -> None:
    assert check_letter(upload(a_pdf(), name)).name == kept


def test_a_long_name_keeps_its_ending() -> None:
    name = check_letter(upload(a_pdf(), "x" * 240 + ".pdf")).name
    assert len(name) <= 150
    assert name.endswith(".pdf")


def test_nothing_is_spooled_and_what_is_too_large_is_not_kept(settings: Settings, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    handler = InMemoryOnlyHandler()
    try:
        handler.new_file("letter", "letter.pdf", "application/pdf", 0)
    except StopFutureHandlers:
        raise AssertionError from None
    chunk = b"%PDF-" + b"x" * (MEGABYTE - 5)
    for number in range(50):
        handler.receive_data_chunk(chunk, number * MEGABYTE)
        assert handler._buffer.getbuffer().nbytes <= 10 * MEGABYTE
    file = handler.file_complete(50 * MEGABYTE)
    assert file.size == 50 * MEGABYTE
    with pytest.raises(InvalidInput, match="50 MB"):
        check_letter(file)
    assert list(tmp_path.iterdir()) == []
