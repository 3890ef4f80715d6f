"""Uploads: kept in memory, limited in size, and known by their content rather than by their name."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from dsr.evidence.pictures import PdfUnreadable, page_count
from dsr.exceptions import InvalidInput

PDF, PNG, JPEG, TEXT = "application/pdf", "image/png", "image/jpeg", "text/plain"
_SIGNATURES = ((b"%PDF-", PDF), (b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG))
_NAME_LENGTH = 150
_MAX_PIXELS = 60_000_000


@dataclass(frozen=True)
class Letter:
    """A checked upload: its own name, its type by content, its bytes, and how many pages can be shown."""

    name: str
    content_type: str
    content: bytes
    pages: int


class InMemoryOnlyHandler(FileUploadHandler):
    """Keeps an upload in memory up to the limit and drops the rest, so that nothing is spooled to disk unencrypted.

    A file over the limit arrives with its true size and no content; `check_letter` refuses it with a sentence.
    """

    def new_file(self, *args: object, **kwargs: object) -> None:
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]
        self._buffer = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) <= settings.ENV.upload_limit:
            self._buffer.write(raw_data)
        else:
            self._buffer = io.BytesIO()

    def file_complete(self, file_size: int) -> UploadedFile[bytes]:
        self._buffer.seek(0)
        return InMemoryUploadedFile(
            file=self._buffer,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )


def check_letter(file: UploadedFile[bytes]) -> Letter:
    """Check a letter's size and content. Raises `InvalidInput` with a sentence for the form."""
    limit: int = settings.ENV.upload_limit
    size = file.size or 0
    if size > limit:
        raise InvalidInput(
            _("This file has %(size)d MB; the limit is %(limit)d MB. Scan it at a lower resolution.")
            % {"size": -(-size // 1024**2), "limit": limit // 1024**2},
            field="letter",
        )
    content = file.read()
    if not content:
        raise InvalidInput(_("This file is empty. Choose the letter again."), field="letter")
    content_type = _type_of(content)
    return Letter(
        name=_clean_name(file.name or ""),
        content_type=content_type,
        content=content,
        pages=_count_pages(content, content_type),
    )


def _type_of(content: bytes) -> str:
    for signature, content_type in _SIGNATURES:
        if content.startswith(signature):
            return content_type
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = "\x00"
    # Control characters make it something else; a no-break space or a joined emoji doesn't.
    if not text.startswith("#!") and all(char in "\r\n\t\f" or unicodedata.category(char) != "Cc" for char in text):
        return TEXT
    raise InvalidInput(
        _("This is not a PDF, PNG, JPEG or plain text file, whatever its name says. Save the letter as PDF."),
        field="letter",
    )


def _count_pages(content: bytes, content_type: str) -> int:
    damaged = InvalidInput(
        _("This file is damaged or locked by a password. Save the letter again, as PDF."), field="letter"
    )
    if content_type == PDF:
        try:
            return page_count(content)
        except PdfUnreadable:
            raise damaged from None
    if content_type in {PNG, JPEG}:
        image_as_png(content)
        return 1
    return 0


def image_as_png(content: bytes) -> bytes:
    """Draw an uploaded picture anew, so that only its pixels are ever shown. Raises `InvalidInput`."""
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise InvalidInput(_("This picture is too large. Scan it at a lower resolution."), field="letter")
            target = io.BytesIO()
            image.convert("RGB").save(target, format="PNG")
            return target.getvalue()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise InvalidInput(_("This picture is damaged. Save the letter again, as PDF."), field="letter") from None


def _clean_name(name: str) -> str:
    printable = "".join(char for char in name if char.isprintable() and char not in '/\\"')
    stem, dot, ending = printable.rpartition(".")
    if len(printable) <= _NAME_LENGTH:
        return printable or "letter"
    return f"{stem[: _NAME_LENGTH - 10]}{dot}{ending[:9]}"
