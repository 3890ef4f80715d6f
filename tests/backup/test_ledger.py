"""The ledger's file: whole lines, one after the other, whoever writes; what was changed or cut is noticed."""

from __future__ import annotations

import fcntl
import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.db import transaction
from django.test import Client
from pytest_django import Settings

from dsr import audit, fingerprint, ledger, triggers
from dsr.backup import replaying
from dsr.exceptions import LedgerUnfit
from dsr.jobs import schedule, tasks
from dsr.ledger import Kind, book
from dsr.models import AuditEntry, Connection, LedgerMark, User
from tests.backup.conftest import VENDORS
from tests.backup.desk import Desk, new_database
from tests.builders import file_case, reviewed
from tests.rewinding import Mark
from tests.smoke.demo_process import ROOT

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _static_root(settings: Settings, tmp_path: Path) -> None:
    """WhiteNoise warns of a directory that isn't there, and a warning is an error here."""
    settings.STATIC_ROOT = tmp_path


def numbers() -> list[int]:
    return [line.number for line in ledger.read()]


@pytest.mark.parametrize("vendor", VENDORS)
def test_writers_of_several_processes_never_mix(vendor: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with new_database(vendor, tmp_path / "data") as address:
        desk = Desk(data=tmp_path / "data", ledger=tmp_path / "ledger", database=address)
        assert desk.manage("migrate", "--verbosity=0").returncode == 0
        command = [sys.executable, "-m", "tests.backup.acts", "append_many", json.dumps({"count": 25})]
        writers = [subprocess.Popen(command, cwd=ROOT, env=desk.env, stdout=subprocess.DEVNULL) for _ in range(4)]
        assert [writer.wait(timeout=120) for writer in writers] == [0] * 4
        assert desk.act("look")["lines"] == ["anchor"] * 100


def test_a_torn_line_counts_for_nothing_and_stops_nobody() -> None:
    ledger.append(Kind.ANCHOR)
    whole = book.path().read_bytes()
    book.path().write_bytes(whole + b'{"at":"2026-11-25T1')
    assert ledger.refusal(thorough=True) == ""
    assert ledger.append(Kind.ANCHOR).number == 2
    assert numbers() == [1, 2]
    assert book.path().read_bytes().startswith(whole), "it is only ever added to"


def test_a_line_longer_than_a_step_is_found_again() -> None:
    ledger.append(Kind.ERASING, case="DSR-2026-000001", sealed="x" * 200_000)
    assert ledger.append(Kind.ANCHOR).number == 2
    assert numbers() == [1, 2]


@pytest.mark.parametrize("how", ["changed", "forged", "taken out", "turned round", "made to look torn"])
def test_a_changed_line_is_noticed(how: str) -> None:
    for count in range(3):
        ledger.append(Kind.PURGED, case=f"DSR-2026-00000{count + 1}")
    lines = book.path().read_bytes().splitlines(keepends=True)
    assert numbers() == [1, 2, 3]
    lines = {
        "changed": [lines[0], lines[1].replace(b"000002", b"000009"), lines[2]],
        "forged": [lines[0], json.dumps({**json.loads(lines[1]), "mac": "0" * 64}).encode() + b"\n", lines[2]],
        "taken out": [lines[0], lines[2]],
        "turned round": [lines[1], lines[0], lines[2]],
        "made to look torn": [lines[0], lines[1][:40] + b"\n", lines[2]],
    }[how]
    book.path().write_bytes(b"".join(lines))
    with pytest.raises(LedgerUnfit):
        ledger.read()
    assert "ledger" in ledger.refusal(thorough=True)


def test_a_tail_that_is_cut_off_or_a_ledger_that_is_away_is_noticed_at_once(client: Client) -> None:
    for _ in range(3):
        ledger.append(Kind.ANCHOR)
    lines = book.path().read_bytes().splitlines(keepends=True)
    book.path().write_bytes(b"".join(lines[:2]))
    assert "cut off before line 3" in ledger.refusal()
    with pytest.raises(LedgerUnfit):
        ledger.append(Kind.ANCHOR)
    book.path().unlink()
    answer = client.get("/accounts/sign-in/")
    assert (answer.status_code, b"missing" in answer.content) == (503, True)
    assert client.get("/healthz").json()["ledger"] == "doesn't fit"
    with pytest.raises(LedgerUnfit):
        ledger.append(Kind.ANCHOR)


def test_one_that_is_lost_for_good_is_given_up_with_a_reason_only(client: Client) -> None:
    for _ in range(3):
        ledger.append(Kind.ANCHOR)
    with pytest.raises(CommandError, match="no reason to give it up"):
        call_command("ledger", "begin-anew", "--reason", "just so")
    book.path().write_bytes(b"{}\n")
    with pytest.raises(CommandError, match="--reason"):
        call_command("ledger", "begin-anew")
    call_command("ledger", "begin-anew", "--reason", "the disk died", stdout=StringIO())
    assert client.get("/accounts/sign-in/").status_code == 200
    assert [(line.number, line.kind) for line in ledger.read()] == [(4, "begun_anew")]
    assert AuditEntry.objects.latest("sequence").verb == "ledger_begun_anew"
    assert "the disk died" not in str(AuditEntry.objects.latest("sequence").facts)
    assert len(list(book.path().parent.glob("*set-aside*"))) == 1


def test_it_is_never_written_within_a_transaction() -> None:
    """The head could be one that is rolled back, and the site would stop over it."""
    with transaction.atomic(), pytest.raises(RuntimeError):
        ledger.append(Kind.ANCHOR)


def verify() -> str:
    said = StringIO()
    call_command("audit", "verify", stdout=said)
    return said.getvalue()


@pytest.fixture
def anchored(connection: Connection, officer: User) -> Any:
    case = file_case(officer, connection)
    call_command("audit", "anchor", stdout=StringIO())
    return reviewed(case, officer)


def tamper(*statements: str) -> None:
    triggers.lift(database)
    with database.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_the_chain_is_checked_against_every_head_in_the_ledger(anchored: Any) -> None:
    tasks.anchor()
    assert "It fits all 3 heads" in verify()
    assert ledger.read()[-1].facts["filed"] == [anchored.reference]


def test_a_tail_cut_off_the_chain_is_seen_against_an_anchor(anchored: Any) -> None:
    tasks.anchor()
    line = ledger.read()[-1]
    tamper("DELETE FROM dsr_reason", f"DELETE FROM dsr_auditentry WHERE sequence >= {line.sequence}")
    with pytest.raises(CommandError, match=rf"entry {line.sequence}:.* line {line.number} .*cut off"):
        verify()


def test_an_entry_of_a_lost_certificate_is_explained_by_the_restore(anchored: Any, officer: User) -> None:
    backup = Mark.here()
    file_case(officer, anchored.connection, emails=["otto@example.com"])
    noted = ":".join(map(str, audit.head()))
    backup.rewind(ledger_too=False)
    assert replaying.finish(api_keys={}).is_finished
    (line,) = [line for line in ledger.read() if line.kind == Kind.RESTORED]
    with pytest.raises(CommandError, match=re.escape(f"knows of a restore (line {line.number}, at {line.at})")):
        call_command("audit", "verify", "--head", noted, stdout=StringIO())
    with pytest.raises(CommandError, match=r"cut off, or all of it was written anew\.$"):
        call_command("audit", "verify", "--head", "1:" + "0" * 64, stdout=StringIO())


def test_a_writer_that_hangs_keeps_the_others_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.append(Kind.ANCHOR)
    assert book.LOCK_SECONDS == 30
    monkeypatch.setattr(book, "LOCK_SECONDS", 0.2)
    with book.path().open("rb") as hanging:
        fcntl.flock(hanging, fcntl.LOCK_EX)
        with pytest.raises(LedgerUnfit, match="held the ledger"):
            ledger.append(Kind.ANCHOR)
    assert ledger.append(Kind.ANCHOR).number == 2


def test_a_chain_that_is_written_anew_is_seen_against_an_anchor(anchored: Any) -> None:
    tasks.anchor()
    kept = list(AuditEntry.objects.order_by("sequence"))
    tamper("DELETE FROM dsr_reason", "DELETE FROM dsr_auditentry")
    previous = audit.GENESIS
    for entry in kept:
        entry.actor, entry.previous = "U-0666", previous
        entry.hash = previous = fingerprint.digest(audit.body_of(entry))
    AuditEntry.objects.bulk_create(kept)
    assert audit.verify() is None, "in itself it holds"
    with pytest.raises(CommandError, match="written anew"):
        verify()


def test_anchors_are_written_daily(db: None) -> None:
    assert schedule.EVERY_MINUTES["anchor"] == ("dsr.jobs.tasks.anchor", 24 * 60)
    tasks.anchor()
    assert [line.kind for line in ledger.read()] == ["anchor"]
    mark = LedgerMark.objects.get()
    assert (mark.number, mark.mac) == (1, ledger.read()[0].mac)
