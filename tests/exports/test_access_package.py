"""What a person gets: the letter, the report on paper and as a page, the data; in their language."""

from __future__ import annotations

import dataclasses
import io
import re
import zipfile
from typing import Any

import pytest
from django.utils import translation

from dsr.demo.records import RECORDS
from dsr.evidence.records import Drawn
from dsr.exports.answer import Answer, read_answer
from dsr.exports.letter import draw_letter
from dsr.exports.package import write_package
from dsr.exports.records import PackageWritten
from dsr.exports.report import Reading, read_report
from dsr.exports.tags import key, read_meanings
from dsr.languages import LANGUAGES
from tests.evidence.reading import words_of
from tests.exports.cast import FORMULA, MORNING, PRODUCTS, a_header, hostile, linda
from tests.exports.papers import LEFT_OUT, fixed_papers, header_in, letter_in, linda_read, reading_in


def made(*answers: Answer, language: str = "en", **changes: Any) -> tuple[dict[str, bytes], PackageWritten]:
    """The files of a package."""
    target = io.BytesIO()
    written = write_package(
        target,
        header=header_in(language),
        letter=letter_in(language),
        answers=answers or linda_read(),
        reading=dataclasses.replace(reading_in(language), **changes),
        sign=lambda drawn: dataclasses.replace(drawn, pdf=drawn.pdf + b"\n% signed", signed_by="f" * 64),
    )
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}, written


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_letter_tells_all_that_article_15_wants_told(language: str) -> None:
    words = words_of(fixed_papers()[f"letter-{language}"].pdf)
    told = RECORDS[language]
    for name in ("purposes", "data_categories", "recipients", "transfers", "storage_period", "source"):
        assert re.sub(r"\s+", " ", told[name]) in words, name
    for name in ("automated_decisions", "authority", "contact"):
        assert re.sub(r"\s+", " ", told[name]) in words, name
    for article in ("16", "17", "18", "20", "21", "77"):
        assert re.search(rf"[Aa]rt\. {article} ", words), article
    for letter in "abcdefgh":
        assert re.search(rf"15(\(1\)\({letter}\)| Abs\. 1 Buchst\. {letter}|, \w+ 1, \w+ {letter}\))", words), letter
    assert "Maximiliana Wolfeschlegelsteinhausenbergerdorff-Montgomery y Fernández de la Vega" in words
    assert LEFT_OUT[0] in words
    assert "DSR-2026-000142" in words
    assert told["security"] not in words, "that is for the register"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_letter_fits_on_two_pages(language: str) -> None:
    assert fixed_papers()[f"letter-{language}"].pages == 2


def test_nothing_left_out_is_not_mentioned() -> None:
    with translation.override("en"):
        words = words_of(draw_letter(letter_in("en", left_out=())).pdf)
    assert "left out" not in words


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_package_is_in_one_language_throughout(language: str) -> None:
    files, _written = made(language=language)
    page = files["report.html"].decode()
    assert f'<html lang="{language}">' in page
    assert read_meanings(RECORDS[language]["tag_meanings"])["newsletter"] in page
    readme = files["README.txt"].decode()
    if language != "en":
        for word in ("What we hold", "How you came", "Purchases", "Read the letter", "Newest first", "Visits"):
            assert word not in page + readme + words_of(files["report.pdf"])


def test_it_holds_what_its_readme_lists() -> None:
    files, written = made()
    assert list(files)[:4] == ["letter.pdf", "report.html", "report.pdf", "data/data.json"]
    assert [row.name for row in written.files] == list(files)
    listed = files["README.txt"].decode()
    for name in files:
        assert name == "README.txt" or f"{name}\n" in listed
    assert files["letter.pdf"].endswith(b"% signed")
    assert written.signed_by == "f" * 64
    assert files["data/contacts.csv"].startswith("\ufeff".encode())


def test_equal_content_gives_equal_bytes() -> None:
    assert made() == made()


def test_the_report_says_on_paper_what_it_says_as_a_page() -> None:
    files, _written = made()
    paper = words_of(files["report.pdf"])
    page = re.sub(
        r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]*>", " ", files["report.html"].decode(), flags=re.DOTALL)
    )
    for sentence in (
        "What we hold about you",
        "You came through an advertisement that was paid for.",
        "gets our newsletter",
        "no explanation is kept",
        "Spring course",
        "45.00",
        "Köln, DE",
        "1 January 2021",
        "https://shop.example.com/page/59",
        LEFT_OUT[0],
    ):
        assert sentence in paper, sentence
        assert sentence in page, sentence


def test_the_picture_is_inline_has_a_name_and_its_figures_beside_it() -> None:
    page = made()[0]["report.html"].decode()
    [picture] = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    assert 'role="img"' in picture
    assert "<title>Your visits and purchases over time</title>" in picture
    assert "2018: 0 visits, 1 purchase; 2021: 60 visits, 0 purchases" in picture
    assert " style=" not in picture
    rows = re.findall(r'data-is="Year">(\d+)<.*?Visits" class="number">(\d+)<.*?number">(\d+)<', page, flags=re.DOTALL)
    assert rows == [("2018", "0", "1"), ("2021", "60", "0")]


def test_the_appendix_of_several_records_stays_short() -> None:
    many = [read_answer(linda(visits=300), raw_name="x") for _ in range(10)]
    with translation.override("en"):
        page = read_report(header=a_header(), answers=many, reading=reading_in("en")).as_html()
    assert page.count("https://shop.example.com/page/") == 300
    assert page.count("The newest 30 of 300 are shown here. The rest stands in data/events.csv.") == 10


def test_a_moment_that_cannot_be_draws_no_picture_of_ten_thousand_years() -> None:
    answer = Answer(
        contact_id="1",
        fetched_at=MORNING,
        raw_name="x",
        data={
            "events": [{"date_created": f"{year}-01-01T00:00:00+00:00"} for year in ("0001", "1970", "9999", "2024")]
        },
    )
    with translation.override("en"):
        page = read_report(header=a_header(), answers=[answer], reading=Reading(products={}, meanings={})).as_html()
    assert "2024: 1 visit, 0 purchases</desc>" in page
    assert page.count('data-is="When"') == 4, "they are listed all the same"


def test_hostile_values_stay_text_in_each_file() -> None:
    files, _written = made(read_answer(hostile(), raw_name="x"))
    page = files["report.html"].decode()
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;alert(1)" in page
    paper = words_of(files["report.pdf"])
    assert FORMULA in paper
    assert "⟨U+202E⟩" in paper
    table = files["data/contacts.csv"].decode("utf-8-sig")
    assert "'=HYPERLINK" in table


def test_what_the_administrator_or_the_officer_wrote_stays_text() -> None:
    markup = '<img src="file:///etc/passwd"><b>bold</b>\u202e'
    files, _written = made(meanings={"newsletter": markup}, left_out=(markup,), products={**PRODUCTS, "108": markup})
    assert "<b>bold" not in files["report.html"].decode()
    assert "\u202e" not in files["report.html"].decode()
    letter = letter_in("en", to_name=markup, left_out=(markup,))
    letter = dataclasses.replace(letter, particulars=dataclasses.replace(letter.particulars, purposes=markup))
    with translation.override("en"):
        drawn: Drawn = draw_letter(letter)
    words = words_of(drawn.pdf)
    assert words.count('<img src="file:///etc/passwd"><b>bold</b>⟨U+202E⟩') == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_amounts_are_written_as_the_language_does(language: str) -> None:
    page = made(language=language)[0]["report.html"].decode()
    assert ("45.00" if language == "en" else "45,00") in page


def test_a_tag_is_found_however_it_is_written() -> None:
    found = read_meanings("VIP =  has bought twice \n\n2018  Holiday = a = b")
    assert found == {"vip": "has bought twice", "2018 holiday": "a = b"}
    assert key(" 2018   HOLIDAY") in found
