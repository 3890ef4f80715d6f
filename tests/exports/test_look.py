"""The letter and the report look as they are meant to, in each language, with our own fonts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from django.utils import translation
from PIL import Image

from dsr.exports.letter import draw_letter
from tests.evidence.logo import a_logo
from tests.evidence.pages import TOLERANCE, difference, pictures
from tests.exports.papers import RIGHT_TO_LEFT, fixed_papers, letter_in

FOLDER = Path(__file__).parent / "pages"


def stored(file: str) -> Image.Image:
    return Image.open(FOLDER / file).convert("L")


def test_every_page_looks_as_it_is_meant_to() -> None:
    seen = {}
    for name, drawn in fixed_papers().items():
        for file, picture in pictures(name, drawn):
            seen[file] = difference(picture, stored(file))
    assert {path.name for path in FOLDER.glob("*.png")} == set(seen), "run `make pages`, and look at what it drew"
    assert not {file: part for file, part in seen.items() if part > TOLERANCE}


def test_another_letter_would_be_noticed() -> None:
    with translation.override("en"):
        other = draw_letter(letter_in("en", left_out=()), logo=a_logo())
        right_to_left = draw_letter(letter_in("en", to_name=RIGHT_TO_LEFT), logo=a_logo())
        demo = draw_letter(replace(letter_in("en"), is_demo=True), logo=a_logo())
    for drawn in (other, right_to_left, demo):
        (file, picture), *_rest = pictures("letter-en", drawn)
        assert difference(picture, stored(file)) > TOLERANCE
