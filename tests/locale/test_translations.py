"""No word of a screen, a mail or a document lacks its translation, and what was translated is what is used."""

from __future__ import annotations

import gettext
import re

import pytest

from dsr.languages import LANGUAGES
from tests.locale.catalogues import LOCALE, needed, plurals, written

OTHERS = sorted(set(LANGUAGES) - {"en"})
PLACES = re.compile(r"%\(\w+\)[sdf]|</?bdi[^>]*>")


@pytest.mark.parametrize("language", OTHERS)
def test_no_word_lacks_its_translation(language: str) -> None:
    catalogue, wanted = written(language), needed()
    assert len(wanted) > 2000, "the sources are found"
    assert wanted == set(catalogue), "run `make messages`, and translate what is new"
    assert not [text for text, translations in catalogue.items() if not all(translations)]
    assert "fuzzy" not in (LOCALE / language / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", OTHERS)
def test_every_figure_and_name_stands_in_the_translation_too(language: str) -> None:
    several = plurals(language)
    for key, translations in written(language).items():
        for number, translation in enumerate(translations):
            text = several[key] if number and key in several else key[0]
            # A language may count where English has one: “1 contact” for “the contact”.
            allowed = [sorted(PLACES.findall(text)), sorted(PLACES.findall(several.get(key, text)))]
            assert sorted(PLACES.findall(translation)) in allowed, translation


@pytest.mark.parametrize("language", OTHERS)
def test_what_was_translated_is_what_is_used(language: str) -> None:
    """The compiled file is in step with the one that people write."""
    with (LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled: dict[object, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    expected: dict[object, str] = {}
    for (text, context), translations in written(language).items():
        key = f"{context}\x04{text}" if context else text
        for number, translation in enumerate(translations):
            expected[(key, number) if len(translations) > 1 else key] = translation
    assert {key: text for key, text in compiled.items() if key} == expected, "run `make messages`"
