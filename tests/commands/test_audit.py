"""`manage.py audit`, and the script in docs/ that needs nothing of ours."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database

from dsr import ledger, triggers
from dsr.ledger import book
from dsr.models import Connection, User
from tests.builders import file_case, reviewed

pytestmark = pytest.mark.django_db
SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "verify_audit.py"


def audit(*words: str) -> str:
    said = StringIO()
    call_command("audit", *words, stdout=said)
    return said.getvalue().strip()


def run_script(export: Path, *noted: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-I", SCRIPT, export, *noted], capture_output=True, text=True, check=False)


@pytest.fixture
def head(connection: Connection, officer: User) -> str:
    reviewed(file_case(officer, connection), officer)
    return audit("head")


def test_a_whole_chain_verifies_with_and_without_us(head: str, tmp_path: Path) -> None:
    assert head in audit("verify", "--head", head)
    export = tmp_path / "audit.jsonl"
    export.write_text(audit("export") + "\n")
    result = run_script(export, head)
    assert (result.returncode, result.stdout.strip().endswith(head)) == (0, True)


def test_a_change_is_found_by_both(head: str, tmp_path: Path) -> None:
    triggers.lift(database)
    with database.cursor() as cursor:
        cursor.execute("UPDATE dsr_auditentry SET actor = 'U-9999' WHERE sequence = 2")
    with pytest.raises(CommandError, match="broken at entry 2"):
        audit("verify")
    export = tmp_path / "audit.jsonl"
    export.write_text(audit("export") + "\n")
    assert "entry 2" in run_script(export).stderr


def test_a_tail_that_was_cut_off_is_seen_by_a_noted_head(head: str, tmp_path: Path) -> None:
    triggers.lift(database)
    with database.cursor() as cursor:
        cursor.execute("DELETE FROM dsr_reason")
        cursor.execute("DELETE FROM dsr_auditentry WHERE sequence >= 3")
    assert "The chain holds: 2 entries" in audit("verify")
    with pytest.raises(CommandError, match="cut off"):
        audit("verify", "--head", head)
    export = tmp_path / "audit.jsonl"
    export.write_text(audit("export") + "\n")
    assert "doesn't hold" in run_script(export, head).stderr


def test_a_full_disk_is_told_in_a_sentence_and_loses_nothing(head: str, monkeypatch: pytest.MonkeyPatch) -> None:
    audit("anchor")
    before = ledger.read()
    write = os.write

    def half(file: int, data: bytes) -> int:
        write(file, bytes(data)[:20])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half)
        with pytest.raises(CommandError, match=r"The disk with the ledger is full\. Free some space"):
            audit("anchor")
    assert ledger.read() == before, "half a line is none"
    audit("anchor")
    assert len(ledger.read()) == len(before) + 1
    assert "The chain holds" in audit("verify")


@pytest.mark.parametrize("what", ["the folder", "the file"])
def test_a_ledger_that_cannot_be_written_is_told_with_what_to_do(head: str, what: str) -> None:
    folder = book.path().parent
    if what == "the folder":
        folder.rename(folder.with_name("aside"))
        folder.write_text("a file in its place")
    else:
        book.path().unlink()
        book.path().mkdir()

    with pytest.raises(CommandError, match="Look at DSR_LEDGER_DIR, at its rights and its disk, then try again"):
        audit("anchor")
