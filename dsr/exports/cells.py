"""A value as one cell of a CSV file: readable in a spreadsheet, and never a formula there."""

import json
import re

from dsr.evidence.text import clean

# A spreadsheet takes a cell that starts so for a formula (OWASP, "CSV Injection"). It may also cut a cell at
# a semicolon, a tab or a line break, where its locale separates with them: what follows then starts a cell.
_FORMULA = re.compile("(?:^|(?<=[;\t\n]))(?=[\\s\u200c-\u200f\u061c]*[=+\\-@＝＋－＠])|^(?=[\t\n])")  # noqa: RUF001
# What neither cleaning nor disarming could change: most cells of a long table, which come through this in a third of
# the time.
_is_harmless = re.compile(r"[0-9A-Za-z/{\[\"][ -:<-~]*|").fullmatch
_encode = json.JSONEncoder(ensure_ascii=False).encode
TOO_DEEP = "[nested too deeply to be shown; it stands in the raw answer]"
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def disarm(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would calculate. A plain number such as -45 stays one."""
    return text if _NUMBER.fullmatch(text) else _FORMULA.sub("'", text)


def undo(text: str) -> str:
    """A value that came out of such a cell, without the apostrophe before it that disarms it."""
    return text[1:] if text.startswith("'") and disarm(text[1:]) == text else text


def as_text(value: object) -> str:
    """Any JSON value as text: nested values as JSON, null as nothing."""
    return clean(_written(value))


def _written(value: object) -> str:
    if isinstance(value, str):
        return value
    try:
        return "" if value is None else _encode(value)
    except RecursionError:
        return TOO_DEEP


def cell(value: object) -> str:
    """Any JSON value as a cell that is safe to open."""
    kind = type(value)
    if kind is int or kind is float:
        return str(value)
    text = value if isinstance(value, str) else _written(value)
    return text if _is_harmless(text) else disarm(clean(text))
