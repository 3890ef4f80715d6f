"""Every act of a person in every state: where it doesn't belong it is refused, and nothing has changed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from dsr.exceptions import NotReady, RuleBroken
from dsr.models import AuditEntry, Case, Connection, Job, Plan, User
from dsr.permissions import Role
from dsr.services import (
    approval,
    closing,
    handover_links,
    identity,
    matching,
    preparation,
    redactions,
    resumption,
    review,
    stopping,
)
from dsr.states import Kind, State
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, decide_all, file_case, make_user, prepared, save_review, work
from tests.path.driving import draw_nothing

pytestmark = pytest.mark.django_db

OPEN = [State.RECEIVED, State.MATCHING, State.REVIEW, State.PREPARING, State.AWAITING_APPROVAL, State.ERASING]

Act = Callable[[Case, User, User], Any]
ACTS: dict[str, tuple[Act, set[State]]] = {
    # name: (the act, the states in which it can succeed or be told what is missing)
    "ask for identity": (
        lambda case, officer, _: identity.ask(case=case, actor=officer),
        {State.RECEIVED, State.MATCHING, State.NEEDS_ATTENTION},
    ),
    "confirm identity": (
        lambda case, officer, _: identity.confirm(case=case, actor=officer, method="reply"),
        {State.RECEIVED, State.MATCHING, State.REVIEW, State.NEEDS_ATTENTION},
    ),
    "decide": (
        lambda case, officer, _: matching.decide(
            case=case,
            actor=officer,
            candidate=case.candidates.order_by("pk")[0],
            decision="other_person",
            reason="another one",
        ),
        {State.MATCHING},
    ),
    "open review": (lambda case, officer, _: review.open_review(case=case, actor=officer), {State.MATCHING}),
    "save review": (lambda case, officer, _: save_review(case, officer), {State.REVIEW}),
    "prepare": (lambda case, officer, _: preparation.request(case=case, actor=officer), {State.REVIEW}),
    "approve": (lambda case, _, approver: approve(case, approver), {State.AWAITING_APPROVAL}),
    "send back": (
        lambda case, _, approver: approval.send_back(case=case, actor=approver, reason="look again"),
        {State.AWAITING_APPROVAL},
    ),
    "search again": (
        lambda case, officer, _: matching.search_again(case=case, actor=officer),
        {State.MATCHING, State.REVIEW, State.NEEDS_ATTENTION},
    ),
    "resume": (lambda case, officer, _: resumption.resume(case=case, actor=officer), {State.NEEDS_ATTENTION}),
    "back to review": (
        lambda case, officer, _: resumption.back_to_review(case=case, actor=officer),
        {State.NEEDS_ATTENTION},
    ),
    "nothing found": (lambda case, officer, _: closing.nothing_found(case=case, actor=officer), {State.REVIEW}),
    "refuse": (
        lambda case, officer, _: closing.refuse(case=case, actor=officer, ground="unfounded", reason="the tenth"),
        {State.MATCHING, State.REVIEW, State.NEEDS_ATTENTION},
    ),
    "withdraw": (
        lambda case, officer, _: closing.withdraw(case=case, actor=officer, reason="by phone"),
        {*OPEN, State.NEEDS_ATTENTION},
    ),
    "stop": (lambda case, officer, _: stopping.stop(case=case, actor=officer, reason="wait"), {State.ERASING}),
    "hand over": (lambda case, officer, _: closing.hand_over(case=case, actor=officer, how="by post"), set()),
    "make a link": (lambda case, officer, _: handover_links.create(case=case, actor=officer, days=1), set()),
    "leave out": (
        lambda case, officer, _: redactions.add_redaction(case=case, actor=officer, text="linda", reason="another one"),
        set(),
    ),
}


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)


def snapshot(case: Case) -> tuple[Any, ...]:
    """What an act could have changed."""
    return (
        Case.objects.filter(pk=case.pk).values().get(),
        list(AuditEntry.objects.values_list("sequence", flat=True)),
        list(Job.objects.filter(case=case).values()),
        list(Plan.objects.filter(case=case).values()),
        list(case.candidates.values()),
        list(case.actors.values()),
        list(case.documents.values_list("pk", flat=True)),
    )


@pytest.mark.parametrize("act", ACTS)
def test_an_act_out_of_its_state_is_refused_and_changes_nothing(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, act: str
) -> None:
    do, states = ACTS[act]
    case = prepared(file_case(officer, connection), officer)
    for state in set(State) - states:
        mark = transaction.savepoint()
        Case.objects.filter(pk=case.pk).update(state=state)
        before = snapshot(case)
        with pytest.raises(RuleBroken):
            do(Case.objects.get(pk=case.pk), officer, approver)
        assert snapshot(case) == before, state
        transaction.savepoint_rollback(mark)
    assert sandbox.deletes() == []


@pytest.mark.parametrize("role", [None, Role.AUDITOR, Role.ADMINISTRATOR])
def test_whoever_has_no_business_there_can_change_nothing(
    connection: Connection, officer: User, role: Role | None
) -> None:
    case = prepared(file_case(officer, connection), officer)
    nobody = make_user("nobody@example.com", "Nobody", *([role] if role else []))
    before = snapshot(case)
    for state, (do, _states) in itertools.product(State, ACTS.values()):
        mark = transaction.savepoint()
        Case.objects.filter(pk=case.pk).update(state=state)
        with pytest.raises(RuleBroken, match="role"):
            do(Case.objects.get(pk=case.pk), nobody, nobody)
        transaction.savepoint_rollback(mark)
    assert snapshot(case) == before


@pytest.mark.parametrize("act", ["approve", "send back"])
def test_an_officer_does_not_do_the_approvers_part(connection: Connection, officer: User, act: str) -> None:
    case = prepared(file_case(officer, connection), officer)
    second = make_user("second@example.com", "Second Officer", Role.PRIVACY_OFFICER)
    with pytest.raises(RuleBroken, match="role"):
        ACTS[act][0](case, second, second)


def test_an_approver_does_not_do_the_officers_part(connection: Connection, officer: User, approver: User) -> None:
    case = prepared(file_case(officer, connection), officer)
    for act in set(ACTS) - {"approve", "send back"}:
        with pytest.raises(RuleBroken, match="role"):
            ACTS[act][0](case, approver, approver)


@pytest.mark.parametrize("kind", list(Kind))
def test_review_opens_only_once_the_identity_is_confirmed(connection: Connection, officer: User, kind: Kind) -> None:

    case = file_case(officer, connection, kind=kind)
    work()
    decide_all(case, officer)
    for ask in (False, True):
        if ask:
            identity.ask(case=case, actor=officer)
        with pytest.raises(NotReady, match="identity"):
            review.open_review(case=case, actor=officer)
        case.refresh_from_db()
        assert case.state == State.MATCHING
        assert not case.plans.exists()
    identity.confirm(case=case, actor=officer, method="reply")
    review.open_review(case=case, actor=officer)
    assert case.state == "review"
