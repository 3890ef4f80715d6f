"""Fingerprints: equal content, equal digest, anywhere; by RFC 8785."""

from __future__ import annotations

import hashlib

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from dsr import fingerprint


def test_a_vector_of_the_rfc() -> None:
    document = {"numbers": [333333333.33333329, 1e30, 4.5], "literals": [None, True, False], "string": "\u20ac$\u000f"}
    expected = '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5],"string":"€$\\u000f"}'
    assert fingerprint.canonical(document) == expected.encode()
    assert fingerprint.digest(document) == hashlib.sha256(expected.encode()).hexdigest()


def test_the_order_of_names_does_not_matter_and_that_of_lines_does() -> None:
    assert fingerprint.digest({"a": 1, "b": 2}) == fingerprint.digest({"b": 2, "a": 1})
    assert fingerprint.digest([1, 2]) != fingerprint.digest([2, 1])
    assert fingerprint.digest(["1"]) != fingerprint.digest([1])


def test_what_json_cannot_hold_is_refused() -> None:
    for value in (float("nan"), 2**60, {1: "a"}):
        with pytest.raises(rfc8785.CanonicalizationError):
            fingerprint.digest(value)


_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_NUMBER = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
_JSON = st.recursive(
    st.none() | st.booleans() | _NUMBER | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
)


@given(_JSON)
def test_whatever_is_hashed_is_known_by_its_digest(document: object) -> None:
    """Also where Python's own JSON has other bytes: numbers with a point, names beyond the first plane."""
    assert fingerprint.is_digest_of(fingerprint.digest(document), document)


@given(_JSON, _JSON)
def test_and_nothing_else_is(document: object, other: object) -> None:
    same = fingerprint.canonical(document) == fingerprint.canonical(other)
    assert fingerprint.is_digest_of(fingerprint.digest(document), other) == same
