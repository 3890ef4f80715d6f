"""A backup counts when it is whole, and never before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.backup.desk import Desk

pytestmark = pytest.mark.xdist_group("backup")


@pytest.mark.parametrize(("where", "call"), [("dump", 1), ("copy", 2), ("rename", 1)])
def test_killed_in_the_middle_no_half_backup_counts(
    told: Any, elsewhere: Desk, tmp_path: Path, where: str, call: int
) -> None:
    path = tmp_path / "another"
    told["desk"].killed("kill_at", where=where, call=call, command=["backup", str(path)])
    assert not path.exists()
    if where != "rename":
        done = elsewhere.manage("restore", f"{path}.part")
        assert "no finished backup" in done.stderr
        done = told["desk"].manage("backup", str(path))
        assert done.returncode == 0, done.stderr
        assert not Path(f"{path}.part").exists()


def test_its_manifest_names_everything_and_no_key_is_in_it(told: Any) -> None:
    manifest = json.loads((told["backup"] / "manifest.json").read_text())
    there = {str(path.relative_to(told["backup"])) for path in told["backup"].rglob("*") if path.is_file()}
    assert there == {*manifest["files"], "manifest.json"}
    assert len(there) >= 4
    assert manifest["audit_head"].count(":") == 1
    raw = b"".join(path.read_bytes() for path in told["backup"].rglob("*") if path.is_file())
    for key in told["desk"].keys.values():
        assert key.encode() not in raw


def test_a_missing_file_that_nobody_destroyed_is_an_error(told: Any, tmp_path: Path) -> None:
    files = sorted(path for path in (told["desk"].data / "files").rglob("*") if path.is_file())
    hidden = files[0].rename(files[0].with_name("hidden"))
    try:
        done = told["desk"].manage("backup", str(tmp_path / "another"))
    finally:
        hidden.rename(files[0])
    assert (done.returncode, "missing" in done.stderr) == (1, True)
    assert not list(tmp_path.glob("another*"))


def test_what_a_purge_left_of_a_case_is_missed_too(told: Any, tmp_path: Path) -> None:
    path, reference = told["desk"].act("lose_what_outlives")
    try:
        done = told["desk"].manage("backup", str(tmp_path / "refused"))
    finally:
        told["desk"].act("find_again", path=path)
    assert (done.returncode, f"Files of {reference} are missing" in done.stderr) == (1, True)


def test_a_file_that_is_lost_for_good_is_left_out_where_somebody_says_so(
    told: Any, elsewhere: Desk, tmp_path: Path
) -> None:
    reference = told["b"]
    lost = told["desk"].act("lose_export", reference=reference)
    try:
        done = told["desk"].manage("backup", str(tmp_path / "refused"), "--without", told["c"])
        assert (done.returncode, f"Files of {reference} are missing" in done.stderr) == (1, True)
        done = told["desk"].manage("backup", str(tmp_path / "made"), "--without", reference)
        assert done.returncode == 0, done.stderr
    finally:
        told["desk"].act("find_again", path=lost)
    manifest = json.loads((tmp_path / "made" / "manifest.json").read_text())
    assert manifest["lost"] == {lost: reference}
    assert told["desk"].act("look")["verbs"].count("backup_without") >= 1
    done = elsewhere.manage("restore", str(tmp_path / "made"))
    assert done.returncode == 0, done.stderr
    assert f"not restored: files of {reference}" in done.stdout
    assert elsewhere.act("look")["page"] == 200


def test_so_is_a_report_that_is_lost(told: Any, tmp_path: Path) -> None:
    path, reference = told["desk"].act("lose_report")
    try:
        done = told["desk"].manage("backup", str(tmp_path / "refused"))
        assert (done.returncode, f"Files of {reference} are missing" in done.stderr) == (1, True)
        noted = told["desk"].act("look")["verbs"].count("backup_without")
        done = told["desk"].manage("backup", str(tmp_path / "made"), "--without", reference)
        assert done.returncode == 0, done.stderr
    finally:
        told["desk"].act("find_again", path=path)
    assert json.loads((tmp_path / "made" / "manifest.json").read_text())["lost"] == {path: reference}
    assert told["desk"].act("look")["verbs"].count("backup_without") == noted + 1


def test_an_old_pg_dump_or_none_is_named(told: Any, tmp_path: Path) -> None:
    if told["vendor"] != "postgresql":
        pytest.skip("pg_dump is for PostgreSQL")
    assert "isn't on the PATH" in told["desk"].act("find_pg_dump", folder=str(tmp_path))
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    old.chmod(0o755)
    assert "9 is too old" in told["desk"].act("find_pg_dump", folder=str(tmp_path))
