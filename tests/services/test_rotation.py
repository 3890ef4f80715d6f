"""The master key is rotated while the site runs: everything opens before, during and after."""

from __future__ import annotations

import dataclasses
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from dsr import audit, masterkey, storage
from dsr.exceptions import Unreadable
from dsr.models import AuditEntry, Case, CaseKey, Connection, Document, User
from dsr.services import rotation
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import add_linda, approve, file_case, key_of, prepared, work

pytestmark = pytest.mark.django_db
NEW = b"n" * 32


@pytest.fixture
def completed(connection: Connection, officer: User, approver: User) -> Case:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    work()
    return case


def with_keys(settings: Settings, master_key: bytes, *others: bytes) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, master_key=master_key, other_master_keys=list(others))


def opens(case: Case, connection: Connection, sandbox: Sandbox) -> bool:
    fresh = Case.objects.get(pk=case.pk)
    certificate = Document.objects.get(case=fresh, kind="certificate")
    export = Document.objects.get(case=fresh, kind="export")
    return (
        fresh.subject_name == "Linda Dare"
        and storage.is_intact(certificate)
        and storage.is_intact(export)
        and key_of(connection) == sandbox.api_key
    )


def test_everything_opens_before_and_after_and_the_old_key_is_needed_no_more(
    completed: Case, connection: Connection, sandbox: Sandbox, settings: Settings
) -> None:
    old = settings.ENV.master_key
    with_keys(settings, NEW, old)
    assert opens(completed, connection, sandbox)
    said = StringIO()
    call_command("rotate_master_key", stdout=said)
    assert "4 keys" in said.getvalue()
    with_keys(settings, NEW)
    assert opens(completed, connection, sandbox)
    with_keys(settings, old)
    with pytest.raises(Unreadable):
        Case.objects.get(pk=completed.pk).seal("x", field="y")
    assert audit.verify() is None


def test_stopped_half_way_it_goes_on_and_a_second_run_has_nothing_to_do(
    completed: Case,
    connection: Connection,
    officer: User,
    sandbox: Sandbox,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add_linda(sandbox)
    file_case(officer, connection)
    with_keys(settings, NEW, settings.ENV.master_key)
    wrap, calls = masterkey.wrap, []

    def stop_at_the_second(value: bytes, *, context: str) -> bytes:
        calls.append(context)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return wrap(value, context=context)

    monkeypatch.setattr(masterkey, "wrap", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        rotation.rotate()
    assert opens(completed, connection, sandbox)
    monkeypatch.setattr(masterkey, "wrap", wrap)
    assert rotation.rotate() == 4
    assert rotation.rotate() == 0
    entries = AuditEntry.objects.filter(verb="master_key_rotated").order_by("sequence")
    assert [entry.facts for entry in entries] == [{"keys": 4}, {"keys": 0}]
    with_keys(settings, NEW)
    assert opens(completed, connection, sandbox)


def test_without_the_old_key_nothing_is_changed(completed: Case, settings: Settings) -> None:
    before = list(CaseKey.objects.values_list("wrapped", flat=True))
    with_keys(settings, NEW)
    with pytest.raises(CommandError, match="DSR_OTHER_MASTER_KEYS"):
        call_command("rotate_master_key")
    assert list(CaseKey.objects.values_list("wrapped", flat=True)) == before
