"""Every act that the audit log can hold is told in words, and no words are kept for an act that nothing records."""

from __future__ import annotations

from dsr.selectors.office_words import OFFICE_WORDS
from dsr.selectors.timeline import _WORDS
from dsr.states import Verb
from tests.core import recorded

OTHERWISE_NAMED = set(Verb.values)
"""Moves of a case have a name of their own, which serves where there are no words."""


def test_the_source_is_read() -> None:
    found = recorded.verbs()
    assert len(found) > 140
    assert {"filed", "connection_changed", "merged_here", "tagging_finished", "filing_expired", "refuse"} <= found


def test_every_act_is_told_in_words() -> None:
    assert sorted(recorded.verbs() - {*_WORDS, *OFFICE_WORDS, *OTHERWISE_NAMED}) == [], (
        "these stand in no list of words"
    )


def test_no_words_are_for_acts_that_nothing_records() -> None:
    assert sorted({*map(str, _WORDS), *OFFICE_WORDS} - recorded.verbs()) == []


def test_words_stand_in_one_place() -> None:
    assert not set(_WORDS) & set(OFFICE_WORDS)
