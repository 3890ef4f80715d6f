"""The dry run before a bulk run: what every case would do, and what keeps it from that."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _

from dsr.days import controller_today
from dsr.exports.cells import cell
from dsr.models import DryRun
from dsr.selectors import dry_runs
from dsr.selectors.dry_runs import SHOWN, Seen
from dsr.selectors.staff import StaffRequest
from dsr.services import dry_run
from dsr.views.guards import for_roles
from dsr.views.idle import load_anew
from dsr.views.working import FACTOR, FIRST_DELAY, LONGEST_DELAY, times_asked

readers = for_roles(*dry_run.MAY_LOOK)


@readers
def page(request: StaffRequest) -> HttpResponse:
    run = dry_runs.newest()
    return render(request, "bulk/dry_run.html", {"run": run, **(_found(run) if run else {})})


@readers
def begin(request: StaffRequest) -> HttpResponse:
    if request.method == "POST":
        dry_run.begin(actor=request.user)
    return redirect("dry_run")


@readers
def progress(request: StaffRequest) -> HttpResponse:
    run = dry_runs.newest()
    if run is None or not dry_runs.is_under_way(run):
        return load_anew(request)
    return render(request, "bulk/dry_run_progress.html", _progress(run, asked=times_asked(request)))


@readers
def table(request: StaffRequest) -> HttpResponseBase:  # noqa: ARG001  (as every view)
    """Every case of it. Vendor's ids and references stand in it, and nothing of a person."""
    run = dry_runs.newest()
    if run is None:
        return redirect("dry_run")
    lines = _lines(run, translation.get_language() or "en")
    name = f"dry-run-{controller_today():%Y%m%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _found(run: DryRun) -> dict[str, Any]:
    if not run.finished_at:
        return {"is_under_way": dry_runs.is_under_way(run), **_progress(run, asked=0)}
    problems = dry_runs.with_problems(run)
    groups = [
        (_("Approved"), list(dry_runs.seen(dry_runs.without_problems(run, is_approved=True)[:SHOWN]))),
        (_("Waiting for approval"), list(dry_runs.seen(dry_runs.without_problems(run, is_approved=False)[:SHOWN]))),
    ]
    if looks := list(dry_runs.seen(dry_runs.looks_without_problems(run)[:SHOWN])):
        groups.append((_("Nothing left to delete"), looks))
    return {
        "totals": dry_runs.totals_of(run),
        "problems": list(islice(dry_runs.seen(problems), SHOWN)),
        "groups": groups,
        "shown": SHOWN,
    }


def _progress(run: DryRun, *, asked: int) -> dict[str, Any]:
    return {
        "totals": dry_runs.totals_of(run),
        "delay": min(FIRST_DELAY * FACTOR**asked, LONGEST_DELAY),
        "asked": asked + 1,
    }


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, row: str) -> str:
        return row


def _lines(run: DryRun, language: str) -> Iterator[bytes]:
    """Written after the request, when its reader's language isn't active any more."""
    writer = csv.writer(_Echo(), lineterminator="\r\n")

    def line(values: Sequence[object]) -> bytes:
        return str(writer.writerow([cell(value) for value in values])).encode()

    with translation.override(language):
        yield line(
            [
                _("Request"),
                _("Account"),
                _("Approved"),
                _("Contacts"),
                _("Orders"),
                _("Subscriptions"),
                _("Calls"),
                _("Problems"),
                _("Remarks"),
            ]
        )
        for row in dry_runs.seen(run.rows.all()):
            yield line(_cells(row))


def _cells(row: Seen) -> list[object]:
    ids = [" ".join(some) for some in (row.contacts, row.orders, row.subscriptions)]
    problems = "; ".join(row.problems) if row.is_checked else _("not looked at yet")
    return [row.reference, row.account, _approved(row), *ids, row.calls, problems, "; ".join(_remarks(row))]


def _approved(row: Seen) -> str:
    if row.only_looks:
        return _("not needed")
    return _("yes") if row.is_approved else _("no")


def _remarks(row: Seen) -> Iterator[str]:
    if row.only_looks:
        yield _("nothing left to delete")
    if row.is_changed:
        yield _("changed since")
