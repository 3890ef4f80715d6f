"""Encryption at rest: what is changed, cut, moved or under another key doesn't open; names compare as they should."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr import crypto
from dsr.exceptions import Unreadable

KEY, OTHER = b"k" * 32, b"o" * 32


def sealed_file(content: bytes, *, context: str = "a/b") -> bytes:
    target = io.BytesIO()
    writer = crypto.SealingWriter(target, KEY, context=context)
    writer.write(content)
    writer.finish()
    return target.getvalue()


def unsealed(sealed: bytes, *, key: bytes = KEY, context: str = "a/b") -> bytes:
    return b"".join(crypto.unseal_chunks(io.BytesIO(sealed), key, context=context))


def test_a_sealed_value_opens_at_its_place_only() -> None:
    sealed = crypto.seal(KEY, b"Linda", context="DSR-1:name")
    assert crypto.unseal(KEY, sealed, context="DSR-1:name") == b"Linda"
    assert b"Linda" not in sealed
    assert crypto.seal(KEY, b"Linda", context="DSR-1:name") != sealed, "equal values don't look equal"
    for key, value, context in (
        (OTHER, sealed, "DSR-1:name"),
        (KEY, sealed, "DSR-2:name"),
        (KEY, sealed[:-1], "DSR-1:name"),
        (KEY, b"", "DSR-1:name"),
        (KEY, sealed[:8] + bytes([sealed[8] ^ 1]) + sealed[9:], "DSR-1:name"),
    ):
        with pytest.raises(Unreadable) as refused:
            crypto.unseal(key, value, context=context)
        assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "size",
    [0, 1, crypto.CHUNK_BYTES - 1, crypto.CHUNK_BYTES, crypto.CHUNK_BYTES + 1, 2 * crypto.CHUNK_BYTES, 700_000],
)
def test_a_file_comes_back_whole(size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    assert unsealed(sealed_file(content[:size])) == content[:size]


@given(parts=st.lists(st.binary(max_size=200_000), max_size=6))
def test_it_does_not_matter_how_a_file_is_written(parts: list[bytes]) -> None:
    target = io.BytesIO()
    writer = crypto.SealingWriter(target, KEY, context="a/b")
    for part in parts:
        writer.write(part)
    writer.finish()
    assert unsealed(target.getvalue()) == b"".join(parts)
    assert writer.size == sum(map(len, parts))


CHUNK = crypto.CHUNK_BYTES + 16
HEAD = 11


def _damaged() -> dict[str, bytes]:
    whole = sealed_file(bytes(3 * crypto.CHUNK_BYTES))
    first, second, third = (whole[HEAD + n * CHUNK : HEAD + (n + 1) * CHUNK] for n in range(3))
    head = whole[:HEAD]
    return {
        "cut by a byte": whole[:-1],
        "cut at a chunk": head + first + second,
        "no chunk left": head,
        "empty": b"",
        "a chunk twice": head + first + first + second + third,
        "chunks swapped": head + second + first + third,
        "something behind": whole + b"x",
        "a bit changed": whole[:200] + bytes([whole[200] ^ 1]) + whole[201:],
        "another head": b"DSR2" + whole[4:],
        "another prefix": head[:4] + bytes(7) + whole[HEAD:],
        "not ours": b"PK\x03\x04 a plain zip",
    }


@pytest.mark.parametrize("damage", sorted(_damaged()))
def test_a_damaged_file_does_not_open(damage: str) -> None:
    with pytest.raises(Unreadable):
        unsealed(_damaged()[damage])


def test_a_file_opens_with_its_key_and_at_its_place_only() -> None:
    sealed = sealed_file(b"export")
    with pytest.raises(Unreadable):
        unsealed(sealed, key=OTHER)
    with pytest.raises(Unreadable):
        unsealed(sealed, context="c/d")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Linda@Example.COM", "linda@example.com"),
        ("  linda@example.com\n", "linda@example.com"),
        ("jo\u0308rg@example.com", "j\u00f6rg@example.com"),
        ("JÖRG@EXAMPLE.COM", "jörg@example.com"),
        ("straße@example.com", "STRASSE@example.com"),
        ("ｌｉｎｄａ@example.com", "linda@example.com"),
        ("linda\u00a0dare", "Linda  Dare"),
    ],
)
def test_what_is_the_same_to_people_has_the_same_hash(one: str, other: str) -> None:
    assert crypto.keyed_hash(KEY, one, purpose="email") == crypto.keyed_hash(KEY, other, purpose="email")


def test_what_differs_has_another_hash() -> None:
    plain = crypto.keyed_hash(KEY, "linda@example.com", purpose="email")
    assert crypto.keyed_hash(KEY, "linda2@example.com", purpose="email") != plain
    assert crypto.keyed_hash(OTHER, "linda@example.com", purpose="email") != plain
    assert crypto.keyed_hash(KEY, "linda@example.com", purpose="external_id") != plain
    ids = {crypto.keyed_hash(KEY, value, purpose="external_id", fold_case=False) for value in ("aB1", "ab1")}
    assert len(ids) == 2, "ids of other systems may differ by case alone"


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = crypto.normalise(text)
    assert crypto.normalise(once) == once
