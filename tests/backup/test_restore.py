"""A backup is restored into an empty place by processes of its own: what was purged and erased since stays so."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from segmetrics_client.sandbox.testing import Sandbox
from tests.backup.desk import MASTER, OTHER_MASTER, Desk, forms
from tests.ops.waiting import eventually
from tests.smoke.demo_process import ROOT, free_ports

pytestmark = pytest.mark.xdist_group("restore")


def restored_by_hand(told: Any, place: Desk) -> None:
    """As somebody would who has never heard of `manage.py restore`."""
    shutil.copytree(told["backup"] / "files", place.data / "files")
    if told["vendor"] == "sqlite":
        shutil.copy(told["backup"] / "database.sqlite3", place.data / "dsr.sqlite3")
        return
    dump = told["backup"] / "database.dump"
    subprocess.run(["pg_restore", "--no-owner", "--dbname", place.database, dump], check=True, capture_output=True)


def test_who_was_purged_or_erased_since_does_not_come_back(told: Any, elsewhere: Desk, town: Sandbox) -> None:
    calls = len(town.calls())
    done = elsewhere.manage("restore", str(told["backup"]))
    assert done.returncode == 0, done.stderr
    assert f"Purged again: {told['a']}" in done.stdout
    assert f"{told['b']}  contact 1004: gone" in done.stdout
    assert f"{told['c']}  contact 3003: gone" in done.stdout
    assert f"  {told['c']}, {told['d']}" in done.stdout
    looked_up = [call.path for call in town.calls()[calls:]]
    assert any("1004" in path for path in looked_up)
    assert any("3003" in path for path in looked_up)
    assert town.deletes()[-1].object_id == "3003", "nothing was deleted for the look"

    seen = elsewhere.act("look")
    assert (seen["page"], seen["ledger"], seen["refusal"], seen["broken"]) == (200, "ok", "", False)
    assert seen["purged"] == [told["a"]]
    assert seen["exports"] == [True]
    assert seen["reports"] == [True]
    assert seen["verbs"].count("looked_up_after_restore") == 2
    assert seen["cases"][told["b"]] == "awaiting_approval"
    raw = elsewhere.raw()
    assert len(raw) > 100_000
    for secret in (b"Ada Purged", b"ada.purged@example.com", bytes.fromhex(told["key"])):
        assert not [form for form in forms(secret) if form in raw], secret

    assert elsewhere.manage("audit", "verify").returncode == 0
    assert elsewhere.act("file_another") > told["d"], "a reference is never given twice"
    assert elsewhere.act("end", reference=told["b"]) == {"outcome": "erased", "certificate": True, "before": 3}


def test_the_backup_did_hold_what_is_purged(told: Any) -> None:
    """Else the test above would see nothing."""
    raw = b"".join(path.read_bytes() for path in told["backup"].rglob("*") if path.is_file())
    if told["vendor"] == "sqlite":
        assert bytes.fromhex(told["key"]) in raw
    assert b"Ada Purged" not in raw
    assert b"m" * 32 not in raw


def test_a_database_restored_by_hand_is_not_served_before_the_ledger_is_replayed(told: Any, elsewhere: Desk) -> None:
    restored_by_hand(told, elsewhere)
    seen = elsewhere.act("look")
    assert (seen["page"], seen["ledger"]) == (503, "doesn't fit")
    assert seen["said"].endswith("Run: manage.py restore --finish\n")
    worker = elsewhere.manage("worker")
    assert (worker.returncode, "manage.py restore --finish" in worker.stderr) == (1, True)
    assert elsewhere.manage("backup", str(elsewhere.data / "b")).returncode == 1
    assert "older database was restored" in elsewhere.manage("audit", "verify").stderr
    assert elsewhere.manage("ledger", "begin-anew", "--reason", "no").returncode == 1, "that would bring people back"

    done = elsewhere.manage("restore", "--finish")
    assert done.returncode == 0, done.stderr
    seen = elsewhere.act("look")
    assert (seen["page"], seen["ledger"], seen["purged"]) == (200, "ok", [told["a"]])
    assert "nothing to finish" in elsewhere.manage("restore", "--finish").stdout


def test_the_real_web_server_refuses_and_starts_to_serve_once_that_is_done(told: Any, elsewhere: Desk) -> None:
    if told["vendor"] != "sqlite":
        pytest.skip("one real server is enough")
    restored_by_hand(told, elsewhere)
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "gunicorn", "-c", "python:dsr.ops.web", "--bind", f"127.0.0.1:{port}", "dsr.wsgi"]
    with (elsewhere.data / "log").open("wb") as log:
        web = subprocess.Popen(command, cwd=ROOT, env=elsewhere.env, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}/accounts/sign-in/"

        def status() -> str:
            ask = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", address]
            return subprocess.run(ask, capture_output=True, text=True, check=False).stdout

        assert eventually(lambda: status() == "503", within=60)
        assert elsewhere.manage("restore", "--finish").returncode == 0
        assert eventually(lambda: status() == "200", within=30)
    finally:
        web.terminate()
        web.wait(timeout=30)


def test_without_segmetrics_it_is_not_finished_unless_a_reason_is_given(
    told: Any, elsewhere: Desk, town: Sandbox
) -> None:
    town.fault("status", status=401, path="/")
    try:
        done = elsewhere.manage("restore", str(told["backup"]))
        assert done.returncode == 1
        assert "NOT LOOKED UP" in done.stdout
        assert "Not finished" in done.stderr
        assert elsewhere.act("look")["page"] == 503
        done = elsewhere.manage("restore", "--finish", "--skip-lookups", "the account was closed")
        assert done.returncode == 0, done.stderr
    finally:
        town.clear_faults()
    seen = elsewhere.act("look")
    assert (seen["page"], seen["purged"]) == (200, [told["a"]])


def test_a_contact_that_answers_again_is_named(told: Any, elsewhere: Desk, town: Sandbox) -> None:
    town.add_contact(contact_id="3003", email="cora@example.com", first_name="Cora", last_name="Later")
    try:
        done = elsewhere.manage("restore", str(told["backup"]))
    finally:
        with town.client() as client:
            client.contacts.delete("3003")
    assert done.returncode == 0
    assert f"{told['c']}  contact 3003: STILL THERE" in done.stdout


@pytest.mark.parametrize(("where", "call"), [("copy", 1), ("copy", 2), ("load", 1), ("purge", 1), ("end", 1)])
def test_killed_in_the_middle_it_is_run_again(told: Any, elsewhere: Desk, where: str, call: int) -> None:
    elsewhere.killed("kill_at", where=where, call=call, command=["restore", str(told["backup"])])
    done = elsewhere.manage("restore", str(told["backup"]))
    assert done.returncode == 0, done.stderr
    seen = elsewhere.act("look")
    assert (seen["page"], seen["purged"], seen["exports"], seen["broken"]) == (200, [told["a"]], [True], False)
    assert seen["unnamed"] == [], "no file came back whose row says that it was destroyed"


def test_only_into_an_empty_place(told: Any, elsewhere: Desk) -> None:
    before = told["desk"].act("look")["head"]
    done = told["desk"].manage("restore", str(told["backup"]))
    assert (done.returncode, "empty place" in done.stderr) == (1, True)
    assert told["desk"].act("look")["head"] == before
    (elsewhere.data / "files" / "ab").mkdir(parents=True)
    (elsewhere.data / "files" / "ab" / "abc").write_bytes(b"somebody's")
    done = elsewhere.manage("restore", str(told["backup"]))
    assert (done.returncode, "There are files" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("variable", "said"), [("DSR_MASTER_KEY", "DSR_MASTER_KEY"), ("DSR_SEARCH_KEY", "DSR_SEARCH_KEY")]
)
def test_a_wrong_key_is_noticed_before_all_else(told: Any, elsewhere: Desk, variable: str, said: str) -> None:
    done = elsewhere.with_keys(**{variable: OTHER_MASTER}).manage("restore", str(told["backup"]))
    assert (done.returncode, said in done.stderr) == (1, True)
    assert not (elsewhere.data / "files").exists()


def test_an_older_key_that_is_named_opens_it(told: Any, elsewhere: Desk) -> None:
    rotated = elsewhere.with_keys(DSR_MASTER_KEY=OTHER_MASTER, DSR_OTHER_MASTER_KEYS=MASTER)
    assert rotated.manage("restore", str(told["backup"])).returncode == 0
    assert rotated.act("look")["exports"] == [True]


@pytest.mark.parametrize("part", ["database", "file", "manifest", "missing"])
def test_a_changed_backup_is_noticed(told: Any, elsewhere: Desk, tmp_path: Path, part: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(told["backup"], copy)
    victim = {
        "database": next(copy.glob("database.*")),
        "manifest": copy / "manifest.json",
    }.get(part) or next(path for path in (copy / "files").rglob("*") if path.is_file())
    if part == "missing":
        victim.unlink()
    else:
        raw = bytearray(victim.read_bytes())
        raw[len(raw) // 2] ^= 1
        victim.write_bytes(raw)
    done = elsewhere.manage("restore", str(copy))
    assert (done.returncode, "changed" in done.stderr or "no finished backup" in done.stderr) == (1, True)
    assert not (elsewhere.data / "files").exists()


def test_the_ledger_that_is_missing_cut_or_changed_is_noticed(told: Any, elsewhere: Desk) -> None:
    book = elsewhere.ledger / "ledger.jsonl"
    whole = book.read_bytes()
    lines = whole.splitlines(keepends=True)
    forged = [line for line in lines if b'"kind":"purged"' not in line]
    changed = whole.replace(told["b"].encode(), told["a"].encode(), 1)
    for wrong in (b"".join(forged), changed):
        book.write_bytes(wrong)
        place = replace(elsewhere)
        done = place.manage("ledger", "check")
        assert done.returncode == 1
    told_desk = replace(told["desk"], ledger=elsewhere.ledger)
    for wrong, said in ((b"".join(lines[:-1]), "cut off"), (b"", "missing")):
        book.write_bytes(wrong)
        assert said in told_desk.act("look")["refusal"]
    book.unlink()
    seen = told_desk.act("look")
    assert (seen["page"], "missing" in seen["said"]) == (503, True)


def test_a_lost_guard_of_the_backup_is_put_back(told: Any, elsewhere: Desk) -> None:
    if told["vendor"] != "sqlite":
        pytest.skip("SQLite is the one that drops them silently")
    restored_by_hand(told, elsewhere)
    with closing(sqlite3.connect(elsewhere.data / "dsr.sqlite3")) as database:
        database.execute("DROP TRIGGER dsr_audit_no_update")
        database.commit()
    done = elsewhere.manage("restore", "--finish")
    assert done.returncode == 0, done.stderr
    assert elsewhere.manage("guards").returncode == 0
