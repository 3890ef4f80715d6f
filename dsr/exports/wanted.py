"""A text that is looked for however it is written: in any case, in an address, escaped for JSON or for HTML."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from html.entities import html5

_BETWEEN = "[\u00ad\u200b-\u200f\u2060\ufeff]*"
"""Characters that nobody sees may stand within a word."""
_BLANK = (
    r"(?:\s|\+|%(?:25)*20|%(?:25)*0[9ad]|%(?:25)*c2%(?:25)*a0|&(?:amp;)*nbsp;?|&(?:amp;)*#(?:0*(?:32|160)|x0*(?:20|a0));?"
    r"|\\+[nrt]|\\+u00(?:20|a0))+"
)
_NAMES: dict[str, list[str]] = defaultdict(list)
for _name, _single in html5.items():
    if _name.endswith(";"):
        _NAMES[_single].append(_name.removesuffix(";"))
_WRITTEN_OTHERWISE = re.compile(r"[%&\\]|[^\x00-\x7f]")


class Wanted:
    """One text. It is found with any blanks between its words."""

    def __init__(self, text: str) -> None:
        words = unicodedata.normalize("NFC", text).split()
        self._word = max(words, key=len).casefold()
        self._pattern = re.compile(
            _BLANK.join(_BETWEEN.join(_written(character) for character in word) for word in words),
            re.IGNORECASE,
        )

    def stands_in(self, value: str) -> bool:
        """Whether it does."""
        return self._may_stand_in(value) and self._pattern.search(value) is not None

    def replaced(self, value: str, mark: str) -> tuple[str, int]:
        """The value with the mark in each of its places, and how many there were."""
        return self._pattern.subn(lambda _: mark, value) if self._may_stand_in(value) else (value, 0)

    def _may_stand_in(self, value: str) -> bool:
        # Most values of most events don't hold it, and are spared the pattern.
        return self._word in value.casefold() or _WRITTEN_OTHERWISE.search(value) is not None


def _written(character: str) -> str:
    """All ways to write one character, as a pattern."""
    forms = {character, character.lower(), character.upper(), character.casefold()}
    forms |= {unicodedata.normalize("NFD", form) for form in forms}
    ways = {rf"\\*{re.escape(form)}" if form in "/\"'\\" else re.escape(form) for form in forms}
    for form in forms:
        ways.add(_percent(form.encode("utf-8", "replace")))
        ways.add("".join(rf"\\+u{unit}" for unit in _units(form)))
        ways.add("".join(_entity(single) for single in form))
        if all(ord(single) < 256 for single in form):
            ways.add(_percent(form.encode("latin-1")))
    # The longest first: a letter before its accent would leave the accent standing.
    return f"(?:{'|'.join(sorted(ways, key=lambda way: (-len(way), way)))})"


def _percent(octets: bytes) -> str:
    return "".join(f"%(?:25)*{octet:02x}" for octet in octets)


def _units(form: str) -> list[str]:
    raw = form.encode("utf-16-be", "surrogatepass")
    return [raw[at : at + 2].hex() for at in range(0, len(raw), 2)]


def _entity(single: str) -> str:
    code = ord(single)
    names = [f"#0*{code}", f"#x0*{code:x}", *_NAMES[single]]
    return f"&(?:amp;)*(?:{'|'.join(names)});?"
