"""`manage.py audit verify | head | export`: check the chain, print its newest hash, write it as JSON lines."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dsr import audit, fingerprint
from dsr.models import AuditEntry


class Command(BaseCommand):
    help = "Checks the audit chain (verify), prints its newest hash (head), or writes it as JSON lines (export)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["verify", "head", "export"])
        parser.add_argument(
            "--head",
            metavar="SEQUENCE:HASH",
            help="with verify: an entry noted elsewhere (on a certificate, say) that the chain must still hold",
        )

    def handle(self, *args: Any, action: str, head: str | None, **options: Any) -> None:
        {"verify": lambda: self._verify(head), "head": self._head, "export": self._export}[action]()

    def _verify(self, noted: str | None) -> None:
        broken = audit.verify()
        if broken:
            raise CommandError(f"The chain is broken at entry {broken.sequence}: {broken.why}.")
        if noted and not self._holds(noted):
            raise CommandError(
                f"The chain is whole, but doesn't hold {noted}: its end was cut off, or all of it was written anew."
            )
        sequence, newest = audit.head()
        self.stdout.write(f"The chain holds: {sequence} entries, head {sequence}:{newest}")

    def _holds(self, noted: str) -> bool:
        sequence, _, newest = noted.partition(":")
        if not sequence.isdigit():
            raise CommandError("Give the noted entry as SEQUENCE:HASH.")
        return AuditEntry.objects.filter(sequence=int(sequence), hash=newest).exists()

    def _head(self) -> None:
        sequence, newest = audit.head()
        self.stdout.write(f"{sequence}:{newest}")

    def _export(self) -> None:
        for entry in AuditEntry.objects.order_by("sequence").iterator():
            body = fingerprint.canonical(audit.body_of(entry)).decode()
            self.stdout.write(json.dumps({"entry": body, "hash": entry.hash}, ensure_ascii=False))
