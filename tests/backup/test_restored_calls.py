"""What a restore asks SegMetrics stands in the execution log, also over a connection that the backup doesn't know."""

from __future__ import annotations

import pytest

from dsr.backup import replaying
from dsr.backup.looking import Found
from dsr.models import Connection, ExecutedCall, User
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case, make_connection
from tests.connectors.test_execution_log import words_of
from tests.path.driving import draw_nothing, drive
from tests.rewinding import Mark

pytestmark = pytest.mark.django_db


def test_the_looks_over_a_connection_that_is_lost_are_told(
    sandbox: Sandbox,
    officer: User,
    approver: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draw_nothing(monkeypatch)
    backup = Mark.here()
    case = file_case(officer, make_connection(sandbox))
    drive(case, officer, approver)
    backup.rewind(ledger_too=False)
    assert not Connection.objects.exists()
    before = len(sandbox.calls())

    (look,) = replaying.finish(api_keys={sandbox.account_id: sandbox.api_key}).looks

    assert look.found == Found.GONE
    rows = list(ExecutedCall.objects.all())
    assert len(rows) == len(sandbox.calls()) - before > 0
    assert {(row.connection, row.account_id, row.case) for row in rows} == {(None, sandbox.account_id, case.reference)}
    kept = words_of(rows)
    assert not [word for word in ("linda", "example.com", "1004", sandbox.api_key) if word in kept]
