"""A table that people keep in a spreadsheet, read from the CSV that Excel or LibreOffice saves. Nothing is kept."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from dsr.exceptions import InvalidInput

MOST_ROWS = 2_000
MOST_BYTES = 2 * 1024 * 1024
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SEPARATOR_LINE = re.compile(r"\ufeff?sep=(.)\r?\n", re.IGNORECASE)
_DELIMITERS = (";", ",", "\t")


@dataclass(frozen=True)
class Row:
    """A row as it stands there. `number` is as a spreadsheet counts, with the heading as 1."""

    number: int
    cells: dict[str, str]
    is_too_long: bool
    """Whether it has more cells than the heading: mostly a separator within a value."""


def read(file: UploadedFile[bytes], *, columns: Sequence[str], needed: Sequence[str]) -> list[Row]:
    """The rows of an upload, without empty ones. Raises `InvalidInput` with a sentence that quotes nothing of it."""
    if (file.size or 0) > min(MOST_BYTES, settings.ENV.upload_limit):
        raise _refused(_("This file is larger than %(limit)d MB. Split it.") % {"limit": MOST_BYTES // 1024**2})
    content = file.read()
    text, delimiter = _without_separator_line(_decoded(content))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or _guessed(text, columns), strict=True)
    records = _records(reader)
    heading = [name.strip().casefold() for name in next(records, [])]
    while heading and not heading[-1]:
        heading.pop()
    _raise_if_unfit(heading, columns, needed)
    rows: list[Row] = []
    for number, record in enumerate(records, start=2):
        if not any(value.strip() for value in record):
            continue
        if len(rows) == MOST_ROWS:
            raise _refused(_("This file has more than %(limit)d rows. Split it.") % {"limit": MOST_ROWS})
        surplus = any(value.strip() for value in record[len(heading) :])
        rows.append(Row(number, dict(zip(heading, record, strict=False)), surplus))
    if not rows:
        raise _refused(_("This file has no row below its heading."))
    return rows


def _decoded(content: bytes) -> str:
    if not content.strip():
        raise _refused(_("This file is empty."))
    if content.startswith(_WORKBOOKS):
        raise _refused(_("This is a workbook. Save it as “CSV UTF-8” and choose that file."))
    for encoding in ("utf-8-sig", "cp1252"):  # the second is how Excel saves a plain “CSV” in western Europe
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if all(char in "\r\n\t" or unicodedata.category(char) != "Cc" for char in set(text)):
            return text
    raise _refused(_("This is not a CSV file, whatever its name says. Save the table as “CSV UTF-8”."))


def _without_separator_line(text: str) -> tuple[str, str]:
    """Excel takes a first line `sep=;` for the separator."""
    found = _SEPARATOR_LINE.match(text)
    return (text[found.end() :], found[1]) if found and found[1] in _DELIMITERS else (text, "")


def _guessed(text: str, columns: Sequence[str]) -> str:
    """The separator by which the first line names most of the columns, or that stands in it most often."""
    first = text.lstrip("\r\n").partition("\n")[0].casefold()

    def named(delimiter: str) -> tuple[int, int]:
        parts = [part.strip(' "\r') for part in first.split(delimiter)]
        return len({*parts} & set(columns)), len(parts)

    return max(_DELIMITERS, key=named)


def _records(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    number = 0
    while True:
        number += 1
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise _refused(
                _("Row %(number)d can't be read: a quotation mark is open or stands amid a value, or a cell is huge.")
                % {"number": number}
            ) from None


def _raise_if_unfit(heading: Sequence[str], columns: Sequence[str], needed: Sequence[str]) -> None:
    if not set(heading) & set(columns):
        raise _refused(
            _("The first row must name the columns: %(columns)s. The template has them.")
            % {"columns": ", ".join(columns)}
        )
    for number, name in enumerate(heading, start=1):
        if name not in columns:  # not quoted: without a heading this is a person's datum
            raise _refused(
                _("Column %(number)d has a name that isn't known. The names are: %(columns)s.")
                % {"number": number, "columns": ", ".join(columns)}
            )
    if len(set(heading)) < len(heading):
        raise _refused(_("Two columns have the same name."))
    missing = [name for name in needed if name not in heading]
    if missing:
        raise _refused(_("A column is missing: %(columns)s.") % {"columns": ", ".join(missing)})


def _refused(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, field="file")
