"""`manage.py demo_cast`: the demo's people and connection, loaded by the demo on each start."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dsr.demo import cast


class Command(BaseCommand):
    help = "Loads the demo's people, whose password is public. Refused anywhere but in the demo."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sandbox", required=True, metavar="URL", help="where the sandbox listens")

    def handle(self, *, sandbox: str, **_options: Any) -> None:
        if not settings.ENV.is_demo:
            raise CommandError(
                "The demo's people have a public password, so they are loaded with DSR_ENV=demo only. Run: make demo"
            )
        cast.load(sandbox=sandbox)
