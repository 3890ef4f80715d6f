"""What a person reads in a terminal, and what a script reads: tables and progress, or one JSON document."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from dsr.evidence.text import clean
from dsr.exceptions import InvalidInput

Item = TypeVar("Item")
_WIDTH = 120
"""Of what isn't read in a terminal, so that a table in a file isn't folded to 80 columns."""


class Terminal:
    """Tables and answers go to the standard output; progress and questions to the standard error."""

    def __init__(self, out: IO[str], err: IO[str], *, as_json: bool, yes: bool, dry_run: bool, plain: bool) -> None:
        self.as_json, self.yes, self.dry_run = as_json, yes, dry_run
        self._out = Console(file=out, no_color=plain, highlight=False, markup=False, emoji=False)
        self._err = Console(file=err, no_color=plain, highlight=False, markup=False, emoji=False)
        self.so_far: dict[str, Any] = {}
        """What a script is told beside an error."""
        if not self._out.is_terminal:
            self._out.width = _WIDTH

    def say(self, sentence: str) -> None:
        """A sentence for a person; a script reads it nowhere."""
        if not self.as_json:
            self._out.print(_text(sentence))

    def give(self, document: dict[str, Any]) -> None:
        """The one document that a script reads. Its text is ASCII, so no character in it steers a terminal."""
        if self.as_json:
            self._out.file.write(json.dumps(document, indent=2) + "\n")

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        if self.as_json:
            return
        table = Table(title=_text(title), title_justify="left", title_style="bold")
        for column in columns:
            is_number = column.endswith("#")
            table.add_column(_text(column.removesuffix("#").strip()), justify="right" if is_number else "left")
        for row in rows:
            table.add_row(*(_text(str(value)) for value in row))
        self._out.print(table)

    def facts(self, rows: Iterable[tuple[str, object]]) -> None:
        """Names with their values, one on each line."""
        if self.as_json:
            return
        grid = Table.grid(padding=(0, 2))
        for name, value in rows:
            grid.add_row(_text(name), _text(str(value)))
        self._out.print(grid)

    def progress(self, items: Iterable[Item], *, total: int | None, what: str) -> Iterator[Item]:
        """The same items, with a bar that grows by them, where somebody looks on."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        is_off = self.as_json or not self._err.is_terminal
        with Progress(*columns, console=self._err, disable=is_off, transient=True) as bar:
            task = bar.add_task(what, total=total)
            for item in items:
                bar.advance(task)
                yield item

    def agreed(self, question: str) -> bool:
        """Whether to send it. Without somebody to ask, `--yes` has to say so. Raises `InvalidInput`."""
        if self.yes:
            return True
        if self.as_json or not sys.stdin.isatty():
            raise InvalidInput("Nobody can be asked here. Say --yes to send it, or --dry-run to see it only.")
        self._err.print(_text(f"{question} [y/N] "), end="")
        return sys.stdin.readline().strip().casefold() in {"y", "yes"}


def typed(value: str, *, what: str) -> str:
    """The value; for “-” a line of the standard input, so that it stands in no history and no list of processes."""
    if value != "-":
        return value
    if sys.stdin.isatty():
        sys.stderr.write(f"{what}: ")
        sys.stderr.flush()
    return sys.stdin.readline().strip()


def money(cents: object) -> str:
    """Cents as an amount. SegMetrics names no currency."""
    return f"{cents / 100:,.2f}" if isinstance(cents, int) and not isinstance(cents, bool) else str(cents or "")


def _text(value: str) -> Text:
    """Never markup, and nothing in it that steers a terminal."""
    return Text(clean(value))
