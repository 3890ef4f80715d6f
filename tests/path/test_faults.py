"""Whatever goes wrong at SegMetrics, at whatever step: nothing is lost, nothing is guessed, and there is a way on."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from dsr import audit
from dsr.attention import ADVICE
from dsr.models import Case, Connection, User
from dsr.services.review import Choice
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, prepared, work
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
    "erase: live check": ("awaiting_approval", {"method": "GET", "path": r"/contact/1004"}),
    "erase: invoice": ("awaiting_approval", {"method": "DELETE", "object": "invoice"}),
    "erase: subscription": ("awaiting_approval", {"method": "DELETE", "object": "subscription"}),
    "erase: read before the contact": ("awaiting_approval", {"method": "GET", "path": r"/contact/1004", "after": 1}),
    "erase: contact": ("awaiting_approval", {"method": "DELETE", "object": "contact"}),
    "verify: lookup by email": ("awaiting_approval", {"method": "GET", "path": r"/contact/linda"}),
    "verify: lookup by id": ("awaiting_approval", {"method": "GET", "path": r"/contact/1004", "after": 2}),
    "verify: control read": ("awaiting_approval", {"method": "GET", "path": r"/report/"}),
}
UNREACHABLE, UNREADABLE = "unreachable", "unreadable_answer"
FAULTS: dict[str, tuple[str, dict[str, Any], str]] = {
    # name: (kind, how, what a person is told when it stays)
    "429": ("rate_limit", {}, UNREACHABLE),
    "429, Retry-After": ("rate_limit", {"retry_after": 0}, UNREACHABLE),
    "500 after the effect": ("server_error", {"effect": True}, UNREACHABLE),
    "dropped before": ("drop_before", {}, UNREACHABLE),
    "dropped after": ("drop_after", {}, UNREACHABLE),
    "half a JSON": ("malformed_json", {}, UNREADABLE),
    "another shape": ("wrong_shape", {}, UNREADABLE),
    "401": ("status", {"status": 401}, "key_refused"),
    "400": ("status", {"status": 400}, "request_refused"),
}
PASSING = ["429, Retry-After", "500 after the effect", "dropped after"]
LOOKS_LIKE_NOT_FOUND = {("verify: lookup by id", "half a JSON"), ("verify: lookup by id", "another shape")}
"""The id leads nowhere by then: the status is 404 whatever the body, and the control read vouches for it."""


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


def mend(case: Case, sandbox: Sandbox) -> None:
    """A person was called: nothing may have been claimed, and there must be buttons. What was wrong is put right."""
    assert case.state == "needs_attention"
    assert ADVICE[case.attention].ways_on
    assert certificates(case) == 0
    sandbox.clear_faults()


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
            before={state: partial(sandbox.fault, kind, times=None, **how, **where)},
            mended=partial(mend, case, sandbox),
            until=until,
        )

        assert called_for == ([] if (step, fault) in LOOKS_LIKE_NOT_FOUND else [told]), fault
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
        faults = {state: partial(sandbox.fault, kind, times=4, **how, **where)}
        assert drive(case, officer, approver, before=faults, until=until) == [], fault
        if until:
            assert_ready_to_approve(case, sandbox)
        else:
            assert_erased(case, sandbox, expected)


PHASES = {"search": "received", "prepare": "review", "erase": "awaiting_approval"}
DOWN: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "the service is down": ("drop_before", {}, {UNREACHABLE}),
    "the account is another one": ("status", {"status": 404}, {"control_read_failed"}),
    "the key is refused": ("status", {"status": 401}, {"key_refused"}),
}


@pytest.mark.parametrize("fault", DOWN)
@pytest.mark.parametrize("phase", PHASES)
def test_from_any_call_on_nothing_works_any_more(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, phase: str, fault: str
) -> None:
    expected = held_once_linda_is_gone(sandbox)
    kind, how, told = DOWN[fault]
    filed = file_case(officer, connection)
    drive(filed, officer, approver, until=PHASES[phase])
    until = {"search": "review", "prepare": "awaiting_approval", "erase": ""}[phase]
    hit = True
    for number in rerun(sandbox, map(str, range(40))):
        case = Case.objects.get(pk=filed.pk)

        called_for = drive(
            case,
            officer,
            approver,
            before={PHASES[phase]: partial(sandbox.fault, kind, times=None, after=int(number), **how)},
            mended=partial(mend, case, sandbox),
            until=until,
        )

        hit = bool(called_for)
        if hit:
            assert len(called_for) == 1, number
            assert set(called_for) <= told, number
        if phase == "erase":
            assert_erased(case, sandbox, expected)
        else:
            assert sandbox.deletes() == []
        if not hit:
            break
    assert not hit, "the fault was moved past the last call"


@pytest.mark.parametrize("object_name", ["invoice", "subscription", "contact"])
def test_a_delete_that_lies_is_found_out(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, object_name: str
) -> None:
    expected = held_once_linda_is_gone(sandbox)
    case = file_case(officer, connection)
    called_for = drive(
        case,
        officer,
        approver,
        before={"awaiting_approval": lambda: sandbox.fault("lying", method="DELETE", object=object_name, times=None)},
        mended=partial(mend, case, sandbox),
    )
    assert called_for == ["still_there"]
    assert sandbox.contact_exists("int9", "2087")
    assert_erased(case, sandbox, expected)


def test_a_lie_about_an_invoice_is_found_out_where_the_contact_stays(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    keep = Choice(decision="keep", exemption="17(3)(e)", reason="a claim is pending")
    case = prepared(file_case(officer, connection), officer, id_1004=keep)
    sandbox.fault("lying", method="DELETE", object="invoice", times=None)
    approve(case, approver)
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "still_there")
    assert certificates(case) == 0

    sandbox.clear_faults()
    drive(case, officer, approver)
    assert (case.state, case.outcome) == ("completed", "erased_in_part")
    assert not sandbox.invoice_exists("int9", "234115")
    assert sandbox.contact_exists("int9", "1004")


@pytest.mark.parametrize("phase", PHASES)
def test_a_slow_service_is_not_waited_for(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    phase: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dsr.connectors.segmetrics._TIMEOUT", 0.3)
    expected = held_once_linda_is_gone(sandbox)
    case = file_case(officer, connection)
    slow = {PHASES[phase]: lambda: sandbox.fault("slow", delay=0.6, times=4, after=1)}
    assert drive(case, officer, approver, before=slow) == []
    assert_erased(case, sandbox, expected)


@pytest.mark.parametrize("phase", ["search", "verify"])
def test_an_email_that_answers_while_its_contact_does_not_is_no_no(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, phase: str
) -> None:
    """The lookup names a contact, the read of that contact says 404: nothing may be concluded from that."""
    sandbox.remove("contact", "2087")
    case = file_case(officer, connection)
    if phase == "verify":
        drive(case, officer, approver, until="awaiting_approval")
        sandbox.add_contact(contact_id="3001", email="linda.dare@example.com", first_name="Linda", last_name="D.")
        approve(case, approver)
    sandbox.fault("status", status=404, path=r"/contact/(1004|3001)\b", times=None, after=0 if phase == "search" else 3)
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "unreadable_answer")
    assert certificates(case) == 0


def test_a_service_that_asks_for_days_is_asked_again_within_the_hour(
    sandbox: Sandbox, connection: Connection, officer: User
) -> None:
    case = file_case(officer, connection)
    sandbox.fault("rate_limit", retry_after=500_000, times=3)
    work()
    job = case.jobs.get()
    assert (job.status, job.last_problem) == ("due", "unreachable")
    assert job.next_at <= timezone.now() + dt.timedelta(hours=1)
