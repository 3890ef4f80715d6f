"""The disk is full: the case says so and what to do, keeps nothing half-written, and goes on once there is room."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.test import Client
from pytest_django import Settings

from dsr import storage
from dsr.models import Case, Connection, User
from dsr.services import preparation, resumption
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, reviewed, save_review, work
from tests.path.driving import certificates, draw_nothing

pytestmark = pytest.mark.django_db


@contextmanager
def full_disk() -> Iterator[None]:
    """No file gets its bytes onto the disk."""

    def no_room(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", no_room)
        yield


def files() -> set[str]:
    return {path.name for path in storage.root().rglob("*") if path.is_file()}


def assert_it_asks_for_room(case: Case, officer: User) -> None:
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "storage_full")
    browser = Client()
    browser.force_login(officer)
    page = browser.get(f"/cases/{case.reference}/").content.decode()
    assert "The disk is full" in page
    assert "Free some space, then try again" in page
    assert f"/cases/{case.reference}/resume/" in page


def test_a_full_disk(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draw_nothing(monkeypatch)
    settings.STATIC_ROOT = settings.ENV.data_dir  # WhiteNoise warns of one that isn't there
    case = reviewed(file_case(officer, connection), officer)
    save_review(case, officer)
    preparation.request(case=case, actor=officer)

    with full_disk():
        work()
    assert_it_asks_for_room(case, officer)
    assert files() == set()
    resumption.resume(case=case, actor=officer)
    work()
    case.refresh_from_db()
    assert case.state == "awaiting_approval"

    before = files()
    approve(case, approver)
    with full_disk():
        work()
    assert_it_asks_for_room(case, officer)
    assert files() == before, "nothing half-written of the certificate"
    assert certificates(case) == 0
    resumption.resume(case=case, actor=officer)
    work()
    case.refresh_from_db()
    assert (case.state, case.outcome, certificates(case)) == ("completed", "erased", 1)
    assert len(sandbox.deletes()) == 3, "nothing was deleted again"
