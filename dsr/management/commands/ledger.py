"""`manage.py ledger check | begin-anew`: does the ledger fit this database? If it is lost for good, begin another."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from dsr import audit, ledger
from dsr.exceptions import LedgerUnfit
from dsr.ledger import book, fitting
from dsr.ledger.keys import mac
from dsr.models import LedgerMark


class Command(BaseCommand):
    help = "Checks that the ledger is whole and fits the database; begin-anew gives up one that is lost."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", nargs="?", choices=["check", "begin-anew"], default="check")
        parser.add_argument("--reason", default="", help="with begin-anew: why the ledger is given up")

    def handle(self, *args: Any, action: str, reason: str, **options: Any) -> None:
        if action == "begin-anew":
            self._begin_anew(reason.strip())
        why = ledger.refusal(thorough=True)
        if why:
            raise CommandError(why)
        self.stdout.write(f"The ledger fits this database. It has come to line {ledger.last_number()}.")

    def _begin_anew(self, reason: str) -> None:
        """What stood in the old one is lost to later restores, so it is said in the audit log that this was done."""
        if not reason:
            raise CommandError("Say why the ledger is given up: --reason '…'. Its digest stands in the audit log.")
        if self._is_whole():
            raise CommandError("The ledger is whole and belongs to this database. There is no reason to give it up.")
        digest = mac("ledger-reason", reason.encode())
        with transaction.atomic():
            audit.record(actor=None, verb="ledger_begun_anew", facts={"reason": digest})
        book.begin_anew(reason=digest)

    def _is_whole(self) -> bool:
        """An older database is no reason: its ledger is what brings it up to date."""
        try:
            fitting.raise_if_another(ledger.read(), LedgerMark.objects.first())
        except LedgerUnfit:
            return False
        return True
