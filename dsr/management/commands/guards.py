"""`manage.py guards`: are the database's triggers there? `guards install` puts them back."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from dsr import triggers


class Command(BaseCommand):
    help = "Checks that the database triggers are there; with `install`, creates them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", nargs="?", choices=["check", "install"], default="check")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "install":
            triggers.install(connection)
        lost = sorted(triggers.missing(connection))
        if lost:
            raise CommandError(f"Missing: {', '.join(lost)}. Run `manage.py guards install`.")
        self.stdout.write(f"All {len(triggers.names(connection.vendor))} guards are in place.")
