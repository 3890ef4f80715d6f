"""A text that is looked for however it is written: in any case, in an address, escaped for JSON or for HTML."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from html.entities import html5

# No pattern here ignores case by a flag: then a scan could no longer jump to the next possible first character.
_BETWEEN = "[\u00ad\u200b-\u200f\u2060\ufeff]*"
"""Characters that nobody sees may stand within a word."""
_BLANK = (
    r"(?:\s|\+|%(?:25)*(?:20|0[9aAbBcCdD]|[cC]2%(?:25)*[aA]0)|&(?:amp;)*(?:nbsp;?|#0*(?:9|10|13|32|160);?|#[xX]0*(?:9|[aA]|[dD]|20|[aA]0);?)"
    r"|\\\\*(?:[nrtfvb]|u00(?:0[9a-dA-D]|1[c-fC-F]|20|85|[aA]0)))+"
)
_NAMES: dict[str, list[str]] = defaultdict(list)
for _name, _single in html5.items():
    if _name.endswith(";"):
        _NAMES[_single].append(_name.removesuffix(";"))


class Wanted:
    """One text. It is found with any blanks between its words."""

    def __init__(self, text: str) -> None:
        words = unicodedata.normalize("NFC", text).split()
        self._pattern = re.compile(_BLANK.join(_BETWEEN.join(map(_written, word)) for word in words))

    def stands_in(self, value: str) -> bool:
        """Whether it does. Of a value as JSON, it says yes at least where it stands in one of the strings within."""
        return self._pattern.search(value) is not None

    def replaced(self, value: str, mark: str) -> tuple[str, int]:
        """The value with the mark in each of its places, and how many there were."""
        taken, count = self._pattern.subn(lambda _: mark, value)
        return (taken, count) if count else (value, 0)


def _written(character: str) -> str:
    """All ways to write one character, as a pattern."""
    forms = {character, character.lower(), character.upper(), character.casefold()}
    forms |= {unicodedata.normalize("NFD", form) for form in forms}
    ways = {re.escape(form) for form in forms}
    for form in forms:
        if form in "/\"'\\":
            ways.add(rf"\\\\*{re.escape(form)}")
        ways.add(_percent(form.encode("utf-8", "replace")))
        ways.add("".join(rf"\\\\*u{_hex(unit)}" for unit in _units(form)))
        ways.add("".join(map(_entity, form)))
        if all(ord(single) < 256 for single in form):
            ways.add(_percent(form.encode("latin-1")))
    # The longest first: a letter before its accent would leave the accent standing.
    return f"(?:{'|'.join(sorted(ways, key=lambda way: (-len(way), way)))})"


def _percent(octets: bytes) -> str:
    return "".join(f"%(?:25)*{_hex(octet.to_bytes())}" for octet in octets)


def _units(form: str) -> list[bytes]:
    raw = form.encode("utf-16-be", "surrogatepass")
    return [raw[at : at + 2] for at in range(0, len(raw), 2)]


def _entity(single: str) -> str:
    code = ord(single)
    octets = code.to_bytes(3).lstrip(b"\x00") or b"\x00"
    digits = _hex(octets).removeprefix("0")
    return f"&(?:amp;)*(?:{'|'.join([f'#0*{code}', f'#[xX]0*{digits}', *map(re.escape, _NAMES[single])])});?"


def _hex(octets: bytes) -> str:
    return "".join(digit if digit.isdigit() else f"[{digit}{digit.upper()}]" for digit in octets.hex())
