"""What happens at a desk, each as a process of its own: python -m tests.backup.acts NAME '{"arguments": …}'."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection as database  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from dsr import audit, ledger, storage  # noqa: E402
from dsr.backup import databases, files, postgresql  # noqa: E402
from dsr.exceptions import BackupError  # noqa: E402
from dsr.ledger import book  # noqa: E402
from dsr.models import AuditEntry, Case, CaseKey, Connection, Document, ErasedBefore, Report, ReportKind, User  # noqa: E402
from dsr.permissions import Role  # noqa: E402
from dsr.services import certificates, closing, preparation, reports, retention  # noqa: E402
from segmetrics_client.sandbox.testing import Sandbox  # noqa: E402
from tests.builders import approve, file_case, make_connection, make_user, prepared, reviewed, work  # noqa: E402
from tests.path.driving import PAPER, drive  # noqa: E402


def before(*, sandbox: str) -> dict[str, Any]:
    """A: closed, its contents kept. B: waiting for its approval."""
    call_command("migrate", verbosity=0)
    officer = make_user("anna@example.com", "Anna Officer", Role.PRIVACY_OFFICER)
    make_user("bea@example.com", "Bea Approver", Role.APPROVER)
    connection = make_connection(Sandbox.connect(sandbox))
    a = file_case(officer, connection, subject_name="Ada Purged", emails=["ada.purged@example.com"])
    closing.nothing_found(case=reviewed(a, officer), actor=officer)
    b = prepared(file_case(officer, connection), officer)
    reports.ask(actor=officer, kind=ReportKind.REGISTER, language="en")
    work()
    return {"a": a.reference, "b": b.reference, "key": bytes(CaseKey.objects.get(case=a).wrapped).hex()}


def after(*, a: str, b: str) -> dict[str, Any]:
    """A is purged; B is erased; C is filed and erased; D is filed."""
    officer, approver = User.objects.get(email="anna@example.com"), User.objects.get(email="bea@example.com")
    Case.objects.filter(reference=a).update(purge_on=timezone.localdate())
    assert retention.purge_due() == 1
    case = Case.objects.get(reference=b)
    approve(case, approver)
    work()
    case.refresh_from_db()
    assert case.outcome == "erased"
    c = file_case(officer, case.connection, subject_name="Cora Later", emails=["cora@example.com"])
    prepared(c, officer, same=("3003",))
    approve(c, approver)
    work()
    c.refresh_from_db()
    assert c.outcome == "erased"
    d = file_case(officer, case.connection, subject_name="Dora Open", emails=["dora@example.com"])
    return {"c": c.reference, "d": d.reference}


def end(*, reference: str) -> dict[str, Any]:
    """People take a case to its end; how it ended."""
    officer, approver = User.objects.get(email="anna@example.com"), User.objects.get(email="bea@example.com")
    case = Case.objects.get(reference=reference)
    Connection.objects.update(may_delete=True)  # as two administrators have given it back
    drive(case, officer, approver)
    certificate = case.documents.filter(kind="certificate").last()
    return {
        "outcome": case.outcome,
        "certificate": bool(certificate and storage.is_intact(certificate)),
        "before": ErasedBefore.objects.filter(case=case).count(),
    }


def _files_of_no_live_row() -> list[str]:
    named = set(Document.objects.filter(destroyed_at=None).values_list("path", flat=True))
    named |= set(Report.objects.values_list("path", flat=True))
    there = {path.relative_to(storage.root()).as_posix() for path in storage.root().rglob("*") if path.is_file()}
    return sorted(there - named)


def look() -> dict[str, Any]:
    """What a visitor gets, and what the tables say."""
    page, health = Client().get("/accounts/sign-in/"), Client().get("/healthz")
    exports = Document.objects.filter(kind="export", destroyed_at=None)
    return {
        "page": page.status_code,
        "said": page.content.decode() if page.status_code == 503 else "",
        "ledger": health.json()["ledger"],
        "refusal": ledger.refusal(thorough=True),
        "broken": bool(audit.verify()),
        "head": audit.head(),
        "unnamed": _files_of_no_live_row(),
        "reports": [storage.is_intact(row) for row in Report.objects.all()],
        "exports": [storage.is_intact(row) for row in exports],
        "cases": {row.reference: row.state for row in Case.objects.all()},
        "purged": list(Case.objects.exclude(purged_at=None).values_list("reference", flat=True)),
        "verbs": sorted(AuditEntry.objects.values_list("verb", flat=True)),
        "lines": [line.kind for line in ledger.read()] if not ledger.refusal(thorough=True) else [],
    }


def file_another() -> str:
    """A new request; its reference."""
    officer, case = User.objects.get(email="anna@example.com"), Case.objects.all()[0]
    return file_case(officer, case.connection, emails=["eva@example.com"]).reference


def lose_export(*, reference: str) -> str:
    """A file that is lost; its path."""
    document = Document.objects.get(case__reference=reference, kind="export")
    (storage.root() / document.path).rename(storage.root() / "lost")
    return document.path


def lose_what_outlives() -> list[str]:
    """The path of what a purge left of a case, and the case's reference."""
    document = Document.objects.filter(kind="nothing_found", case__purged_at__isnull=False)[0]
    (storage.root() / document.path).rename(storage.root() / "lost")
    return [document.path, document.case.reference]


def lose_report() -> list[str]:
    """The path of a report that is lost, and its reference."""
    report = Report.objects.get()
    (storage.root() / report.path).rename(storage.root() / "lost")
    return [report.path, report.reference]


def find_again(*, path: str) -> None:
    (storage.root() / "lost").rename(storage.root() / path)


def find_pg_dump(*, folder: str) -> str:
    """Which pg_dump is taken where only this folder is on the PATH, or what is said."""
    os.environ["PATH"] = folder
    setattr(postgresql, "_ELSEWHERE", "/nowhere/*")  # noqa: B010
    try:
        return postgresql.find("pg_dump")
    except BackupError as error:
        return str(error)


def append_many(*, count: int) -> int:
    for _ in range(count):
        ledger.append(ledger.Kind.ANCHOR)
    return count


def kill_at(*, where: str, call: int, command: list[str]) -> None:
    """Run a command and die by SIGKILL at the n-th call of a function of ours."""
    module, name = {
        "copy": (files, "copy"),
        "load": (databases, "load"),
        "purge": (retention, "purge"),
        "end": (book, "append_restored"),
        "dump": (databases, "dump"),
        "rename": (Path, "rename"),
    }[where]
    function, calls = getattr(module, name), 0

    def counted(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call:
            if where == "copy":
                args[1].parent.mkdir(parents=True, exist_ok=True)
                args[1].with_name(args[1].name + ".part").write_bytes(b"half")
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **options)

    setattr(module, name, counted)
    call_command(*command)


ACTS: dict[str, Callable[..., Any]] = {
    act.__name__: act
    for act in (
        before,
        after,
        end,
        look,
        file_another,
        lose_export,
        lose_what_outlives,
        lose_report,
        find_again,
        find_pg_dump,
        append_many,
        kill_at,
    )
}

if __name__ == "__main__":
    for module, name in ((preparation, "draw_evidence"), (certificates, "draw_certificate")):
        setattr(module, name, lambda _, **__: PAPER)
        setattr(module, "sealed", lambda drawn, **_: drawn)  # noqa: B010 - a module has no such attribute to mypy
    result = ACTS[sys.argv[1]](**json.loads(sys.argv[2]))
    database.close()
    print(json.dumps(result))  # noqa: T201
