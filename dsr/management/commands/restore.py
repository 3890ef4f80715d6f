"""`manage.py restore PATH`: from a backup into an empty place. `restore --finish`: replay the ledger, however the
database came there."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dsr import ledger
from dsr.backup import replaying, restoring
from dsr.backup.looking import Found, Look
from dsr.exceptions import BackupError, LedgerUnfit
from dsr.ledger import book, fitting
from dsr.models import LedgerMark

_WORDS = {Found.GONE: "gone", Found.STILL_THERE: "STILL THERE", Found.UNKNOWN: "NOT LOOKED UP"}


class Command(BaseCommand):
    help = "Restores a backup into an empty place and replays the ledger; --finish only replays."
    requires_system_checks: list[str] = []  # the database is empty, or lacks its guards

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", nargs="?", type=Path)
        parser.add_argument("--finish", action="store_true", help="replay the ledger over a database restored by hand")
        parser.add_argument(
            "--ask-key",
            action="append",
            default=[],
            metavar="ACCOUNT",
            help="ask for this account's API key, for the lookups alone: where the restored one is missing or too old",
        )
        parser.add_argument(
            "--skip-lookups",
            default="",
            metavar="REASON",
            help="finish though something can't be looked up; the reason's digest stands in the audit log",
        )

    def handle(self, *args: Any, path: Path | None, **options: Any) -> None:
        if (path is None) == (not options["finish"]):
            raise CommandError("Name the backup to restore, or say --finish.")
        try:
            if path:
                restoring.restore(path.absolute(), say=self.stdout.write)
            elif not ledger.refusal(thorough=True) and not _is_behind():
                self.stdout.write("There is nothing to finish: the ledger fits this database.")
                return
            else:
                restoring.mend_guards(self.stdout.write)
            keys = {account: self._ask(account) for account in options["ask_key"]}
            self.stdout.write("Replaying the ledger")
            report = replaying.finish(api_keys=keys, skip_reason=options["skip_lookups"].strip())
        except (BackupError, LedgerUnfit) as error:
            raise CommandError(str(error)) from None
        self._tell(report)
        if not report.is_finished:
            raise CommandError(
                "Not finished: what was erased since the backup must be looked up first. Mend the connection (an API "
                "key that has changed: --ask-key ACCOUNT), then run: manage.py restore --finish. Where that can't be: "
                "--skip-lookups 'the reason'."
            )
        restoring.is_done()
        self.stdout.write("Finished. The site may start.")

    def _ask(self, account: str) -> str:
        asked = f"API key of account {account}: "
        key = getpass.getpass(asked) if sys.stdin.isatty() else sys.stdin.readline()
        if not key.strip():
            raise CommandError(f"No API key was given for account {account}.")
        return key.strip()

    def _tell(self, report: replaying.Report) -> None:
        say = self.stdout.write
        say(f"Purged again: {', '.join(report.purged) or 'nothing'}. Files destroyed again: {report.destroyed}.")
        if report.kept:
            say(f"Files that were to be destroyed, and that a legal hold keeps until it is lifted: {report.kept}.")
        if report.held:
            say(f"Legal holds put back on: {', '.join(report.held)}. A wish to lift one has to be made again.")
        if report.held_and_lost:
            say(f"Under a legal hold, and lost; place it again once they are filed: {', '.join(report.held_and_lost)}.")
        if report.links:
            say(f"Hand-over links that are void now, since they may have been revoked meanwhile: {report.links}.")
        if report.credentials:
            say(f"Credentials that were ended since the backup, and are again: {report.credentials}.")
        if report.switched_off:
            say(
                "May only read now, since a right may have been taken away meanwhile. On the page of each an "
                "administrator says what it may do, and two give the right to delete back: "
                f"{', '.join(report.switched_off)}."
            )
        if report.looks:
            say("Not known to be certified when the backup was made, and looked up again:")
        for row in report.looks:
            say(f"  {row.erasure.line.case}  contact {row.erasure.contact_id}: {_found(row)}")
        if report.lost:
            say("Filed after the backup, and lost. File them again from the letters, with the old day of arrival:")
            say(f"  {', '.join(report.lost)}")
        say(
            "Everything else is as it was when the backup was made: look at each open request, and at who has an "
            "account and which role. Deletions that were approved and hadn't begun have to be approved again. "
            "Everybody has to sign in again."
        )


def _is_behind() -> bool:
    """A database restored by hand may hold every head and still miss what the newest lines announce."""
    return fitting.is_behind(book.newest(), LedgerMark.objects.first())


def _found(row: Look) -> str:
    account = f" in account {row.erasure.account_id}"
    detail = {Found.GONE: "", Found.STILL_THERE: f" ({', '.join(row.left)})", Found.UNKNOWN: f": {row.why}"}[row.found]
    certified = "; its certificate had been issued" if row.erasure.is_certified else ""
    return f"{_WORDS[row.found]}{account}{detail}{certified}"
