"""A letter and a report of an access package in each language, with the demo's words and long names."""

from __future__ import annotations

import datetime as dt
from functools import cache

from django.utils import translation

from dsr.demo.records import RECORDS
from dsr.evidence.records import Drawn
from dsr.exports.answer import Answer, read_answer
from dsr.exports.letter import AccessLetter, Particulars, draw_letter
from dsr.exports.records import PackageHeader
from dsr.exports.report import Reading, read_report
from dsr.exports.tags import read_meanings
from dsr.languages import LANGUAGES
from tests.evidence.languages import ADDRESS, LONG_NAME
from tests.evidence.logo import a_logo
from tests.exports.cast import MORNING, PRODUCTS, a_header, linda

LEFT_OUT = ("The e-mail address of the seller who looked after you.",)
RIGHT_TO_LEFT = "محمد عبد الله بن سعيد"


def header_in(language: str) -> PackageHeader:
    """The header of Linda's package."""
    return a_header(language=language, organisation_address=ADDRESS, subject_name=LONG_NAME)


def letter_in(language: str, *, to_name: str = LONG_NAME, left_out: tuple[str, ...] = LEFT_OUT) -> AccessLetter:
    """The letter, with what the demo's shop tells."""
    told = {name: RECORDS[language][name] for name in Particulars.__dataclass_fields__}
    return AccessLetter(
        organisation="Meadow Courses Ltd",
        organisation_address=ADDRESS,
        language=language,
        reference="DSR-2026-000142",
        to_name=to_name,
        received_on=dt.date(2026, 11, 3),
        made_at=MORNING,
        time_zone="Europe/Berlin",
        account_id="a1b2c3",
        particulars=Particulars(**told),
        left_out=left_out,
    )


def reading_in(language: str) -> Reading:
    """What the report says beyond the answers."""
    return Reading(
        products=PRODUCTS,
        meanings=read_meanings(RECORDS[language]["tag_meanings"]),
        folder="data",
        left_out=LEFT_OUT,
    )


def linda_read() -> list[Answer]:
    """Linda's answer, with fewer visits than would fill a book."""
    return [read_answer(linda(visits=60), raw_name="data/data.json")]


def letter(language: str) -> Drawn:
    """The letter, drawn."""
    with translation.override(language):
        return draw_letter(letter_in(language), logo=a_logo())


def report(language: str) -> Drawn:
    """The report, drawn."""
    with translation.override(language):
        return read_report(header=header_in(language), answers=linda_read(), reading=reading_in(language)).as_pdf(
            logo=a_logo()
        )


@cache
def fixed_papers() -> dict[str, Drawn]:
    """The letter in each language, and the report in one."""
    return {**{f"letter-{language}": letter(language) for language in LANGUAGES}, "report-en": report("en")}
