"""The packages that a person gets: under Article 15 a letter, a report to read, and the data for programs; under
Article 20 a letter and, for programs, the data that they provided or that was observed of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from django.utils import translation
from django.utils.translation import gettext as _

from dsr.evidence.records import Drawn
from dsr.evidence.templates import render
from dsr.exports.answer import Answer
from dsr.exports.archive import Archive
from dsr.exports.build import table_title
from dsr.exports.data import write_access_data
from dsr.exports.letter import AccessLetter, draw_letter, draw_portable_letter
from dsr.exports.portable import TABLES, portable
from dsr.exports.records import PackageHeader, PackageWritten
from dsr.exports.report import Reading, read_report
from dsr.exports.tables import tables_of, write_table

LETTER, REPORT_PAGE, REPORT_PDF, DATA, README = (
    "letter.pdf",
    "report.html",
    "report.pdf",
    "data/data.json",
    "README.txt",
)

SCHEMA = "data/schema.json"
_SCHEMA = Path(__file__).parent / "access-data-1.json"
"""The same as in `docs/schemas`, which isn't installed."""


def write_package(
    target: BinaryIO,
    *,
    header: PackageHeader,
    letter: AccessLetter,
    answers: Sequence[Answer],
    reading: Reading,
    sign: Callable[[Drawn], Drawn],
    left_out: Sequence[tuple[str, int]] = (),
    logo: bytes = b"",
) -> PackageWritten:
    """Write the package as a ZIP to `target`, in the header's language, and say what went in.

    `answers` are what is handed over: what is to be left out is gone from them already. Each is read several times from
    front to back, and no list of it is held. `left_out` says why something was, and in how many places. `sign` is given
    the letter. `target` needs no seeking and is left open.
    """
    with translation.override(header.language):
        archive = Archive(target, made_at=header.made_at)
        signed = sign(draw_letter(letter, logo=logo))
        archive.add(LETTER, [signed.pdf], what=_("The letter: read this first"))
        report = read_report(header=header, answers=answers, reading=reading)
        archive.add(REPORT_PAGE, [report.as_html().encode("utf-8")], what=_("The data in plain words, as a page"))
        archive.add(REPORT_PDF, [report.as_pdf(logo=logo).pdf], what=_("The same to print"))
        archive.add(
            DATA, write_access_data(header=header, answers=answers, left_out=left_out), what=_("The data for programs")
        )
        for table in tables_of(answers):
            archive.add(f"data/{table}.csv", write_table(table, answers), what=table_title(table))
        listed = render("export/package.txt", {"header": header, "files": archive.files}, language=header.language)
        archive.add(README, [listed.encode("utf-8")], what=_("What each file is"))
        archive.close()
    return PackageWritten(files=tuple(archive.files), signed_by=signed.signed_by)


def write_portable_package(
    target: BinaryIO,
    *,
    header: PackageHeader,
    letter: AccessLetter,
    answers: Sequence[Answer],
    sign: Callable[[Drawn], Drawn],
    left_out: Sequence[tuple[str, int]] = (),
    logo: bytes = b"",
) -> PackageWritten:
    """Write the package of Article 20 in the same way: of the answers, only what may be taken along."""
    taken = [portable(answer) for answer in answers]
    with translation.override(header.language):
        archive = Archive(target, made_at=header.made_at)
        signed = sign(draw_portable_letter(letter, logo=logo))
        archive.add(LETTER, [signed.pdf], what=_("The letter: read this first"))
        data = write_access_data(header=header, answers=taken, left_out=left_out)
        archive.add(DATA, data, what=_("The data for programs"))
        archive.add(SCHEMA, [_SCHEMA.read_bytes()], what=_("How that file is built (JSON Schema)"))
        for table, columns in TABLES.items():
            archive.add(f"data/{table}.csv", write_table(table, taken, only=columns), what=table_title(table))
        listed = render("export/portable.txt", {"header": header, "files": archive.files}, language=header.language)
        archive.add(README, [listed.encode("utf-8")], what=_("What each file is"))
        archive.close()
    return PackageWritten(files=tuple(archive.files), signed_by=signed.signed_by)
