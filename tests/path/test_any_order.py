"""People and faults in any order: whatever is tried, the rules that nothing may break hold after every single act."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from dsr import audit, storage
from dsr.exceptions import DsrError
from dsr.models import Approval, AuditEntry, Candidate, Case, CaseActor, Connection, Document, Job, PlanLine, User
from dsr.permissions import Role
from dsr.services import (
    approval,
    closing,
    connections,
    identity,
    matching,
    preparation,
    resumption,
    review,
    stopping,
    users,
)
from dsr.states import FINAL, WORKING
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, grant_all, make_user, save_review, work
from tests.path.driving import certificates, draw_nothing, drive, next_act

pytestmark = pytest.mark.django_db

STEPS = 70
SAME = ("1004", "3001")


class Walk:
    """One case, a few people of whom some hold both roles, and dice."""

    def __init__(self, sandbox: Sandbox, connection: Connection, administrator: User, seed: int) -> None:
        self.dice = random.Random(seed)
        self.sandbox, self.administrator = sandbox, administrator
        self.other_administrator = make_user("mia@example.com", "Mia Admin", Role.ADMINISTRATOR)
        both = (Role.PRIVACY_OFFICER, Role.APPROVER)
        roles = [(Role.PRIVACY_OFFICER,), both, both, (Role.APPROVER,), (Role.AUDITOR,)]
        self.people = [make_user(f"p{number}@example.com", f"P{number}", *role) for number, role in enumerate(roles)]
        self.case = file_case(self.people[0], connection)
        self.acts: list[Callable[[User], Any]] = [
            lambda who: identity.ask(case=self.case, actor=who),
            lambda who: identity.confirm(case=self.case, actor=who, method="reply"),
            self._decide,
            self._decide,
            self._decide,
            lambda who: review.open_review(case=self.case, actor=who),
            lambda who: save_review(self.case, who),
            lambda who: preparation.request(case=self.case, actor=who),
            lambda who: approve(self.case, who),
            lambda who: approve(self.case, who),
            lambda who: approval.send_back(case=self.case, actor=who, reason="again"),
            lambda who: stopping.stop(case=self.case, actor=who, reason="wait"),
            lambda who: matching.search_again(case=self.case, actor=who),
            lambda who: resumption.resume(case=self.case, actor=who),
            lambda who: resumption.resume(case=self.case, actor=who),
            lambda who: resumption.back_to_review(case=self.case, actor=who),
            lambda who: closing.nothing_found(case=self.case, actor=who),
            lambda who: closing.look_again(case=self.case, actor=who),
        ]
        self.events: list[Callable[[], Any]] = [
            self._work,
            self._work,
            self._work,
            self._fault,
            sandbox.clear_faults,
            sandbox.clear_faults,
            self._change_at_segmetrics,
            self._edit_connection,
            self._change_roles,
        ]

    def step(self) -> None:
        self.case = Case.objects.get(pk=self.case.pk)
        if self.dice.random() < 0.35:
            self.dice.choice(self.events)()
            return
        entries = AuditEntry.objects.count()
        # Half of the time what the page offers, so that the walk gets far; else anything by anybody.
        act = self._next if self.dice.random() < 0.5 else self.dice.choice(self.acts)
        try:
            act(self.dice.choice(self.people))
        except (DsrError, AssertionError, IndexError, KeyError):
            if act in self.acts:
                assert AuditEntry.objects.count() == entries, "what was refused left a trace"

    def _next(self, who: User) -> None:
        if self.case.state in WORKING:
            self._work()
        elif self.case.state not in FINAL:
            next_act(self.case, who, who, same=SAME)

    def _decide(self, who: User) -> None:
        candidate = self.dice.choice(list(self.case.candidates.filter(superseded=False)))
        decision = "same_person" if candidate.contact_id in SAME else "other_person"
        matching.decide(case=self.case, actor=who, candidate=candidate, decision=decision, reason="as it seems")

    def _work(self) -> None:
        Job.objects.filter(status="due").update(next_at=timezone.now())
        work()

    def _fault(self) -> None:
        kind = self.dice.choice(["server_error", "drop_after", "malformed_json", "lying", "rate_limit"])
        method = "DELETE" if kind == "lying" else self.dice.choice(["GET", "DELETE"])
        self.sandbox.fault(kind, method=method, after=self.dice.randrange(4), times=self.dice.choice([1, 4, None]))

    def _change_at_segmetrics(self) -> None:
        change = self.dice.randrange(4)
        if change == 0 and self.sandbox.contact_exists("int9", "1004"):
            self.sandbox.rename_contact("1004", last_name=f"Dare-{self.dice.randrange(100)}")
        elif change == 1 and self.sandbox.contact_exists("int9", "1004"):
            self.sandbox.add_event(contact_id="1004", type="visit", date_created="2026-11-01 10:00:00")
        elif change == 2 and self.sandbox.contact_exists("int9", "1004"):
            self.sandbox.add_invoice(invoice_id=str(self.dice.randrange(500, 600)), contact_id="1004", amount=100)
        elif not self.sandbox.contact_exists("int9", "3001"):
            self.sandbox.add_contact(contact_id="3001", email="linda.dare@example.com", first_name="L", last_name="D")

    def _edit_connection(self) -> None:
        connection = Connection.objects.get()
        rows = [(row.integration_id, row.label) for row in connection.integrations.all()]
        connections.save(actor=self.administrator, connection=connection, api_key=None, integrations=rows)

    def _change_roles(self) -> None:
        someone = self.people[1]
        roles = self.dice.choice([[Role.APPROVER], [Role.APPROVER, Role.PRIVACY_OFFICER], [Role.PRIVACY_OFFICER]])
        users.set_roles(actor=self.administrator, user=someone, roles=roles, reason="another job")
        grant_all(self.other_administrator)

    def check(self) -> None:
        """The rules."""
        case = Case.objects.get(pk=self.case.pk)
        if case.state in {"review", "preparing", "awaiting_approval", "erasing", "completed"}:
            assert case.identity == "confirmed"
        assert Job.objects.filter(case=case, status__in=["due", "running"]).count() <= 1
        assert self.sandbox.contact_exists("int9", "2087"), "Tom was never the data subject"
        for line in PlanLine.objects.filter(plan__case=case).exclude(step="pending"):
            given = Approval.objects.get(plan=line.plan)
            acted_before = CaseActor.objects.filter(case=case, user=given.approver, at__lte=given.approved_at)
            assert not acted_before.exists(), "two persons"
            assert line.candidate.is_same_person or line.candidate.erased_at
            assert line.plan.export
            assert line.plan.evidence
            assert storage.is_intact(line.plan.export)
        approved = {(row.object, row.object_id) for row in PlanLine.objects.filter(plan__case=case, decision="delete")}
        for call in self.sandbox.deletes():
            assert (call.object, call.object_id) in approved, "nothing outside a plan"
        if certificates(case):
            assert case.state == "completed"
            for line in PlanLine.objects.filter(plan__case=case, object="contact", step__in=["done", "already_gone"]):
                assert not self.sandbox.contact_exists("int9", line.object_id), "certified and still there"
        if case.outcome == "erased":
            assert certificates(case) == 1


@pytest.mark.parametrize("seed", range(4))
def test_any_order(
    sandbox: Sandbox, connection: Connection, administrator: User, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    draw_nothing(monkeypatch)
    walk = Walk(sandbox, connection, administrator, seed)
    for _ in range(STEPS):
        walk.step()
        walk.check()
        if Case.objects.get(pk=walk.case.pk).state in FINAL:
            break
    assert audit.verify() is None

    # Wherever it stands: with the service well and fresh people, the case still comes to its end.
    sandbox.clear_faults()
    officer = make_user("fresh-officer@example.com", "Fresh Officer", Role.PRIVACY_OFFICER)
    approver = make_user("fresh-approver@example.com", "Fresh Approver", Role.APPROVER)
    case = Case.objects.get(pk=walk.case.pk)
    if case.state not in FINAL:
        drive(case, officer, approver, same=SAME)
    walk.check()
    assert case.state in FINAL
    assert not Candidate.objects.filter(case=case, contact_id="2087", decision="same_person").exists()
    assert not Document.objects.filter(case=case, kind="certificate").exclude(case__state="completed").exists()
