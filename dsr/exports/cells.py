"""A value as one cell of a CSV file: readable in a spreadsheet, and never a formula there."""

import json
import re

from dsr.evidence.text import clean

# A spreadsheet takes a cell that starts so for a formula (OWASP, "CSV Injection"). It may also cut a cell at
# a semicolon, a tab or a line break, where its locale separates with them: what follows then starts a cell.
# Each run of blanks is read once, whatever follows it: a cell of a million line breaks takes no longer than another.
_BLANK = "\\s\u200c-\u200f\u061c"
_SIGN = "[=+\\-@＝＋－＠]"  # noqa: RUF001
_RUN = re.compile(f"(?:^|(?<=[;\t\n]))([{_BLANK}]*+)({_SIGN}?)")
_DISARMED_RUN = re.compile(f"(?:^|(?<=[;\t\n]))([{_BLANK}']*+)({_SIGN}?)")
_STARTS = re.compile("^|(?<=[\t\n])")
_APOSTROPHES = re.compile("(?:^|(?<=[\t\n]))'")
# What neither cleaning nor disarming could change: most cells of a long table, which come through this in a third of
# the time.
_is_harmless = re.compile(r"[0-9A-Za-z/{\[\"][ -:<-~]*|").fullmatch
_encode = json.JSONEncoder(ensure_ascii=False).encode
TOO_DEEP = "[nested too deeply to be shown; it stands in the raw answer]"
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def disarm(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would calculate. A plain number such as -45 stays one."""
    return text if _NUMBER.fullmatch(text) else _RUN.sub(_disarmed, text)


def _disarmed(run: re.Match[str]) -> str:
    if run[2]:
        return _STARTS.sub("'", run[1]) + run[2]
    return f"'{run[1]}" if run.start() == 0 and run[1].startswith(("\t", "\n")) else run[1]


def undo(text: str) -> str:
    """A text as it was before `disarm`: for a table of ours that comes in again."""
    return _DISARMED_RUN.sub(_undone, text)


def _undone(run: re.Match[str]) -> str:
    if run[2]:
        return _APOSTROPHES.sub("", run[1]) + run[2]
    return run[1][1:] if run.start() == 0 and run[1].startswith(("'\t", "'\n")) else run[1]


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
