"""Whatever goes wrong at SegMetrics, at whatever step: nothing is lost, nothing is guessed, and there is a way on."""

from __future__ import annotations

from typing import Any

import pytest

from dsr import audit
from dsr.attention import ADVICE
from dsr.models import Case, Connection, User
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import file_case
from tests.path.driving import certificates, draw_nothing, drive, furnish, held, rerun

pytestmark = pytest.mark.django_db

PLANNED = {("invoice", "234115"), ("subscription", "7712"), ("contact", "1004")}

STEPS: dict[str, tuple[str, dict[str, Any]]] = {
    # name: (the state in which the fault is set, which call it hits)
    "search: control read": ("received", {"method": "GET", "path": r"/report/"}),
    "search: lookup by email": ("received", {"method": "GET", "path": r"/contact/linda"}),
    "search: report": ("received", {"method": "GET", "path": r"/report/", "after": 1}),
    "search: read": ("received", {"method": "GET", "path": r"/contact/1004"}),
    "prepare: control read": ("review", {"method": "GET", "path": r"/report/"}),
    "prepare: read": ("review", {"method": "GET", "path": r"/contact/1004"}),
    "prepare: products": ("review", {"method": "GET", "path": r"/products"}),
    "erase: control read": ("awaiting_approval", {"method": "GET", "path": r"/report/"}),
    "erase: live check": ("awaiting_approval", {"method": "GET", "path": r"/contact/1004"}),
    "erase: invoice": ("awaiting_approval", {"method": "DELETE", "object": "invoice"}),
    "erase: subscription": ("awaiting_approval", {"method": "DELETE", "object": "subscription"}),
    "erase: read before the contact": ("awaiting_approval", {"method": "GET", "path": r"/contact/1004", "after": 1}),
    "erase: contact": ("awaiting_approval", {"method": "DELETE", "object": "contact"}),
    "verify: lookup by email": ("awaiting_approval", {"method": "GET", "path": r"/contact/linda"}),
    "verify: lookup by id": ("awaiting_approval", {"method": "GET", "path": r"/contact/1004", "after": 2}),
    "verify: control read": ("awaiting_approval", {"method": "GET", "path": r"/report/", "after": 1}),
}
UNREACHABLE, UNREADABLE = "unreachable", "unreadable_answer"
FAULTS: dict[str, tuple[str, dict[str, Any], str]] = {
    # name: (kind, how, what a person is told when it stays)
    "429": ("rate_limit", {}, UNREACHABLE),
    "429, Retry-After": ("rate_limit", {"retry_after": 0}, UNREACHABLE),
    "500": ("server_error", {}, UNREACHABLE),
    "500 after the effect": ("server_error", {"effect": True}, UNREACHABLE),
    "dropped before": ("drop_before", {}, UNREACHABLE),
    "dropped after": ("drop_after", {}, UNREACHABLE),
    "half a JSON": ("malformed_json", {}, UNREADABLE),
    "a page of HTML": ("html", {}, UNREADABLE),
    "another shape": ("wrong_shape", {}, UNREADABLE),
    "401": ("status", {"status": 401}, "key_refused"),
    "400": ("status", {"status": 400}, "request_refused"),
    "a redirect": ("status", {"status": 302}, UNREADABLE),
}
PASSING = ["429", "429, Retry-After", "500", "500 after the effect", "dropped before", "dropped after"]


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)


def held_once_linda_is_gone(sandbox: Sandbox) -> Any:
    """What SegMetrics holds after an undisturbed run: Linda, and nobody else, is gone."""
    for kind, object_id in PLANNED:
        sandbox.remove(kind, object_id)
    state = held(sandbox)
    furnish(sandbox)
    return state


def assert_nothing_claimed(case: Case) -> None:
    assert case.state == "needs_attention"
    assert ADVICE[case.attention].ways_on
    assert certificates(case) == 0


def assert_ready_to_approve(case: Case, sandbox: Sandbox) -> None:
    plan = case.current_plan
    assert plan
    assert {(line.object, line.object_id) for line in plan.to_delete} == PLANNED
    assert sandbox.deletes() == []


def assert_erased(case: Case, sandbox: Sandbox, expected: Any) -> None:
    assert (case.state, case.outcome) == ("completed", "erased")
    assert held(sandbox) == expected
    assert certificates(case) == 1
    plan = case.plans.get()
    assert all(line.is_finished for line in plan.lines.all())
    order = [(call.object, call.object_id) for call in sandbox.deletes()]
    assert list(dict.fromkeys(order)) == [("invoice", "234115"), ("subscription", "7712"), ("contact", "1004")]
    assert audit.verify() is None


@pytest.mark.parametrize("step", STEPS)
def test_a_fault_that_stays_calls_a_person_and_once_mended_all_ends_as_ever(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, step: str
) -> None:
    expected = held_once_linda_is_gone(sandbox)
    state, where = STEPS[step]
    filed = file_case(officer, connection)
    drive(filed, officer, approver, until=state)
    until = "" if state == "awaiting_approval" else "awaiting_approval"
    for fault in rerun(sandbox, FAULTS):
        kind, how, told = FAULTS[fault]
        case = Case.objects.get(pk=filed.pk)

        called_for = drive(
            case,
            officer,
            approver,
            before={state: lambda kind=kind, how=how: sandbox.fault(kind, times=None, **how, **where)},
            mended=lambda case=case: (assert_nothing_claimed(case), sandbox.clear_faults()),
            until=until,
        )

        assert called_for == [told], fault
        if until:
            assert_ready_to_approve(case, sandbox)
        else:
            assert_erased(case, sandbox, expected)


@pytest.mark.parametrize("step", STEPS)
def test_a_passing_fault_troubles_nobody(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, step: str
) -> None:
    expected = held_once_linda_is_gone(sandbox)
    state, where = STEPS[step]
    filed = file_case(officer, connection)
    drive(filed, officer, approver, until=state)
    until = "" if state == "awaiting_approval" else "awaiting_approval"
    for fault in rerun(sandbox, PASSING):
        kind, how, _told = FAULTS[fault]
        case = Case.objects.get(pk=filed.pk)
        # Four in a row are more than the client's own three tries: the job has to come back.
        faults = {state: lambda kind=kind, how=how: sandbox.fault(kind, times=4, **how, **where)}
        assert drive(case, officer, approver, before=faults, until=until) == [], fault
        if until:
            assert_ready_to_approve(case, sandbox)
        else:
            assert_erased(case, sandbox, expected)
