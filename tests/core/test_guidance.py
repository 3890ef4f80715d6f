"""Each state and each legal ground has its sentence and its article, linked in the language that is read."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from django.db.models import TextChoices
from django.template import Context, Template
from django.utils import translation

from dsr import guidance
from dsr.models import (
    Exemption,
    Ground,
    LetterKind,
    ObjectionGround,
    RefusalGround,
    RestrictionGround,
    WhyNotTold,
)
from dsr.states import CHANGES, PACKAGES, Kind, State

ARTICLE = re.compile(r"\d{1,2}(\(\d\))?(\([a-i]\))?")
LINK = re.compile(r"https://eur-lex\.europa\.eu/eli/reg/2016/679/oj/(eng|deu|fra|spa)#art_[1-9]\d?")
EVERY: list[tuple[str, Iterable[TextChoices]]] = [
    ("kind", Kind),
    ("state", State),
    ("ground", Ground),
    ("restriction", RestrictionGround),
    ("objection", ObjectionGround),
    ("exemption", [value for value in Exemption if value]),
    ("refusal", RefusalGround),
    ("not_told", WhyNotTold),
    ("letter", LetterKind),
    ("topic", guidance.Topic),
]


def test_all_that_can_be_explained_is_listed_here() -> None:
    assert guidance.BY_NAME.keys() == {name for name, _ in EVERY}


@pytest.mark.parametrize(("name", "values"), EVERY)
def test_every_value_has_one_sentence_and_its_articles(name: str, values: Iterable[TextChoices]) -> None:
    rows = guidance.BY_NAME[name]

    assert list(rows) == list(values)
    for value in values:
        row = rows[value]
        assert str(row.sentence).endswith("."), value
        assert name == "topic" or str(row.sentence).count(". ") == 0, f"one sentence: {value}"
        assert row.articles, value
        for article in row.articles:
            assert ARTICLE.fullmatch(article), article
            assert LINK.fullmatch(guidance.link(article)), article


def test_a_ground_links_the_article_that_it_is() -> None:
    for value in (*RestrictionGround, *ObjectionGround):
        assert guidance.of_ground(value).articles[0] == value  # type: ignore[union-attr]
    for value in (*Ground, *(value for value in Exemption if value)):
        rows = guidance.GROUNDS if isinstance(value, Ground) else guidance.EXEMPTIONS
        assert rows[value].articles[0] == value
    assert "21" in guidance.GROUNDS[Ground.OBJECTION].articles


def test_access_has_its_own_words_where_it_isn_t_about_deleting() -> None:
    for state in State:
        words = str(guidance.of_state(state, Kind.ACCESS).sentence)
        assert "delet" not in words or state in {State.AWAITING_APPROVAL, State.ERASING}, state
        assert guidance.of_state(state, Kind.ERASURE) == guidance.STATES[state]


@pytest.mark.parametrize("kind", sorted(CHANGES | PACKAGES))
def test_nothing_is_said_to_be_deleted_where_nothing_is(kind: Kind) -> None:
    for state in {*State} - {State.ERASING} - ({State.AWAITING_APPROVAL} if kind in PACKAGES else set()):
        assert "delet" not in str(guidance.of_state(state, kind).sentence), state


@pytest.mark.parametrize(("kind", "tells"), [("rectification", True), ("restriction", True), ("objection", False)])
def test_recipients_are_told_of_what_article_19_names(kind: str, tells: bool) -> None:
    drawn = Template("{% load guidance %}{% law 'letter' 'changed' kind %}").render(Context({"kind": kind}))
    assert "Art. 12(3)" in drawn
    assert ("Art. 19" in drawn) is ("recipients" in drawn) is tells


@pytest.mark.parametrize(
    ("language", "expected"), [("en-gb", "eng"), ("de", "deu"), ("fr", "fra"), ("es", "spa"), ("xx", "eng")]
)
def test_the_link_is_in_the_language_that_is_read(language: str, expected: str) -> None:
    with translation.override(language):
        assert guidance.link("17(1)(a)") == f"https://eur-lex.europa.eu/eli/reg/2016/679/oj/{expected}#art_17"


def test_the_tag_draws_a_plain_link_that_tells_eur_lex_nothing() -> None:
    drawn = Template('{% load guidance %}{% law "refusal" "identity" %}').render(Context())

    assert drawn.count('rel="noreferrer noopener"') == drawn.count("<a ") == 3
    assert "target" not in drawn
    for article in ("11(2)", "12(2)", "12(6)"):
        assert f"Art. {article}" in drawn


def test_the_tag_says_nothing_of_what_isn_t_chosen_yet() -> None:
    assert Template('{% load guidance %}{% law "ground" "" %}').render(Context()).strip() == ""


def test_the_list_can_be_opened_without_a_script() -> None:
    drawn = Template('{% load guidance %}{% laws "exemption" "What they mean" %}').render(Context())

    assert "<details" in drawn
    assert "<summary>What they mean</summary>" in drawn
    assert drawn.count("<dt>") == drawn.count("<dd>") == 5


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en-gb", "Art. 17(1)(a)"),
        ("de", "Art. 17 Abs. 1 Buchst. a"),
        ("fr", "article 17, paragraphe 1, point a)"),
        ("es", "artículo 17, apartado 1, letra a)"),
    ],
)
def test_articles_are_cited_as_each_language_does(language: str, words: str) -> None:
    with translation.override(language):
        drawn = Template('{% load guidance %}{% law "ground" "17(1)(a)" %}').render(Context())
    assert f">{words}<" in drawn


@pytest.mark.parametrize(
    ("kind", "article"), [("rectification", "16"), ("restriction", "18(1)"), ("objection", "21(1)")]
)
def test_each_change_names_its_own_article(kind: str, article: str) -> None:
    for state in (State.REVIEW, State.CHANGING):
        assert guidance.of_state(state, kind).articles == (article,)
