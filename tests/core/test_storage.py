"""Files: encrypted, whole or not there, and known to be intact or not."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from dsr import storage
from dsr.exceptions import StorageFull, Unreadable
from dsr.models import Case, CaseKey, Connection, Document, User
from tests.builders import file_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(connection: Connection, officer: User) -> Case:
    return file_case(officer, connection)


def document(case: Case, content: bytes, *, kind: str = "export") -> Document:
    stored = storage.write(case, content, outlives_the_key=kind == "certificate")
    return Document.objects.create(
        case=case,
        kind=kind,
        path=stored.path,
        content_type="application/zip",
        size=stored.size,
        sha256=stored.sha256,
        created_at=timezone.now(),
    )


def everything() -> list[Path]:
    return [path for path in storage.root().rglob("*") if path.is_file()]


def test_a_file_is_encrypted_private_and_comes_back(case: Case) -> None:
    row = document(case, b"Linda Dare" * 1000)
    assert storage.read(row) == b"Linda Dare" * 1000
    assert storage.is_intact(row)
    (path,) = everything()
    assert b"Linda" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    assert case.reference not in str(path)


def test_a_half_written_file_never_counts(case: Case) -> None:
    def write_and_die() -> None:
        with storage.writing(case) as pending:
            pending.writer.write(b"x" * 1_000_000)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_and_die()
    assert everything() == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_nothing_behind(case: Case, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def full(_: int) -> None:
        raise OSError(code, "no room", "/secret/place")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull) as refused:
        storage.write(case, b"content")
    assert everything() == []
    assert "secret" not in str(refused.value)


def _damage(how: str, path: Path) -> None:
    content = path.read_bytes()
    changes: dict[str, Any] = {
        "missing": path.unlink,
        "emptied": lambda: path.write_bytes(b""),
        "cut": lambda: path.write_bytes(content[:-5]),
        "changed": lambda: path.write_bytes(content[:-1] + bytes([content[-1] ^ 1])),
    }
    changes[how]()


@pytest.mark.parametrize("how", ["missing", "emptied", "cut", "changed"])
def test_damage_is_noticed(case: Case, how: str) -> None:
    row = document(case, b"content")
    _damage(how, storage.root() / row.path)
    assert not storage.is_intact(row)
    with pytest.raises(Unreadable):
        storage.read(row)


def test_another_content_than_was_noted_is_not_intact(case: Case) -> None:
    row = document(case, b"content")
    row.sha256 = "0" * 64
    assert not storage.is_intact(row)


def test_a_file_of_another_case_does_not_open(case: Case, officer: User) -> None:
    other = file_case(officer, case.connection)
    row = document(other, b"content")
    row.case = case
    with pytest.raises(Unreadable):
        storage.read(row)


def test_without_its_key_the_data_of_a_case_is_gone_but_the_certificate_stays(case: Case) -> None:
    export, certificate = document(case, b"export"), document(case, b"certificate", kind="certificate")
    CaseKey.objects.filter(case=case).delete()
    with pytest.raises(Unreadable):
        storage.read(Document.objects.get(pk=export.pk))
    assert storage.read(Document.objects.get(pk=certificate.pk)) == b"certificate"
    assert Case.objects.get(pk=case.pk).subject_name == ""
