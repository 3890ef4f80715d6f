"""`manage.py evidence verify FILE | signer | schema NAME`: check a document, name our keys, describe a record."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dsr.evidence import attached
from dsr.selectors import issued, proof

USAGE = 2
_FINGERPRINT = re.compile(r"[0-9a-fA-F]{64}")


class Command(BaseCommand):
    help = (
        "verify: checks a document line by line; exit code 0 where all that could be checked is sound and it is ours, "
        "1 where not, 2 where it was asked wrongly. signer: our certificates' fingerprints. schema: a record's schema."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        verify = actions.add_parser("verify")
        verify.add_argument("file", type=Path)
        verify.add_argument("--offline", action="store_true", help="ask no database")
        verify.add_argument(
            "--signer",
            action="append",
            default=[],
            metavar="SHA256",
            help="a certificate's fingerprint that you know as ours; of use without the database",
        )
        actions.add_parser("signer")
        schema = actions.add_parser("schema")
        schema.add_argument("name", choices=sorted(attached.TYPES))

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        if action == "verify":
            self._verify(options["file"], offline=options["offline"], known=options["signer"])
        elif action == "signer":
            for own in issued.own():
                used = (
                    f"signed from {own.first_used} to {own.last_used}" if own.first_used else "has signed nothing yet"
                )
                self.stdout.write(f"{own.fingerprint}  {used}")
        else:
            self.stdout.write(json.dumps(attached.schema_of(options["name"]), indent=2, ensure_ascii=False))

    def _verify(self, file: Path, *, offline: bool, known: list[str]) -> None:
        if not all(_FINGERPRINT.fullmatch(row.replace(":", "")) for row in known):
            raise CommandError("--signer takes a SHA-256 fingerprint: 64 hex digits.", returncode=USAGE)
        try:
            pdf = file.read_bytes()
        except OSError as error:
            raise CommandError(f"The file can't be read: {error.strerror}.", returncode=USAGE) from None
        found = proof.of(pdf, offline=offline, known=known)
        for line in found.lines:
            self.stdout.write(textwrap.fill(f"{line.result:<13}{line.text}", 118, subsequent_indent=" " * 13))
        if not found.holds:
            why = "It doesn't hold: see what is WRONG." if found.is_ours else "It could not be shown that it is ours."
            raise CommandError(why, returncode=1)
        self.stdout.write("All that could be checked is sound, and the document is ours.")
