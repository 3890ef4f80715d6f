"""`manage.py segmetrics_schemas`: the JSON Schema of each of SegMetrics' actions, from the typed models."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dsr.connectors import schemas
from dsr.env import PROJECT

FOLDER = PROJECT / "docs" / "schemas" / "actions"


class Command(BaseCommand):
    help = "Writes docs/schemas/actions; with --check, only says whether the files are up to date."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = {f"{name}.json": text for name, text in schemas.texts().items()}
        there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
        if options["check"] and there != wanted:
            raise CommandError("The schemas are out of date. Run `make schemas`.")
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name in there.keys() - wanted.keys():
            (FOLDER / name).unlink()
        for name, text in wanted.items():
            (FOLDER / name).write_text(text, encoding="utf-8")
        self.stdout.write("The schemas are up to date.")
