"""Two people at one case at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import DatabaseError, transaction
from django.db import connection as database

from dsr import audit
from dsr.exceptions import NotAllowed, RuleBroken, WrongState
from dsr.models import Approval, AuditEntry, Case, Connection, Job, Plan, PlanLine, User
from dsr.permissions import Role
from dsr.services import approval, connections, factors, identity, matching, review, transition, users
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, decide_all, file_case, make_user, prepared, set_levels, work
from tests.factors import give_app
from tests.path.driving import tom_answers_after_the_deletion
from tests.races.together import GIVE_UP_AFTER, PATIENCE, Meeting, at_once

SERVICES = ("approval", "closing", "erasure", "matching", "review")


def meet_at(meeting: Meeting, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """All who come by there meet: after it, so that each has read what it goes by."""
    real: Callable[..., Any] = getattr(owner, name)

    def and_meet(*arguments: Any, **options: Any) -> Any:
        result = real(*arguments, **options)
        meeting.wait()
        return result

    monkeypatch.setattr(owner, name, and_meet)


def meet_once_read(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    """All meet once they have read the case for their change."""
    meet_at(meeting, monkeypatch, transition, "locked")
    for service in SERVICES:
        monkeypatch.setattr(f"dsr.services.{service}.locked", transition.locked)


def meet_when_decided(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decision has read its match, and is about to write it."""
    seal = Case.seal

    def and_meet(self: Case, text: str, *, field: str) -> bytes:
        if field == "candidate_reason":
            meeting.wait()
        return seal(self, text, field=field)

    monkeypatch.setattr(Case, "seal", and_meet)


def move_blindly(case: Case, *, verb: str, target: str, actor: User | None, **rest: Any) -> None:
    """`transition.move` without its condition on the old state."""
    rest.pop("facts", None)
    rest.pop("reason", None)
    Case.objects.filter(pk=case.pk).update(state=target, **rest)
    audit.record(actor=actor, verb=verb, case=case)


def stopped_by_sqlite(raised: list[BaseException | None]) -> bool:
    """Without IMMEDIATE the one who writes second is thrown out, whatever they did: an error page, not an answer."""
    return any(isinstance(error, DatabaseError) and "locked" in str(error) for error in raised)


def test_two_approvers(
    connection: Connection, officer: User, approver: User, row_locks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = make_user("ben@example.com", "Ben Approver", Role.APPROVER)
    case = prepared(file_case(officer, connection), officer)
    meet_once_read(Meeting(guarded=row_locks), monkeypatch)

    raised = at_once(
        lambda: approve(Case.objects.get(pk=case.pk), approver), lambda: approve(Case.objects.get(pk=case.pk), second)
    )

    failed = [error for error in raised if error]
    assert len(failed) == 1
    # Off: the database's own rule (one approval of a plan) still holds, but the second person gets an error page.
    assert isinstance(failed[0], WrongState) == row_locks
    assert isinstance(failed[0], DatabaseError) != row_locks
    assert Approval.objects.filter(case=case).count() == 1
    assert Job.objects.filter(case=case, kind="erase").count() == 1
    assert AuditEntry.objects.filter(verb="approve").count() == 1


def test_approve_against_send_back(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    row_locks: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    second = make_user("ben@example.com", "Ben Approver", Role.APPROVER)
    case = prepared(file_case(officer, connection), officer)
    if not row_locks:
        monkeypatch.setattr(transition, "move", move_blindly)
    meet_once_read(Meeting(guarded=row_locks), monkeypatch)

    raised = at_once(
        lambda: approve(Case.objects.get(pk=case.pk), approver),
        lambda: approval.send_back(case=Case.objects.get(pk=case.pk), actor=second, reason="look again"),
    )

    case.refresh_from_db()
    failed = [error for error in raised if error]
    if not row_locks:
        assert stopped_by_sqlite(raised) if database.vendor == "sqlite" else failed == [], "both had their way"
        return
    assert len(failed) == 1
    assert isinstance(failed[0], RuleBroken)
    approved = raised[0] is None
    assert case.state == ("erasing" if approved else "review")
    assert Approval.objects.filter(case=case, voided_at=None).exists() == approved
    assert Job.objects.filter(case=case, kind="erase").exists() == approved


def test_approve_against_a_changed_plan(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    administrator: User,
    guarded: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An edit of the connection comes right after the approver's fingerprint was compared. The guard is the job's: it
    compares once more, right before the call."""
    case = prepared(file_case(officer, connection), officer)
    rows = [(row.integration_id, row.label) for row in connection.integrations.all()]
    compared, edited = threading.Event(), threading.Event()
    check = approval.raise_if_other_ids

    def check_then_wait(plan: Plan, typed_ids: str) -> None:
        check(plan, typed_ids)
        compared.set()
        # On SQLite the edit can't come in between, so there it comes right after: the approver goes on alone.
        edited.wait(timeout=GIVE_UP_AFTER if database.vendor == "sqlite" else PATIENCE)

    monkeypatch.setattr(approval, "raise_if_other_ids", check_then_wait)

    def edit() -> None:
        assert compared.wait(timeout=PATIENCE)
        connections.save(actor=administrator, connection=Connection.objects.get(), api_key=None, integrations=rows)
        edited.set()

    assert at_once(lambda: approve(Case.objects.get(pk=case.pk), approver), edit) == [None, None]
    if not guarded:
        for name in ("raise_if_void", "raise_if_not_approved"):
            monkeypatch.setattr(f"dsr.services.erasure.{name}", lambda _: None)
    work()

    case.refresh_from_db()
    if guarded:
        assert (case.state, case.attention) == ("needs_attention", "approval_void")
        assert sandbox.deletes() == []
    else:
        assert sandbox.deletes() != [], "deleted under a connection that nobody approved"


def take_the_role(administrator: User, approver: User) -> None:
    users.set_roles(actor=administrator, user=approver, roles=[])


def close_the_account(administrator: User, approver: User) -> None:
    users.deactivate(actor=administrator, user=approver)


def take_the_factor(_administrator: User, approver: User) -> None:
    with transaction.atomic():
        Authenticator.objects.filter(user=approver).delete()
        factors.removed(user=approver, kind="totp")


@pytest.mark.parametrize("take", [take_the_role, close_the_account, take_the_factor])
def test_approve_against_what_allows_it_being_taken(
    connection: Connection,
    officer: User,
    approver: User,
    administrator: User,
    row_locks: bool,
    take: Callable[[User, User], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The approval has read role and factor; the other has looked for approvals to void, and found none yet."""
    set_levels(mfa_roles=["Approver"])
    give_app(approver)
    case = prepared(file_case(officer, connection), officer)
    meeting = Meeting(guarded=row_locks)
    meet_at(meeting, monkeypatch, approval, "raise_if_no_factor")
    meet_at(meeting, monkeypatch, approval, "void_of")
    for service in ("factors", "users"):
        monkeypatch.setattr(f"dsr.services.{service}.void_of", approval.void_of)

    raised = at_once(
        lambda: approve(Case.objects.get(pk=case.pk), approver),
        lambda: take(administrator, User.objects.get(pk=approver.pk)),
    )

    assert raised[1] is None
    holds = Approval.objects.filter(case=case, voided_at=None).exists()
    if row_locks:
        assert raised[0] is None or isinstance(raised[0], NotAllowed)
        assert not holds, "an approval by somebody who may not approve any more"
    else:
        assert stopped_by_sqlite(raised) if database.vendor == "sqlite" else holds


def test_two_administrators_who_close_each_others_accounts(
    administrator: User, row_locks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of them is left; with nobody, no page would lead back."""
    other = make_user("mia@example.com", "Mia Admin", Role.ADMINISTRATOR)
    meet_at(Meeting(guarded=row_locks), monkeypatch, users, "_raise_if_not_another")

    raised = at_once(
        lambda: close_the_account(User.objects.get(pk=administrator.pk), User.objects.get(pk=other.pk)),
        lambda: close_the_account(User.objects.get(pk=other.pk), User.objects.get(pk=administrator.pk)),
    )

    left = User.objects.filter(is_active=True, groups__name=Role.ADMINISTRATOR).count()
    if row_locks:
        assert sorted(isinstance(error, NotAllowed) for error in raised) == [False, True]
        assert left == 1
    else:
        assert stopped_by_sqlite(raised) if database.vendor == "sqlite" else left == 0


def test_two_officers_decide_on_one_match(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    second_officer: User,
    approver: User,
    row_locks: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tom = tom_answers_after_the_deletion(sandbox, connection, officer, approver).candidates.get(contact_id="2087")
    meet_when_decided(Meeting(guarded=row_locks), monkeypatch)

    def decide(actor: User, decision: str) -> Callable[[], None]:
        return lambda: matching.decide(
            case=Case.objects.get(), actor=actor, candidate=tom, decision=decision, reason="as it seems"
        )

    raised = at_once(decide(officer, "same_person"), decide(second_officer, "other_person"))

    failed = [error for error in raised if error]
    if not row_locks:
        # On PostgreSQL the second overwrote the first without having seen it.
        assert stopped_by_sqlite(raised) if database.vendor == "sqlite" else failed == []
        return
    assert len(failed) == 1
    assert isinstance(failed[0], WrongState)
    tom.refresh_from_db()
    first = officer if raised[0] is None else second_officer
    assert tom.decided_by == first
    assert [row.actor for row in AuditEntry.objects.filter(verb="candidate_decided", facts__contact_id="2087")] == [
        first.staff_reference
    ]


def test_a_decision_against_the_opening_of_the_review(
    connection: Connection,
    officer: User,
    second_officer: User,
    row_locks: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The one rules Linda out while the other opens the review of what is hers."""
    case = file_case(officer, connection)
    work()
    identity.confirm(case=case, actor=officer, method="signed_letter")
    decide_all(case, officer)
    linda = case.candidates.get(contact_id="1004")
    meeting = Meeting(guarded=row_locks)
    meet_when_decided(meeting, monkeypatch)

    def open_review() -> None:
        review.open_review(case=Case.objects.get(), actor=second_officer)
        meeting.wait()

    raised = at_once(
        lambda: matching.decide(
            case=Case.objects.get(), actor=officer, candidate=linda, decision="other_person", reason="another Linda"
        ),
        open_review,
    )

    linda.refresh_from_db()
    planned = PlanLine.objects.filter(candidate=linda).exists()
    if not row_locks:
        if database.vendor == "sqlite":
            assert stopped_by_sqlite(raised)
        else:
            assert (linda.decision, planned) == ("other_person", True), "ruled out, and to be deleted"
        return
    assert all(error is None or isinstance(error, RuleBroken) for error in raised)
    assert planned == (linda.decision == "same_person")
