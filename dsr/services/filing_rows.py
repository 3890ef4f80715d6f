"""The rows of a file of requests: what each asks for, and what stands against filing it.

What a request must be, `intake` alone knows; here its arguments are read out of the cells.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from dsr.days import controller_today
from dsr.exceptions import InvalidInput
from dsr.exports.cells import undo
from dsr.languages import LANGUAGES
from dsr.models import Case, Channel, FilingBatch, FilingRow
from dsr.models.filing import Cells
from dsr.selectors import duplicates
from dsr.services import intake
from dsr.states import Kind

COLUMNS = ("type", "name", "emails", "external_ids", "received_on", "channel", "language", "note")
NEEDED = ("type", "name", "received_on", "channel")
PROBLEM = "problem"
"""A column of the rows that couldn't be filed, as they are given back. It is passed over when they come again."""
TOO_LONG = "\x00too-long"
"""Stands among the cells of a row that has more of them than the heading."""
_COLUMN_OF = {"kind": "type", "subject_name": "name"}
_WORDS: dict[str, list[str]] = {"kind": Kind.values, "channel": Channel.values, "language": list(LANGUAGES)}
_DAYS = (
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), (1, 2, 3)),
    (re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})"), (3, 2, 1)),
)


@dataclass(frozen=True)
class Wanted:
    """What a row asks for: the arguments of `intake.file_request`, and what is wrong with them, with its column."""

    arguments: dict[str, Any]
    problems: tuple[tuple[str, str], ...]
    hashes: tuple[str, ...]
    """The keyed hashes of its identifiers; none where they are wrong."""


@dataclass(frozen=True)
class Look:
    """A row as the preview shows it."""

    row: FilingRow
    wanted: Wanted
    open_cases: tuple[Case, ...] = ()
    """Open ones with the same identifier."""
    same_as: int | None = None
    """The number of the first row of the file with the same identifier."""

    @property
    def is_wrong(self) -> bool:
        return bool(self.wanted.problems)

    @property
    def needs_choice(self) -> bool:
        """Whether a person must say if it is to be filed."""
        return not self.is_wrong and bool(self.open_cases or self.same_as)

    @property
    def newest_case(self) -> int:
        return max((case.pk for case in self.open_cases), default=0)

    @property
    def kind_label(self) -> str:
        return _label(Kind, self.wanted.arguments["kind"])

    @property
    def channel_label(self) -> str:
        return _label(Channel, self.wanted.arguments["channel"])


def wanted(cells: Cells) -> Wanted:
    """Read the cells. Nothing is guessed: what isn't clear is a problem."""
    problems: list[tuple[str, str]] = []
    if TOO_LONG in cells:
        problems.append(("", _("This row has more cells than the heading. Put quotation marks around such a value.")))
    received_on = _day(cells.get("received_on", ""))
    if received_on is None:
        problems.append(("received_on", _("Write the day as 2026-11-03 or 03.11.2026.")))
    arguments: dict[str, Any] = {
        "kind": _code(cells, "type"),
        "subject_name": undo(cells.get("name", "").strip()),
        "emails": _several(cells, "emails"),
        "external_ids": _several(cells, "external_ids"),
        "received_on": received_on or controller_today(),
        "channel": _code(cells, "channel").replace(" ", "_"),
        "language": _code(cells, "language"),
        "note": undo(cells.get("note", "").strip()),
    }
    problems += map(_beside, intake.problems_of(**arguments))
    return Wanted(arguments, tuple(problems), _hashes(arguments))


def look_at(batch: FilingBatch, rows: Iterable[FilingRow]) -> list[Look]:
    """Each row with what would be filed, its problems, and who else has the same identifier. One query for all."""
    read = [(row, wanted(row.cells)) for row in rows]
    asked = {keyed_hash for _row, want in read for keyed_hash in want.hashes}
    found = duplicates.open_with(asked, connection=batch.connection)
    first_with: dict[str, int] = {}
    looks = []
    for row, want in read:
        cases = {case.pk: case for keyed_hash in want.hashes for case in found.get(keyed_hash, ())}
        earlier = [first_with[keyed_hash] for keyed_hash in want.hashes if keyed_hash in first_with]
        looks.append(Look(row, want, tuple(cases[pk] for pk in sorted(cases)), min(earlier, default=None)))
        if not want.problems:  # one that can't be filed is nobody's double
            for keyed_hash in want.hashes:
                first_with.setdefault(keyed_hash, row.number)
    return looks


def by_column(problems: Sequence[tuple[str, str]]) -> str:
    """The problems in one line, each with its column."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for column, sentence in problems:
        grouped[column].append(sentence)
    return " ".join(f"{column}: {' '.join(said)}" if column else " ".join(said) for column, said in grouped.items())


def _beside(problem: InvalidInput) -> tuple[str, str]:
    """The column and what to do there. A table has no list to choose from: the words are named."""
    field = problem.field or ""
    sentence = str(problem)
    if field in _WORDS:
        sentence = _("Write one of these: %(words)s.") % {"words": ", ".join(_WORDS[field])}
    return _COLUMN_OF.get(field, field), sentence


def _hashes(arguments: dict[str, Any]) -> tuple[str, ...]:
    try:
        identifiers = intake.checked_identifiers(arguments["emails"], arguments["external_ids"])
    except InvalidInput:
        return ()
    return tuple(intake.hash_of(kind, value) for kind, value in identifiers)


def _code(cells: Cells, column: str) -> str:
    return cells.get(column, "").strip().casefold()


def _several(cells: Cells, column: str) -> list[str]:
    return [undo(value) for part in cells.get(column, "").replace("\n", ";").split(";") if (value := part.strip())]


def _day(text: str) -> dt.date | None:
    """3/11/2026 is the third of November here and the eleventh of March there, so it isn't taken."""
    for pattern, (year, month, day) in _DAYS:
        found = pattern.fullmatch(text.strip())
        if found:
            try:
                return dt.date(int(found[year]), int(found[month]), int(found[day]))
            except ValueError:
                return None
    return None


def _label(choices: type[Kind] | type[Channel], value: str) -> str:
    return str(choices(value).label) if value in choices.values else value
