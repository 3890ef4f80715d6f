"""The ledger's disk is full, or hangs, right when a deletion is about to begin."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from dsr.exceptions import LedgerUnfit
from dsr.ledger import Kind, book
from dsr.models import Approval, Case, Connection, Plan, PlanLine, User
from dsr.services import closing, holds, noting, resumption
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, prepared, work
from tests.path.driving import draw_nothing

pytestmark = pytest.mark.django_db


def full() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def hanging() -> None:
    raise LedgerUnfit("Another writer holds the ledger.")


@pytest.fixture
def stopped(
    request: pytest.FixtureRequest,
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    monkeypatch: pytest.MonkeyPatch,
) -> Case:
    draw_nothing(monkeypatch)
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    write: Callable[..., Any] = book._append
    fail: Callable[[], None] = request.param

    def refuse(kind: Kind, facts: dict[str, Any], **how: Any) -> Any:
        if kind == Kind.ERASING:
            fail()
        return write(kind, facts, **how)

    with monkeypatch.context() as patch:
        patch.setattr(book, "_append", refuse)
        work()
    case.refresh_from_db()
    assert (case.state, sandbox.deletes()) == ("needs_attention", [])
    return case


@pytest.mark.parametrize("stopped", [full, hanging], indirect=True)
def test_nothing_has_begun_so_the_request_can_be_withdrawn(stopped: Case, officer: User) -> None:
    closing.withdraw(case=stopped, actor=officer, reason="by phone")

    stopped.refresh_from_db()
    assert stopped.state == "withdrawn"
    assert set(PlanLine.objects.filter(plan__case=stopped).values_list("step", "attempts")) == {("pending", 0)}


@pytest.mark.parametrize("stopped", [full, hanging], indirect=True)
def test_when_it_goes_on_the_contact_is_compared_again(stopped: Case, sandbox: Sandbox, officer: User) -> None:
    sandbox.add_invoice(invoice_id="555", contact_id="1004", amount=100)
    resumption.resume(case=stopped, actor=officer)
    work()

    stopped.refresh_from_db()
    assert (stopped.state, stopped.attention, sandbox.deletes()) == ("needs_attention", "contact_changed", [])


@pytest.mark.parametrize("came", ["hold", "void"])
def test_what_came_while_the_ledger_was_waited_for_is_seen_before_the_first_call(
    came: str,
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The wait can take half a minute, and lies between the check and the call."""
    draw_nothing(monkeypatch)
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    write = noting.before_erasing

    def slowly(plan: Plan) -> None:
        write(plan)
        if came == "hold":
            holds.place(case=case, actor=officer, reason="a claim")
        else:
            Approval.objects.update(voided_at=timezone.now())

    with monkeypatch.context() as patch:
        patch.setattr(noting, "before_erasing", slowly)
        work()

    case.refresh_from_db()
    assert sandbox.deletes() == []
    assert (case.state, case.attention) == (
        "needs_attention", "legal_hold" if came == "hold" else "approval_void",
    )  # fmt: skip
    assert set(PlanLine.objects.filter(plan__case=case).values_list("step", "attempts")) == {("pending", 0)}
    closing.withdraw(case=case, actor=officer, reason="by phone")
