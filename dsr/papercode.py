"""The code that stands on a document of ours, by which anybody can ask whether it was issued here.

Nineteen random characters (95 bits) and one that checks them, in Crockford's base 32: no I, L, O or U, which look like
others or spell words. Written in four groups; read in any case, with or without the hyphens.
"""

from __future__ import annotations

import secrets

LENGTH = 20
_GROUP = 5
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKE = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def new() -> str:
    """A code that nobody can guess, without its hyphens."""
    body = drawn(LENGTH - 1)
    return body + _check(body)


def drawn(length: int) -> str:
    """So many random characters, five bits each, that can be read out and typed without a mistake."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def grouped(code: str, *, by: int = _GROUP) -> str:
    """As it is printed: `3F7KQ-…`, so that it can be typed."""
    return "-".join(code[at : at + by] for at in range(0, len(code), by))


def folded(typed: str) -> str:
    """What was typed as `drawn` writes it: capitals, look-alikes as what they stand for, no hyphens and spaces."""
    return typed.strip().upper().translate(_LOOK_ALIKE)


def read(typed: str) -> str:
    """The code that somebody typed, as `new` makes them; nothing where it can't be one, most likely a typing error."""
    code = folded(typed)
    if len(code) != LENGTH or not set(code) <= set(_LETTERS) or _check(code[:-1]) != code[-1]:
        return ""
    return code


def _check(body: str) -> str:
    """Odd weights modulo 32: any one wrong character is noticed, and nearly every two that changed places."""
    return _LETTERS[sum((2 * at + 1) * _LETTERS.index(letter) for at, letter in enumerate(body)) % 32]
