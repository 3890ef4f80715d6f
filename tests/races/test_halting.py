"""A person pauses at the instant at which a job comes to its first delete: wholly before it, or wholly after."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection as database

from dsr.jobs import runner
from dsr.models import AuditEntry, Connection, Halt, PlanLine, User
from dsr.selectors import halts
from dsr.services import halting
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, prepared
from tests.races.together import GIVE_UP_AFTER, PATIENCE, at_once


def test_pause_against_delete(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    row_locks: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The job has seen no pause; the pause is committed before its step is. The guard: each waits for the other."""
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    job = case.jobs.get(kind="erase")
    looked, paused = threading.Event(), threading.Event()
    live = halts.live

    def look(*arguments: Any) -> Any:
        found = live(*arguments)
        if threading.current_thread().name == "job" and not looked.is_set():
            is_free = not found.exists()
            looked.set()
            paused.wait(timeout=GIVE_UP_AFTER if row_locks else PATIENCE)  # in vain where the pause is held back
            return found.none() if is_free else found
        return found

    monkeypatch.setattr(halts, "live", look)
    if not row_locks:
        monkeypatch.setattr(halting, "_take_turn", lambda **_: None)

    def run() -> None:
        threading.current_thread().name = "job"
        runner.run(job.pk)

    def pause() -> None:
        assert looked.wait(timeout=PATIENCE)
        halting.pause(connection=connection, actor=officer, reason="doubt")
        paused.set()

    raised = at_once(run, pause)

    order = list(AuditEntry.objects.filter(verb__in=["account_paused", "erasure_begun"]).values_list("verb", flat=True))
    if row_locks:
        assert raised == [None, None]
        assert order == ["erasure_begun", "account_paused"], "the step that had looked first comes first"
        # On SQLite the job may come to further steps before the pause gets its turn; after it there is none.
        began = Halt.objects.get().began_at
        assert not PlanLine.objects.filter(attempted_at__gt=began).exists()
    elif database.vendor == "postgresql":
        assert order == ["account_paused", "erasure_begun"], "paused, and begun all the same"
