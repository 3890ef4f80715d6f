"""`manage.py audit`, and the script in docs/ that needs nothing of ours."""

from __future__ import annotations

import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database

from dsr import triggers
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
