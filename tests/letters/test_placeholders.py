"""Placeholders: a closed set, each shipped text complete in each language, and nothing that runs."""

from __future__ import annotations

import re

import pytest

from dsr.exceptions import InvalidInput
from dsr.languages import LANGUAGES
from dsr.letters import placeholders
from dsr.letters.shipped import TEXTS, shipped
from dsr.models import LetterKind

K = LetterKind


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", K)
def test_each_shipped_text_is_one_that_could_be_saved(kind: K, language: str) -> None:
    text = shipped(kind, language)
    placeholders.check(kind, heading=text.heading, body=text.body)
    english = shipped(kind, "en")
    assert placeholders.used(text.body) == placeholders.used(english.body)
    assert "contact" in placeholders.used(text.body), "whom to ask"
    assert "reference" in placeholders.used(text.body)


def test_there_is_no_other_text() -> None:
    expected = {f"{language}/{kind.value}.txt" for language in LANGUAGES for kind in K}
    assert {path.relative_to(TEXTS).as_posix() for path in TEXTS.rglob("*.txt")} == expected


@pytest.mark.parametrize("kind", K)
def test_what_is_required_is_allowed_and_explained(kind: K) -> None:
    assert placeholders.REQUIRED[kind] <= placeholders.allowed(kind) <= placeholders.MEANINGS.keys()


def test_the_law_asks_for_these() -> None:
    assert placeholders.REQUIRED[K.REFUSAL] >= {"reasons", "complaint", "remedy"}, "Art. 12(4)"
    assert placeholders.REQUIRED[K.EXTENSION] >= {"reasons"}, "Art. 12(3)"
    assert placeholders.REQUIRED[K.COMPLETION] >= {"complaint", "remedy"}, "what was kept was refused, Art. 12(4)"
    assert placeholders.REQUIRED[K.RECIPIENT] >= {"identifiers"}, "Art. 19"


@pytest.mark.parametrize(
    "text",
    [
        "{{ settings.SECRET_KEY }}",
        "{{ name|safe }}",
        "{% load static %}",
        "{{ nobody }}",
        "{{ Name }}",
        "{{ reasons }}",
        "{{ name }",
        "{{",
        "}}",
        "{# hidden #}",
        "{{ name.upper }}",
    ],
)
def test_what_is_no_placeholder_of_this_letter_is_refused(text: str) -> None:
    for field in ("heading", "body"):
        given = {"heading": "A heading", "body": "A text", field: f"Hello {text}."}
        with pytest.raises(InvalidInput) as refusal:
            placeholders.check(K.ACKNOWLEDGEMENT, **given)
        assert refusal.value.field == field


def test_a_passage_of_several_lines_stands_in_no_heading() -> None:
    for name in ("contact", "authority", "complaint"):
        with pytest.raises(InvalidInput):
            placeholders.check(K.ACKNOWLEDGEMENT, heading=f"{{{{ {name} }}}}", body="A text")


@pytest.mark.parametrize(
    ("heading", "body"), [("", "x"), ("a\nb", "x"), ("x" * 201, "x"), ("x", " "), ("x", "y" * 20_001)]
)
def test_empty_and_endless_texts_are_refused(heading: str, body: str) -> None:
    with pytest.raises(InvalidInput):
        placeholders.check(K.ACKNOWLEDGEMENT, heading=heading, body=body)


def test_values_are_put_in_once_and_close_up_where_they_are_empty() -> None:
    values = {"name": lambda: "{{ reference }} & <b>", "recipients": lambda: "", "reference": lambda: "DSR-1"}
    text = "A {{name}}\n\n{{ recipients }}\n\n{{ reference }} {{ result }}"
    assert placeholders.fill(text, values, keep={"result"}) == "A {{ reference }} & <b>\n\nDSR-1 {{ result }}"


def test_no_text_promises_what_nobody_can_promise() -> None:
    for path in TEXTS.rglob("*.txt"):
        text = path.read_text(encoding="utf-8").lower()
        assert not re.search(r"compliant|konform|conforme au|tamper|all your data|alle ihre daten|toutes vos", text), (
            path
        )
