"""Read in pieces, a document says the same as read whole by `json.loads`, wherever the pieces end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dsr import longjson
from dsr.longjson import Malformed, Reader
from tests.connectors.answers import ANSWERS

PLAIN = json.JSONDecoder()
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[]), max_size=12)
    | st.sampled_from(["\ud800", "\udfff\ud83e", "🦊", '"\\', "\x00"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)
ODD = [
    *(raw for raw in ANSWERS.values() if len(raw) < 20_000),
    *(b"", b"12", b"12.", b"-", b"1e", b"tru", b"[1,]", b"[1 2]", b'{"a":1,}', b'{"a" 1}', b"{1:2}", b"[", b"{", b"]"),
    *(b'{"a":[1]]', b"[1}", b'{"a":1]', b'"a', b'"\\u12"', b"\xef\xbb\xbf", b"\xef\xbb", b"[1]\xed\xa0", b"nullx"),
    *(b"[01]", b"[1.e5]", b"[- 1]", b"[NaN,-Infinity]", b'{"a":1,"a":[2]}', b"\xff\xfe1\x00", b"1\x00", b"[1]\x00"),
]


def pieces(raw: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(raw), size):
        yield raw[start : start + size]


def taken(reader: Reader, *, lists: bool) -> Any:
    """Everything: objects by their members and, on the way, lists by their entries."""
    if reader.peek() == "{":
        return {key: taken(reader, lists=lists) for key in reader.members()}
    if lists and reader.peek() == "[":
        return list(reader.items())
    return reader.value()


def in_pieces(raw: bytes, size: int, *, lists: bool) -> str:
    reader = Reader(pieces(raw, size), PLAIN)
    try:
        value = taken(reader, lists=lists)
        reader.end()
    except Malformed:
        return "malformed"
    return ascii(value)


def whole(raw: bytes) -> str:
    try:
        return ascii(json.loads(raw))
    except (ValueError, RecursionError):
        return "malformed"


@pytest.mark.parametrize("lists", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1_000_000])
def test_whatever_came_is_read_as_by_json_loads(size: int, lists: bool) -> None:
    for raw in ODD:
        assert in_pieces(raw, size, lists=lists) == whole(raw), raw


@given(value=VALUES, size=st.integers(1, 40), ascii_only=st.booleans(), indent=st.sampled_from([None, 1]))
@example(value="\ud800", size=1, ascii_only=False, indent=None)
def test_any_document_in_any_pieces(value: Any, size: int, ascii_only: bool, indent: int | None) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    assert in_pieces(raw, size, lists=True) == whole(raw)


@given(raw=st.text('{}[]",:\\ue0123.-+ntrf \n', max_size=30), size=st.integers(1, 40))
def test_what_is_hardly_json_is_refused_as_by_json_loads(raw: str, size: int) -> None:
    assert in_pieces(raw.encode(), size, lists=True) == whole(raw.encode())


def test_a_place_is_found_again_without_reading_what_lies_before() -> None:
    raw = json.dumps({"a": ["ä" * 50] * 50, "b": [1, 2, {"c": "東"}]}, ensure_ascii=False).encode()
    first = Reader(pieces(raw, 100), PLAIN)
    for key in first.members():
        if key == "b":
            place = first.offset
        first.value()
    again = Reader(pieces(raw, 64), PLAIN)
    again.skip(place)
    assert list(again.items()) == [1, 2, {"c": "東"}]
    with pytest.raises(Malformed):
        Reader(pieces(raw, 64), PLAIN).skip(10_000)


def test_a_value_that_never_ends_is_not_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(longjson, "LONGEST_VALUE", 10_000)
    given_out = 0

    def endless() -> Iterator[bytes]:
        nonlocal given_out
        yield b'["'
        while True:
            given_out += 1_000
            yield b"x" * 1_000

    with pytest.raises(Malformed):
        list(Reader(endless(), PLAIN).items())
    assert given_out < 50_000
