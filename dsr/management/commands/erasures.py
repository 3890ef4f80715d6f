"""`manage.py erasures --dry-run [--json]`: what every approved erasure would do, and what keeps it from that."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dsr.selectors import dry_runs
from dsr.selectors.dry_runs import Seen
from dsr.services import dry_run


class Command(BaseCommand):
    help = "Looks at all erasures that are approved or wait for it. Calls nothing; exits with 1 if not all can run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", required=True, help="there is nothing else that it does")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one object with all cases")

    def handle(self, *args: Any, as_json: bool, **options: Any) -> None:
        run = dry_run.note(started_by=None)
        try:
            for _row in dry_run.look(run.pk):
                pass
        except BaseException:  # Ctrl-C too: nobody else would finish it
            run.delete()
            raise
        totals, rows = dry_runs.totals_of(run), list(dry_runs.seen(run.rows.all()))
        if as_json:
            cases = [dataclasses.asdict(row) for row in rows]
            self.stdout.write(json.dumps({"totals": dataclasses.asdict(totals), "cases": cases}, indent=1))
        else:
            for row in sorted(rows, key=lambda row: not row.codes):
                what = "; ".join(row.problems) or f"{row.calls} calls, contacts {' '.join(row.contacts) or '–'}"
                self.stdout.write(f"{row.reference}  {_state(row)}: {what}")
            last = f", {totals.only_look} with nothing left to delete" if totals.only_look else ""
            self.stdout.write(f"{totals.cases} cases, {totals.approved} approved, {totals.calls} calls{last}.")
        if totals.problems:
            raise CommandError(f"{totals.problems} cases can't be carried out as they are.")


def _state(row: Seen) -> str:
    if row.only_looks:
        return "nothing left to delete"
    return "approved" if row.is_approved else "waiting for approval"
