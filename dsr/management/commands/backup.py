"""`manage.py backup PATH`: database and files, consistent, while the site runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dsr.backup import making
from dsr.exceptions import BackupError


class Command(BaseCommand):
    help = "Writes the database and the encrypted files into the new folder PATH. The keys are not in it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument(
            "--without",
            action="append",
            default=[],
            metavar="REFERENCE",
            help="leave out what is missing of this request: a file of it is lost for good. It stands in the audit log",
        )

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        try:
            made = making.make(path.absolute(), without=options["without"])
        except BackupError as error:
            raise CommandError(str(error)) from None
        if made.lost:
            self.stdout.write(f"Left out, since they are lost: {len(made.lost)} files.")
        self.stdout.write(
            f"Made {path}: {len(made.files)} files, audit head {made.audit_head}, ledger line {made.ledger_line}.\n"
            "DSR_MASTER_KEY and DSR_SEARCH_KEY are not in it; keep them elsewhere."
        )
