"""A connection without the right to delete: nothing is approved on it, and nothing that was approved goes on."""

from __future__ import annotations

import pytest

from dsr.exceptions import NotReady
from dsr.models import Connection, User
from dsr.services import connections, resumption
from dsr.services.working import Run
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, grant_all, prepared, work
from tests.path.driving import draw_nothing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)


def test_without_the_right_nothing_is_approved(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    administrator: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = prepared(file_case(officer, connection), officer)
    connections.take_delete_right(actor=administrator, connection=connection)
    with pytest.raises(NotReady, match="no right to delete"):
        approve(case, approver)
    case.refresh_from_db()
    assert case.state == "awaiting_approval"


def test_taken_after_the_approval_nothing_is_deleted_until_it_is_given_again(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    administrator: User,
    second_administrator: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    connections.take_delete_right(actor=administrator, connection=connection)
    sandbox.reset_calls()
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "no_delete_right")
    assert sandbox.calls() == [], "before the first call"

    connections.ask_to_delete(actor=administrator, connection=connection, reason="it was the wrong one")
    grant_all(second_administrator)
    resumption.resume(case=case, actor=officer)
    work()
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("completed", "erased")


def test_taken_between_two_steps_the_next_one_is_not_attempted(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    administrator: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    progress = Run.made_progress

    def then_taken(run: Run) -> None:
        progress(run)
        Connection.objects.update(may_delete=False)

    monkeypatch.setattr(Run, "made_progress", then_taken)
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "no_delete_right")
    assert len(sandbox.deletes()) == 1
