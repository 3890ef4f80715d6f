"""`manage.py state_diagram`: draw the states from the transition table, as Mermaid, into the architecture page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dsr.env import PROJECT
from dsr.states import FINAL, TRANSITIONS, Kind, State

PAGE = PROJECT / "docs" / "architecture.md"
BEGIN, END = "<!-- states: drawn by `manage.py state_diagram` -->\n", "<!-- end of states -->"


def diagram() -> str:
    """The Mermaid text; a step of one kind of request only names that kind."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {State.RECEIVED.value}"]
    for row in TRANSITIONS:
        only = "" if row.kinds == frozenset(Kind) else f" ({', '.join(sorted(kind.value for kind in row.kinds))})"
        lines.append(f"    {row.source.value} --> {row.target.value}: {row.verb.value}{only}")
    lines += [f"    {state.value} --> [*]" for state in State if state in FINAL]
    return "\n".join([*lines, "```", ""])


def drawn_into(page: str) -> str:
    """The page with the diagram between its two marks. Raises `CommandError` where a mark is missing."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise CommandError(f"{PAGE.name} lacks the marks between which the diagram stands.")
    return head + begin + diagram() + end + tail


class Command(BaseCommand):
    help = "Draws the states into docs/architecture.md; with --check, only says whether it is up to date."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        page = Path(PAGE).read_text(encoding="utf-8")
        drawn = drawn_into(page)
        if options["check"] and drawn != page:
            raise CommandError("The diagram is out of date. Run `manage.py state_diagram`.")
        PAGE.write_text(drawn, encoding="utf-8")
        self.stdout.write("The diagram is up to date.")
