"""`manage.py audit verify | head | export | anchor`: check the chain, print its head, write it, note it outside."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dsr import audit, fingerprint, ledger
from dsr.exceptions import LedgerUnfit, StorageFull
from dsr.ledger import fitting
from dsr.models import AuditEntry, LedgerMark
from dsr.services import noting


class Command(BaseCommand):
    help = "verify: checks the chain. head: prints its newest hash. export: JSON lines. anchor: notes it in the ledger."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["verify", "head", "export", "anchor"])
        parser.add_argument(
            "--head",
            metavar="SEQUENCE:HASH",
            help="with verify: an entry noted elsewhere (on a certificate, say) that the chain must still hold",
        )

    def handle(self, *args: Any, action: str, head: str | None, **options: Any) -> None:
        {
            "verify": lambda: self._verify(head),
            "head": self._head,
            "export": self._export,
            "anchor": self._anchor,
        }[action]()

    def _verify(self, noted: str | None) -> None:
        broken = audit.verify()
        if broken:
            raise CommandError(f"The chain is broken at entry {broken.sequence}: {broken.why}.")
        if noted and not self._holds(noted):
            raise CommandError(f"The chain is whole, but doesn't hold {noted}: {_why_not(noted)}")
        noted_lines = self._against_the_ledger()
        sequence, newest = audit.head()
        self.stdout.write(
            f"The chain holds: {sequence} entries, head {sequence}:{newest}. "
            f"It fits all {noted_lines} heads that the ledger holds."
        )

    def _against_the_ledger(self) -> int:
        """Look for every head that was noted outside the database."""
        try:
            lines = ledger.read()
            fitting.raise_if_another(lines, LedgerMark.objects.first())
        except LedgerUnfit as error:
            raise CommandError(f"The chain is whole in itself. {error}") from None
        misfit = fitting.first_misfit(lines)
        if misfit:
            cut = misfit.sequence > audit.head()[0]
            how = "its end was cut off, or an older database was restored" if cut else "it was written anew"
            raise CommandError(
                f"The chain is whole in itself, but doesn't hold entry {misfit.head}, which line {misfit.number} of "
                f"the ledger ({misfit.kind}) noted at {misfit.at}: {how}."
            )
        return len(fitting.expected_heads(lines))

    def _anchor(self) -> None:
        try:
            line = noting.anchor()
        except (LedgerUnfit, StorageFull) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Noted in the ledger as line {line.number}: {line.head}")

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


def _why_not(noted: str) -> str:
    """What may have become of the entry: the ledger remembers a restore that the database can't know of."""
    try:
        restore = fitting.restore_that_may_have_lost(ledger.read(), noted)
    except LedgerUnfit:
        restore = None
    if restore is None:
        return "its end was cut off, or all of it was written anew."
    return (
        f"the ledger knows of a restore (line {restore.number}, at {restore.at}), by which a database took over that "
        f"went along up to line {restore.facts['fits']}. What was written after that is lost, and this entry may be "
        "part of it. If it is newer than that restore, the end was cut off or all of it was written anew."
    )
