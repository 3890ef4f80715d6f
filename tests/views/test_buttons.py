"""A button that takes something away for good says what it does, in more than one word."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

BUTTON = re.compile(r'<button[^>]*class="danger"[^>]*>(.*?)</button>', re.DOTALL)
WORDS = re.compile(r'{% translate "([^"]+)" %}|{% blocktranslate[^%]*%}(.*?){% (?:plural|endblocktranslate) %}')
FOUND = [
    (path.name, words)
    for path in sorted((settings.BASE_DIR / "templates").rglob("*.html"))
    for button in BUTTON.findall(path.read_text())
    for words in ("".join(found) for found in WORDS.findall(button))
]


def test_they_are_all_found() -> None:
    assert len(FOUND) >= 15


@pytest.mark.parametrize(("template", "words"), FOUND)
def test_a_destructive_button_says_what_it_does(template: str, words: str) -> None:
    assert len(words.split()) >= 2, f"{template}: “{words}” alone doesn't say what is done"
