"""Files: encrypted, whole or not there, and known to be intact or not."""

from __future__ import annotations

import errno
import os
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from dsr import storage
from dsr.crypto import CHUNK_BYTES
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
    if how in {"a folder", "an error of the disk"}:
        path.unlink()
    changes: dict[str, Any] = {
        "missing": path.unlink,
        "emptied": lambda: path.write_bytes(b""),
        "a folder": path.mkdir,
        "an error of the disk": lambda: path.symlink_to("/proc/self/mem"),  # reads as EIO
        "cut": lambda: path.write_bytes(content[:-5]),
        "changed": lambda: path.write_bytes(content[:-1] + bytes([content[-1] ^ 1])),
    }
    changes[how]()


@pytest.mark.parametrize("how", ["missing", "emptied", "cut", "changed", "a folder", "an error of the disk"])
def test_damage_is_noticed(case: Case, how: str) -> None:
    row = document(case, b"content")
    _damage(how, storage.root() / row.path)
    assert not storage.is_intact(row)
    with pytest.raises(Unreadable) as refused:
        storage.read(row)
    with pytest.raises(Unreadable):
        storage.seekable(row)
    assert row.path not in str(refused.value)


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


def descriptors() -> list[Path]:
    """The files without a name that this process holds open in the data directory."""
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            if str(entry.readlink()).startswith(str(storage.root())):
                found.append(entry)
    return found


def test_a_spool_has_no_name_says_nothing_to_the_disk_and_can_be_read_by_several(db: None) -> None:
    spool = storage.Spool()
    spool.begin().write(b"what a broken attempt left" * 100_000)
    spool.begin()
    content = b"Linda Dare" * 100_000
    spool.write(content)
    spool.finish()
    assert everything() == []
    (descriptor,) = descriptors()
    on_disk = descriptor.read_bytes()
    assert len(on_disk) > len(content)
    assert b"Linda" not in on_disk
    one, other = spool.chunks(), spool.chunks()
    first = next(one)
    assert b"".join(other) == content
    assert first + b"".join(one) == content
    spool.close()
    assert descriptors() == []


def test_two_spools_never_share_a_key(db: None) -> None:
    with closing(storage.Spool()) as one, closing(storage.Spool()) as other:
        for spool in (one, other):
            spool.begin().write(b"Linda Dare")
            spool.finish()
        one._key = other._key
        with pytest.raises(Unreadable):
            list(one.chunks())


def test_a_spool_says_that_the_disk_is_full(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, _: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        seek = truncate = flush = lambda *_: None

    with closing(storage.Spool()) as spool:
        spool.begin()
        spool._writer._target = Full()  # type: ignore[assignment]
        with pytest.raises(StorageFull):
            spool.write(b"x" * 600_000)


def test_a_stored_file_is_read_from_anywhere_in_it(case: Case) -> None:
    content = os.urandom(CHUNK_BYTES * 3 + 17)
    row = document(case, content)
    with storage.seekable(row) as file:
        assert file.seek(0, os.SEEK_END) == len(content)
        for at in (0, 1, CHUNK_BYTES - 5, CHUNK_BYTES, CHUNK_BYTES * 3, len(content) - 3):
            file.seek(at)
            assert file.read(40) == content[at : at + 40]
        file.seek(-7, os.SEEK_END)
        assert file.read() == content[-7:]
        file.seek(0)
        assert file.read() == content


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES * 2])
def test_whole_chunks_and_nothing_at_all_are_read_too(case: Case, size: int) -> None:
    row = document(case, b"x" * size)
    with storage.seekable(row) as file:
        assert file.read() == b"x" * size


@pytest.mark.parametrize("change", ["cut", "cut at a chunk", "byte", "last byte", "magic", "nothing left"])
def test_a_changed_file_is_not_read_from_anywhere(case: Case, change: str) -> None:
    row = document(case, b"x" * CHUNK_BYTES * 3)
    (path,) = everything()
    sealed = path.read_bytes()
    path.write_bytes(
        {
            "cut": sealed[:-100],
            "cut at a chunk": sealed[: -(CHUNK_BYTES + 16)],
            "byte": sealed[:300] + bytes([sealed[300] ^ 1]) + sealed[301:],
            "last byte": sealed[:-1] + bytes([sealed[-1] ^ 1]),
            "magic": b"x" + sealed[1:],
            "nothing left": sealed[:5],
        }[change]
    )

    def read_all() -> None:
        with storage.seekable(row) as file:
            file.read()

    with pytest.raises(Unreadable):
        read_all()
    with pytest.raises(Unreadable):
        storage.read(row)


def test_one_that_was_cut_is_not_even_opened(case: Case) -> None:
    row = document(case, b"x" * CHUNK_BYTES * 3)
    (path,) = everything()
    path.write_bytes(path.read_bytes()[: -(CHUNK_BYTES + 16)])
    with pytest.raises(Unreadable):
        storage.seekable(row)
