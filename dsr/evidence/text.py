"""The one cleaner of foreign text: names, reasons and values that somebody else typed.

What is printed must not be able to hide, reorder or break what stands around it; and whoever reads it must
see that something was there. So invisible characters are made visible and nothing is dropped silently.
Escaping is the template's work (or the CSV writer's), not done here.
"""

import dataclasses
import re
import unicodedata
from typing import Any, TypeVar

Record = TypeVar("Record")

PRINT_LIMIT = 2_000

# Format characters that stay: joiners of Persian and of emoji, and the marks that order mixed text, which
# reach no further than the element they stand in.
_KEPT = frozenset("\u200c\u200d\u200e\u200f\u061c")
_SUSPECT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\uffff"
    "\U0001fffe\U0001ffff\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff\U000f0000-\U0010ffff]"
)


def _visible(found: re.Match[str]) -> str:
    character = found.group()
    code = ord(character)
    if character in _KEPT:
        return character
    if code in (0x2028, 0x2029):
        return "\n"
    # Halves of surrogate pairs and non-characters can't be written to a file at all.
    if unicodedata.category(character) in ("Cs", "Cn") or character == "\N{REPLACEMENT CHARACTER}":
        return "\N{REPLACEMENT CHARACTER}"
    return f"⟨U+{code:04X}⟩"


def clean(value: str) -> str:
    """Make control, direction and zero-width characters visible; line breaks, tabs and the rest stay.

    An override of the writing direction becomes "⟨U+202E⟩"; half a surrogate pair becomes the replacement
    character.
    """
    return _SUSPECT.sub(_visible, value.replace("\r\n", "\n").replace("\r", "\n"))


def clean_for_print(value: str, *, limit: int = PRINT_LIMIT) -> str:
    """`clean`, cut after `limit` characters with a mark that says how long it was."""
    if len(value) <= limit:
        return clean(value)
    return f"{clean(value[:limit])}… [{len(value):,}]"


def cleaned(record: Record) -> Record:
    """A copy of a frozen dataclass in which every text, however deep, went through `clean_for_print`."""
    return _cleaned(record)  # type: ignore[no-any-return]


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean_for_print(value)
    if isinstance(value, tuple | list):
        return tuple(_cleaned(item) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {field.name: _cleaned(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **changes)
    return value
