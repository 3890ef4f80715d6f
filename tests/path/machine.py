"""Right and wrong people, a worker, a service that breaks, and a person who changes, in any order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dsr.exceptions import DsrError
from dsr.jobs import runner, sweeping
from dsr.models import AuditEntry, Candidate, Case, Connection, Job, JobStatus, LegalHold, User
from dsr.permissions import Role, eligible_approvers
from dsr.selectors import changes
from dsr.selectors import holds as in_force
from dsr.services import (
    approval,
    closing,
    connections,
    holds,
    identity,
    matching,
    merging,
    preparation,
    resumption,
    review,
    safeguards,
    stopping,
    users,
)
from dsr.services.review import Choice
from dsr.states import CARRIED_OUT, FINAL, WORKING, Kind, State
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import (
    add_tom,
    allow_changes,
    file_case,
    make_connection,
    make_user,
    processing_record,
    save_changes,
)
from tests.path import invariants
from tests.path.driving import after_a_kill, drive, furnish, next_act, what_to_change
from tests.path.test_kills import Killed, Killer, at_each_call, at_each_write
from tests.rewinding import Mark

SAME = ("1004", "3001")
MOST_CASES = 2
CAST: tuple[tuple[Role, ...], ...] = (
    (Role.PRIVACY_OFFICER,),
    (Role.APPROVER,),
    (Role.PRIVACY_OFFICER, Role.APPROVER),
    (Role.PRIVACY_OFFICER, Role.APPROVER),
    (Role.AUDITOR,),
    (Role.ADMINISTRATOR,),
    (),
    (Role.ADMINISTRATOR,),
)
ANYBODY = st.integers(0, len(CAST) - 1)
A_CASE = st.integers(0, MOST_CASES - 1)
FAULTS = ["server_error", "drop_before", "drop_after", "malformed_json", "html", "lying", "rate_limit"]
CONTACT_CHANGES = ["name", "first_name", "status", "event", "order", "another", "tom", "gone"]


class Desk(RuleBasedStateMachine):
    """The service layer. `sandbox` is set by the test that runs it."""

    sandbox: ClassVar[Sandbox]

    @initialize(kind=st.sampled_from([Kind.ERASURE, Kind.ERASURE, *Kind]), head_start=st.integers(0, 12))
    def open_the_desk(self, kind: Kind, head_start: int) -> None:
        """A first case, somewhere on its way: a walk from the filing on would seldom come to the deletion."""
        self._mark = Mark.here()
        furnish(self.sandbox)
        self.connection = allow_changes(make_connection(self.sandbox))
        self.people = [make_user(f"p{n}@example.com", f"P {n}", *roles) for n, roles in enumerate(CAST)]
        processing_record(self.connection, by=self.people[0])
        self.cases: list[int] = []
        self.certified: set[int] = set()
        self.seen_calls = self.seen_entries = 0
        self.was_held = False
        self.file(who=0, kind=kind)
        self.go_on(number=0, steps=head_start)

    def teardown(self) -> None:
        """Wherever it stands: with the service well and fresh people, every case still comes to its end."""
        if not hasattr(self, "cases"):
            return
        try:
            self.sandbox.clear_faults()
            officer = make_user("fresh-officer@example.com", "Fresh Officer", Role.PRIVACY_OFFICER)
            approver = make_user("fresh-approver@example.com", "Fresh Approver", Role.APPROVER)
            for hold in LegalHold.objects.filter(lifted_at=None):
                holds.ask_to_lift(hold=hold, actor=officer, reason="as it seems")
                holds.lift(hold=hold, actor=approver)
            self.was_held = False
            for case in self.open_cases():
                drive(case, officer, approver, same=SAME)
                case.refresh_from_db()
                assert case.state in FINAL
            self.rules_hold()
            assert not Candidate.objects.filter(contact_id="2087", decision="same_person").exists()
        finally:
            self._mark.rewind()
            self.sandbox.clear_faults()

    # People

    def case(self, number: int) -> Case:
        return Case.objects.get(pk=self.cases[number % len(self.cases)])

    def open_cases(self) -> list[Case]:
        return list(Case.objects.filter(pk__in=self.cases, closed_at=None).order_by("pk"))

    def person(self, number: int) -> User:
        return User.objects.get(pk=self.people[number].pk)

    def attempt(self, act: Callable[[], Any]) -> None:
        """Do it, or be refused; what is refused leaves no trace in the record."""
        entries = AuditEntry.objects.count()
        try:
            act()
        except DsrError:
            assert AuditEntry.objects.count() == entries, "what was refused left a trace"

    @precondition(lambda self: len(self.cases) < MOST_CASES)
    @rule(who=ANYBODY, kind=st.sampled_from(list(Kind)))
    def file(self, who: int, kind: Kind) -> None:
        def act() -> None:
            self.cases.append(file_case(self.person(who), Connection.objects.get(), kind=kind).pk)

        self.attempt(act)

    @rule(number=A_CASE, who=ANYBODY, asks=st.booleans())
    def identify(self, number: int, who: int, asks: bool) -> None:
        case, actor = self.case(number), self.person(who)
        if asks:
            self.attempt(lambda: identity.ask(case=case, actor=actor))
        else:
            self.attempt(lambda: identity.confirm(case=case, actor=actor, method="reply"))

    @rule(number=A_CASE, who=ANYBODY, pick=st.integers(0, 3), errs=st.sampled_from([False, False, False, True]))
    def decide(self, number: int, who: int, pick: int, errs: bool) -> None:
        """Tom is never taken for Linda; Linda may be ruled out by mistake."""
        case = self.case(number)
        candidates = list(case.candidates.all())
        if candidates:
            candidate = candidates[pick % len(candidates)]
            decision = "same_person" if candidate.contact_id in SAME and not errs else "other_person"
            self.attempt(
                lambda: matching.decide(
                    case=case, actor=self.person(who), candidate=candidate, decision=decision, reason="as it seems"
                )
            )

    @rule(number=A_CASE, who=ANYBODY, keep=st.integers(0, 5))
    def save_review(self, number: int, who: int, keep: int) -> None:
        """Delete all, but perhaps one line, which stays; or change what is asked for."""
        case = self.case(number)
        plan = case.current_plan
        if plan and case.is_change:
            if case.candidates.filter(decision="same_person", superseded=False, erased_at=None).exists():
                contact_id, wanted = what_to_change(case)
                actor = self.person(who)
                self.attempt(lambda: save_changes(case, actor, contact_id=contact_id, **wanted))
        elif plan:
            choices = {
                line.pk: Choice(decision="keep", exemption="17(3)(b)", reason="as it seems")
                if place == keep
                else Choice(decision="delete")
                for place, line in enumerate(plan.lines.all())
            }
            actor = self.person(who)
            self.attempt(lambda: review.save(case=case, actor=actor, ground="17(1)(a)", choices=choices))

    @rule(number=A_CASE, who=ANYBODY, is_old=st.sampled_from([False, False, True]))
    def approve(self, number: int, who: int, is_old: bool) -> None:
        case = self.case(number)
        plan = case.plans.first() if is_old else case.current_plan
        if plan:
            self.attempt(
                lambda: approval.approve(
                    case=case,
                    actor=self.person(who),
                    typed_ids=" ".join(approval.words_to_type(plan)),
                    fingerprint=plan.fingerprint,
                )
            )

    @rule(
        number=A_CASE,
        who=ANYBODY,
        act=st.sampled_from(
            [
                lambda case, who: review.open_review(case=case, actor=who),
                lambda case, who: preparation.request(case=case, actor=who),
                lambda case, who: approval.send_back(case=case, actor=who, reason="as it seems"),
                lambda case, who: stopping.stop(case=case, actor=who, reason="as it seems"),
                lambda case, who: matching.search_again(case=case, actor=who, reason="as it seems"),
                lambda case, who: resumption.resume(case=case, actor=who),
                lambda case, who: resumption.back_to_review(case=case, actor=who),
                lambda case, who: closing.nothing_found(case=case, actor=who),
                lambda case, who: closing.look_again(case=case, actor=who),
                lambda case, who: closing.hand_over(case=case, actor=who, how="as it seems"),
            ]
        ),
    )
    def say(self, number: int, who: int, act: Callable[[Case, User], None]) -> None:
        case, actor = self.case(number), self.person(who)
        self.attempt(lambda: act(case, actor))

    @rule(number=A_CASE, who=ANYBODY, refuses=st.booleans())
    def close(self, number: int, who: int, refuses: bool) -> None:
        case, actor = self.case(number), self.person(who)
        if refuses:
            self.attempt(lambda: closing.refuse(case=case, actor=actor, ground="unfounded", reason="as it seems"))
        else:
            self.attempt(lambda: closing.withdraw(case=case, actor=actor, reason="by phone"))

    @rule(number=A_CASE, other=A_CASE, who=ANYBODY)
    def merge(self, number: int, other: int, who: int) -> None:
        case, into, actor = self.case(number), self.case(other), self.person(who)
        self.attempt(lambda: merging.merge(case=case, into=into, actor=actor, reason="as it seems"))

    @rule(number=A_CASE, who=ANYBODY)
    def hold(self, number: int, who: int) -> None:
        case, actor = self.case(number), self.person(who)
        self.attempt(lambda: holds.place(case=case, actor=actor, reason="as it seems"))

    @precondition(lambda self: any(case.kind == Kind.ERASURE for case in self.open_cases()))
    @rule(lines=st.integers(0, 3), slices=st.integers(1, 3))
    def hold_in_the_middle(self, lines: int, slices: int) -> None:
        """Placed while a deletion is at work, and the worker comes by once more."""
        number = next(self.cases.index(case.pk) for case in self.open_cases() if case.kind == Kind.ERASURE)
        for _ in range(12):
            if self.case(number).state != State.ERASING:
                self.go_on(number=number, steps=1)
        self.run_worker(slices=lines)
        if self.case(number).state == State.ERASING:
            self.hold(number=number, who=0)
            self.rules_hold()
            self.run_worker(slices=slices)

    @rule(
        who=ANYBODY,
        act=st.sampled_from(
            [
                lambda hold, who: holds.ask_to_lift(hold=hold, actor=who, reason="as it seems"),
                lambda hold, who: holds.lift(hold=hold, actor=who),
                lambda hold, who: holds.lift(hold=hold, actor=who),
                lambda hold, who: holds.keep(hold=hold, actor=who),
            ]
        ),
    )
    def answer_a_hold(self, who: int, act: Callable[[LegalHold, User], None]) -> None:
        hold = LegalHold.objects.filter(lifted_at=None).first()
        if hold:
            asked_by, actor = hold.lift_asked_by, self.person(who)
            self.attempt(lambda: act(hold, actor))
            hold.refresh_from_db()
            assert not hold.is_lifted or hold.lifted_by != asked_by, "two persons"

    @rule(number=A_CASE, steps=st.integers(1, 4))
    def go_on(self, number: int, steps: int) -> None:
        """What the page offers, by people who may, so that the walk gets far."""
        for _ in range(steps):
            case = self.case(number)
            if case.state in WORKING:
                self.run_worker(slices=1)
            elif case.state not in FINAL:
                officers = User.objects.filter(is_active=True, groups__name=Role.PRIVACY_OFFICER).order_by("pk")
                approvers = eligible_approvers(case)
                if not (officers and approvers):
                    return
                try:
                    next_act(case, officers[0], approvers[0], same=SAME)
                except DsrError:
                    return  # what is missing is another's to do first

    # The worker

    @rule(slices=st.integers(1, 8))
    def run_worker(self, slices: int) -> None:
        for _ in range(slices):
            job = self.due_job()
            if job:
                runner.run(job.pk)

    @rule(at=st.integers(1, 30), by_calls=st.booleans())
    def kill_worker(self, at: int, by_calls: bool) -> None:
        """It dies around some call, or before some write; its lease ends, and the next one goes on."""
        job = self.due_job()
        if job:
            try:
                with (at_each_call if by_calls else at_each_write)(Killer(at)):
                    runner.run(job.pk)
            except Killed:
                after_a_kill()

    @rule()
    def sweep(self) -> None:
        sweeping.sweep()

    def due_job(self) -> Job | None:
        Job.objects.filter(status=JobStatus.DUE).update(next_at=timezone.now())
        return Job.objects.filter(status=JobStatus.DUE).order_by("pk").first()

    # What happens elsewhere

    @rule(
        kind=st.sampled_from(FAULTS),
        method=st.sampled_from(["GET", "DELETE", "POST"]),
        after=st.integers(0, 4),
        times=st.sampled_from([1, 4, None]),
    )
    def break_segmetrics(self, kind: str, method: str, after: int, times: int | None) -> None:
        method = "DELETE" if kind == "lying" and method == "GET" else method
        self.sandbox.fault(kind, method=method, after=after, times=times)

    @rule()
    def mend_segmetrics(self) -> None:
        self.sandbox.clear_faults()

    @rule(change=st.sampled_from(CONTACT_CHANGES), number=st.integers(500, 520))
    def change_the_contact(self, change: str, number: int) -> None:
        there = self.sandbox.contact_exists("int9", "1004")
        if change == "another" and not self.sandbox.contact_exists("int9", "3001"):
            self.sandbox.add_contact(contact_id="3001", email="linda.dare@example.com", first_name="L", last_name="D")
        elif change == "tom":
            self.sandbox.remove("contact", "2087")
            add_tom(self.sandbox)
        elif change == "gone" and there:
            self.sandbox.remove("contact", "1004")
        elif change == "name" and there:
            self.sandbox.rename_contact("1004", last_name=f"Dare-{number}")
        elif change == "first_name" and there:
            self.sandbox.rename_contact("1004", first_name="Lynda")
        elif change == "status" and there:
            self.sandbox.rename_contact("1004", status="inactive")
        elif change == "event" and there:
            self.sandbox.add_event(contact_id="1004", type="visit", date_created="2026-11-01 10:00:00")
        elif change == "order" and there:
            self.sandbox.add_invoice(invoice_id=str(number), contact_id="1004", amount=100)

    # The administrator

    @rule(who=ANYBODY)
    def edit_the_connection(self, who: int) -> None:
        connection = Connection.objects.get()
        rows = [(row.integration_id, row.label) for row in connection.integrations.all()]
        actor = self.person(who)
        self.attempt(lambda: connections.save(actor=actor, connection=connection, api_key=None, integrations=rows))

    @rule(whom=ANYBODY, who=st.sampled_from([5, 5, 5, 0]), change=st.sampled_from(["in", "out", "roles"]))
    def change_an_account(self, whom: int, who: int, change: str) -> None:
        actor, user = self.person(who), self.person(whom)
        acts: dict[str, Callable[[], object]] = {
            "in": lambda: users.reactivate(actor=actor, user=user, reason="back again"),
            "out": lambda: users.deactivate(actor=actor, user=user),
            "roles": lambda: users.set_roles(actor=actor, user=user, roles=[Role.APPROVER], reason="another job"),
        }
        self.attempt(acts[change])

    @rule(who=ANYBODY)
    def grant_what_was_asked(self, who: int) -> None:
        for change in changes.open_changes():
            self.attempt(partial(safeguards.grant, actor=self.person(who), change=change))

    # What must hold

    @invariant()
    def rules_hold(self) -> None:
        for case in Case.objects.filter(pk__in=self.cases):
            invariants.hold(case, self.sandbox)
            if case.outcome in CARRIED_OUT and case.pk not in self.certified:
                invariants.is_gone(case, self.sandbox)
                self.certified.add(case.pk)
        calls = self.sandbox.calls()
        new = [call for call in calls[self.seen_calls :] if call.method != "GET"]
        invariants.hold_for_calls(new)
        # Every case here is about Linda, so a hold on one binds them all.
        assert not (self.was_held and any(call.method == "DELETE" for call in new)), "deleted under a legal hold"
        self.was_held = in_force.in_force().exists()
        self.seen_calls = len(calls)
        invariants.hold_for_entries(AuditEntry.objects.filter(sequence__gt=self.seen_entries))
        self.seen_entries = AuditEntry.objects.count()
        invariants.chain_holds()
