"""After a restore: do again what the ledger says was done, look up what was erased, and let the site start.

Each part may be repeated, so a run that was killed, or that could not reach SegMetrics, is simply run again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone

from dsr import audit, ledger
from dsr.backup import holding, rights
from dsr.backup.looking import Erasure, Found, Look, erasures_since, look
from dsr.days import controller_today
from dsr.exceptions import BackupError
from dsr.ledger import Kind, Line, book, fitting
from dsr.ledger.keys import mac
from dsr.models import (
    AgentToken,
    Approval,
    CalendarFeed,
    Case,
    Credential,
    Document,
    ErasedBefore,
    HandOver,
    LedgerMark,
    PlanLine,
    StepState,
)
from dsr.services import disposal, filing_many, letters, noting, retention, traces


@dataclass
class Report:
    """What the replay came to. References, ids and counts only."""

    purged: list[str] = field(default_factory=list)
    destroyed: int = 0
    kept: int = 0
    """Files that the ledger says were to be destroyed, and that a legal hold keeps: until it is lifted."""
    lost: list[str] = field(default_factory=list)
    """Requests that were filed after the backup: they don't exist any more."""
    held: list[str] = field(default_factory=list)
    """Requests whose legal holds were placed after the backup, and are put back."""
    held_and_lost: list[str] = field(default_factory=list)
    """The same of requests that don't exist any more."""
    links: int = 0
    """Hand-over links that are void now: what was revoked, tried or downloaded since the backup is lost."""
    credentials: int = 0
    """Credentials that were ended since the backup, and are again."""
    switched_off: list[str] = field(default_factory=list)
    """The names of connections that may only read now, until an administrator has looked."""
    looks: list[Look] = field(default_factory=list)
    is_finished: bool = False

    @property
    def unknown(self) -> list[Look]:
        return [row for row in self.looks if row.found == Found.UNKNOWN]


def finish(*, api_keys: Mapping[str, str], skip_reason: str = "") -> Report:
    """Replay the ledger over the restored database.

    Not finished while a look has no answer, unless `skip_reason` says why that is accepted. Raises `LedgerUnfit`
    where the ledger itself is missing or was changed, `BackupError` where a file can't be destroyed.
    """
    lines = ledger.read()
    mark = LedgerMark.objects.first()
    fitting.raise_if_another(lines, mark)
    position = mark.number if mark else 0
    fits = fitting.last_fitting(lines)
    _pass_used_numbers(lines)
    report = Report(lost=_lost(lines, position))
    report.held, report.held_and_lost = holding.put_back(lines)  # before anything is destroyed
    report.purged = _purge_again(lines)
    report.destroyed, report.kept = _destroy_again(lines)
    report.credentials = rights.end_again(lines, position)  # before anything is looked up with one of them
    traces.clear()
    erasures = erasures_since(lines, position)
    for erasure in erasures:
        _remember(erasure)
    for row in look(erasures, api_keys):
        report.looks.append(row)
        _record(row)
    if not report.unknown or skip_reason:
        Session.objects.all().delete()  # who was signed in at the time of the backup may have lost the right since
        CalendarFeed.objects.all().delete()  # one that was ended since would answer again
        AgentToken.objects.all().delete()
        Credential.retire(Credential.objects.filter(user__isnull=False))  # of somebody who has lost the role since
        _void_approvals(lines)
        report.switched_off = rights.switch_off(lines, position)
        # One that was revoked since would open again.
        report.links = HandOver.objects.filter(revoked_at=None).update(revoked_at=timezone.now())
        letters.doubt_all()
        filing_many.stop_after_restore()
        _end(report, fits=fits, position=position, skip_reason=skip_reason)
        report.is_finished = True
    return report


def _pass_used_numbers(lines: list[Line]) -> None:
    """No reference is ever given twice, so that no later line of the ledger can mean another case."""
    references = [reference for line in lines for reference in _references(line)]
    highest = max((int(reference.rpartition("-")[2]) for reference in references), default=0)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('dsr_case', 'id'), GREATEST(%s, "
                "(SELECT last_value FROM pg_sequences WHERE sequencename = 'dsr_case_id_seq'), 1))",
                [highest],
            )
            return
        cursor.execute("UPDATE sqlite_sequence SET seq = MAX(seq, %s) WHERE name = 'dsr_case'", [highest])
        if not cursor.rowcount:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('dsr_case', %s)", [highest])


def _references(line: Line) -> list[str]:
    return [*([line.case] if line.case else []), *line.facts.get("filed", [])]


def _lost(lines: list[Line], position: int) -> list[str]:
    known = set(Case.objects.values_list("reference", flat=True))
    since = {reference for line in lines if line.number > position for reference in _references(line)}
    return sorted(since - known)


def _purge_again(lines: list[Line]) -> list[str]:
    """Whatever the ledger says was purged, ever: a backup may have been made between a line and its act."""
    wanted = {line.case for line in lines if line.kind == Kind.PURGED}
    again = list(Case.objects.filter(reference__in=wanted, purged_at=None).order_by("pk"))
    for case in again:
        try:
            retention.purge(case=case, ordered_by_ledger=True)
        except OSError as error:
            raise BackupError(f"The files of {case.reference} can't be destroyed: {error.strerror}.") from None
    return [case.reference for case in again]


def _destroy_again(lines: list[Line]) -> tuple[int, int]:
    """Returns how many were destroyed again, and how many a legal hold keeps.

    A hold may have come between a line and its act. Keeping what it binds can be mended, destroying it can't.
    """
    wanted = {line.facts["path"] for line in lines if line.kind == Kind.DOCUMENT_DESTROYED}
    there = Document.objects.filter(destroyed_at=None).select_related("case")
    again = [row for row in there if noting.path_digest(row.path) in wanted]
    held = [row.pk for row in again if disposal.is_held(row)]
    Document.objects.filter(pk__in=held).update(destroy_on=controller_today())  # when it is lifted they go
    done = sum(disposal.destroy(row, ordered_by_ledger=True) for row in again if row.pk not in held)
    if done + len(held) != len(again):
        raise BackupError("A file that was destroyed before can't be removed. Look at the rights in DSR_DATA_DIR.")
    return done, len(held)


def _remember(erasure: Erasure) -> None:
    """An open case learns what it had begun: it ends with a certificate, and never as “no data found”."""
    case = Case.objects.filter(reference=erasure.line.case, closed_at=None, purged_at=None).first()
    if case is None:
        return
    record = {**erasure.line.facts["record"], "kept": erasure.what["kept"]}
    for integration_id, kind, object_id in erasure.what["objects"]:
        ErasedBefore.objects.update_or_create(
            case=case,
            integration_id=integration_id,
            object=kind,
            object_id=object_id,
            defaults={
                "line": erasure.line.number,
                "contact_id": erasure.contact_id,
                "begun_at": dt.datetime.fromisoformat(erasure.line.at),
                "is_certified": erasure.is_certified,
                "record": record,
            },
        )


def _void_approvals(lines: list[Line]) -> None:
    """Whatever stopped a deletion since the backup is lost with the database, so a person is asked once more.

    What had begun goes on: it can't be undone, and what is left of it must not stay half done. But not where the ledger
    knows that another plan took its place.
    """
    started = PlanLine.objects.exclude(step=StepState.PENDING).values("plan")
    still_open = Approval.objects.filter(voided_at=None, case__closed_at=None)
    newest = {line.case: line.facts["record"]["fingerprint"] for line in lines if line.kind == Kind.ERASING}
    replaced = [
        row.pk
        for row in still_open.filter(plan__in=started).select_related("case")
        if newest.get(row.case.reference, row.fingerprint) != row.fingerprint
    ]
    still_open.exclude(plan__in=started).update(voided_at=timezone.now())
    still_open.filter(pk__in=replaced).update(voided_at=timezone.now())


def _record(row: Look) -> None:
    erasure = row.erasure
    with transaction.atomic():
        audit.record(
            actor=None,
            verb="looked_up_after_restore",
            case=Case.objects.filter(reference=erasure.line.case).first(),
            facts={
                "reference": erasure.line.case,
                "contact_id": erasure.contact_id,
                "found": row.found.value,
                "left": list(row.left),
                "line": erasure.line.number,
            },
        )


def _end(report: Report, *, fits: int, position: int, skip_reason: str) -> None:
    facts = {
        "backup_line": position,
        "fits": fits,
        "purged": report.purged,
        "destroyed": report.destroyed,
        "kept": report.kept,
        "lost": report.lost,
        "held": report.held,
        "links": report.links,
        "credentials": report.credentials,
        "switched_off": len(report.switched_off),
        "looked_up": len(report.looks),
        "unknown": len(report.unknown),
        "skipped": mac("ledger-reason", skip_reason.encode()) if skip_reason else "",
    }
    with transaction.atomic():
        audit.record(actor=None, verb="restored", facts=facts)
    book.append_restored(fits=fits, backup_line=position)
