"""Files that people save from a spreadsheet, and files that are none: read as meant, or refused with a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr import sheets
from dsr.exceptions import InvalidInput
from dsr.services.filing_rows import COLUMNS, NEEDED
from tests.tables import HEADING, as_file, line


def read(content: bytes) -> list[sheets.Row]:
    return sheets.read(as_file(content), columns=COLUMNS, needed=NEEDED)


GERMAN = "type;name;emails;received_on;channel\r\nerasure;Jürgen Müßig;a@example.com;03.11.2026;letter\r\n"


@pytest.mark.parametrize(
    "content",
    [
        GERMAN.encode("utf-8-sig"),
        GERMAN.encode(),
        GERMAN.encode("cp1252"),
        GERMAN.replace(";", ",").encode("utf-8-sig"),
        GERMAN.replace(";", "\t").encode(),
        b"\xef\xbb\xbfsep=;\r\n" + GERMAN.encode(),
        GERMAN.replace("\r\n", "\n").encode(),
        GERMAN.replace("type;", '"TYPE ";').encode(),
    ],
    ids=["utf-8 with its mark", "utf-8", "Windows-1252", "commas", "tabs", "sep=", "unix", "capitals"],
)
def test_what_spreadsheets_save_is_understood(content: bytes) -> None:
    (row,) = read(content)

    assert row.number == 2
    assert row.cells["name"] == "Jürgen Müßig"
    assert row.cells["received_on"] == "03.11.2026"
    assert not row.is_too_long


def test_rows_are_counted_as_a_spreadsheet_does_and_empty_ones_are_passed_over() -> None:
    content = f"{HEADING}\r\n\r\n,,,,,,,\r\n{line(1, note='two' + chr(10) + 'lines')}\r\n{line(2)}\r\n,,\r\n"

    assert [row.number for row in read(content.encode())] == [4, 5]


def test_a_row_that_is_longer_than_its_heading_is_marked() -> None:
    content = f"{HEADING}\r\nerasure,Dare, Linda,a@example.com,,2026-11-03,email,en,x\r\n{line(1)},,,\r\n"

    assert [row.is_too_long for row in read(content.encode())] == [True, False]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b" \r\n \r\n", "empty"),
        (b"PK\x03\x04 a workbook", "workbook"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not a CSV file"),
        (bytes(range(256)) * 40, "not a CSV file"),
        (f"{HEADING}\r\n{line(1, name='a' + chr(0) + 'b')}".encode(), "not a CSV file"),
        (GERMAN.encode("utf-16"), "not a CSV file"),
        (f"{line(1)}\r\n".encode(), "must name the columns"),
        (f"{HEADING},colour\r\n{line(1)},x".encode(), "Column 9"),
        (f"{HEADING},note\r\n{line(1)},x".encode(), "same name"),
        (b"type,name,emails\r\nerasure,A,a@example.com", "missing: received_on, channel"),
        (HEADING.encode(), "no row"),
        (f'{HEADING}\r\n{line(1)}\r\n"never closed'.encode(), "Row 3"),
        (f'{HEADING}\r\n"a"b,c'.encode(), "Row 2"),
        ("\r\n".join([HEADING, *map(line, range(2001))]).encode(), "more than 2000 rows"),
        (f"{HEADING}\r\n{line(1)}\r\n".encode() + b"," * (2 * 1024 * 1024), "larger than 2 MB"),
    ],
)
def test_what_can_not_be_read_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence) as refused:
        read(content)

    assert refused.value.field == "file"
    assert "Pia" not in str(refused.value), "a sentence quotes nothing of the file"


def test_two_thousand_rows_are_taken() -> None:
    assert len(read("\r\n".join([HEADING, *map(line, range(2000))]).encode())) == 2000


@given(st.binary(max_size=400))
def test_whatever_the_bytes_are_the_answer_is_rows_or_a_sentence(content: bytes) -> None:
    for whole in (content, HEADING.encode() + b"\r\n" + content):
        try:
            read(whole)
        except InvalidInput:
            continue
