"""Killed at any call or any write while it changes contacts, it ends as if it had not been killed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dsr import audit
from dsr.models import AuditEntry, Change, Connection, User
from dsr.states import Kind
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import allow_changes, approve, changes_prepared, file_case, make_connection
from tests.path.driving import after_a_kill, certificates, draw_nothing, furnish
from tests.path.test_kills import Killer, at_each_call, at_each_write, run_killed
from tests.rewinding import Mark, slots_that_last

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_drawing_and_as_many_writes_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)
    slots_that_last(monkeypatch)


@pytest.mark.parametrize("where", [at_each_call, at_each_write], ids=["around each call", "before each write"])
def test_killed_while_changing(
    sandbox: Sandbox, db: None, officer: User, approver: User, where: Callable[[Killer], Any]
) -> None:
    connection: Connection = allow_changes(make_connection(sandbox))
    case = changes_prepared(
        file_case(officer, connection, kind=Kind.RESTRICTION),
        officer,
        fields={"status": "inactive"},
        remove_tags=["Newsletter"],
        add_tags=["restricted"],
    )
    approve(case, approver)
    mark = Mark.here()
    counter = Killer()
    assert not run_killed(where, counter)
    undisturbed = _there(sandbox)
    assert counter.instants > 8

    for instant in range(1, counter.instants + 1):
        mark.rewind()
        furnish(sandbox)
        assert run_killed(where, Killer(instant)), instant
        after_a_kill()
        case.refresh_from_db()
        assert (case.state, case.outcome) == ("completed", "changed"), instant
        assert _there(sandbox) == undisturbed, instant
        assert certificates(case) == 1, instant
        assert all(row.is_finished for row in Change.objects.all()), instant
        for verb in ("approve", "change_begun", "certify"):
            assert AuditEntry.objects.filter(verb=verb).count() == 1, (verb, instant)
        assert audit.verify() is None


def _there(sandbox: Sandbox) -> Any:
    with sandbox.client() as client:
        contact = client.contacts.get("1004")
        tags = sorted(str(tag.name) for tag in client.contacts.tags("1004"))
        return contact.full_name, contact.email, contact.status, tags, len(sandbox.contacts())
