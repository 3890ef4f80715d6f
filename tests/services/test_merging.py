"""Merging two requests of one person: what goes on, what ends, and what it must not open a way round."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import timezone

from dsr import audit
from dsr.evidence.records import Drawn
from dsr.exceptions import Held, InvalidInput, NotAllowed, NotReady, RuleBroken, WrongState
from dsr.models import Approval, AuditEntry, Case, Connection, Job, User
from dsr.permissions import Role, eligible_approvers
from dsr.selectors import silence
from dsr.selectors.related import related_to
from dsr.services import assignment, closing, extension, holds, identity, intake, matching, merging, retention, review
from dsr.states import Kind, State
from dsr.uploads import Letter
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import (
    allow_changes,
    approve,
    changes_prepared,
    decide_all,
    file_case,
    make_connection,
    make_user,
    prepared,
    reviewed,
    work,
)
from tests.path.driving import PAPER, draw_nothing, drive

pytestmark = pytest.mark.django_db

WHY = "Linda wrote twice, by letter and by mail"


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)


@pytest.fixture
def first(officer: User, connection: Connection) -> Case:
    return file_case(officer, connection)


@pytest.fixture
def second(second_officer: User, connection: Connection) -> Case:
    return file_case(second_officer, connection, emails=["LINDA.dare@example.com", "l.dare@example.com"])


def merge(case: Case, into: Case, actor: User, reason: str = WHY) -> None:
    merging.merge(case=Case.objects.get(pk=case.pk), into=Case.objects.get(pk=into.pk), actor=actor, reason=reason)
    case.refresh_from_db()
    into.refresh_from_db()


def refused(case: Case, into: Case, actor: User, error: type[Exception], match: str) -> None:
    before = [list(model.objects.order_by("pk").values()) for model in (Case, Job, AuditEntry)]
    with pytest.raises(error, match=match):
        merge(case, into, actor)
    assert [list(model.objects.order_by("pk").values()) for model in (Case, Job, AuditEntry)] == before


def at(day: str) -> time_machine.travel:
    return time_machine.travel(f"{day}T12:00:00+01:00", tick=False)


def given(case: Case) -> list[str]:
    return sorted(row.value for row in case.identifiers.filter(learnt_from=None))


def test_the_other_one_goes_on_for_both(first: Case, second: Case, officer: User) -> None:
    work()
    merge(second, first, officer)

    assert (second.state, second.merged_into, second.outcome) == ("merged", first, "")
    assert second.closed_at
    assert not second.jobs.filter(status__in=["due", "running"]).exists()
    assert (first.state, first.jobs.filter(status="due").count()) == ("received", 1)
    assert given(first) == ["l.dare@example.com", "linda.dare@example.com"]
    assert given(second) == ["LINDA.dare@example.com", "l.dare@example.com"], "its own stay with it"
    work()
    first.refresh_from_db()
    assert first.state == "matching"
    assert first.lookups.filter(identifier__in=first.identifiers.all(), round=2).count() == 2
    assert audit.verify() is None


def test_the_record_says_it_on_both_without_a_name_and_the_reason_is_sealed(
    first: Case, second: Case, officer: User
) -> None:
    work()
    merge(second, first, officer)

    there = AuditEntry.objects.get(case=second.reference, verb="merge")
    here = AuditEntry.objects.get(case=first.reference, verb="merged_here")
    assert there.facts == {"from": "matching", "to": "merged", "into": first.reference}
    assert here.facts["merged"] == second.reference
    assert here.facts["identifiers"] == 1
    assert [row.text for case in (first, second) for row in case.reasons.filter(entry__in=[here, there])] == [WHY] * 2
    assert "Linda" not in str(list(AuditEntry.objects.values()))


def test_whoever_looks_after_the_one_that_goes_on_is_told(
    first: Case, second: Case, officer: User, second_officer: User
) -> None:
    assignment.assign(case=first, actor=officer, to=officer)
    assignment.assign(case=second, actor=second_officer, to=second_officer)
    merge(second, first, second_officer)

    assert list(officer.notifications.values_list("case__reference", "kind")) == [(first.reference, "merged_here")]
    assert not second_officer.notifications.exists(), "who merged knows, and the merged one is nobody's any more"
    third = file_case(second_officer, first.connection)
    merge(third, first, officer)
    assert officer.notifications.count() == 1


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the documents say, in place of drawing them."""
    records: list[Any] = []

    def draw(record: Any, **_: Any) -> Drawn:
        records.append(record)
        return PAPER

    for place in (
        "preparation.draw_evidence",
        "certificates.draw_certificate",
        "change_certificates.draw_certificate",
    ):
        monkeypatch.setattr(f"dsr.services.{place}", draw)
    for place in ("draw_refusal", "draw_nothing_found"):
        monkeypatch.setattr(f"dsr.services.closing_records.{place}", draw)
    return records


@pytest.fixture
def merged_twice(first: Case, second: Case, officer: User) -> Case:
    """A call of yesterday was merged into the second letter, and that into the first one."""
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    merge(file_case(officer, first.connection, channel="phone", received_on=yesterday), second, officer)
    merge(second, first, officer)
    return first


def test_evidence_and_certificate_name_what_was_merged_also_over_two_merges(
    merged_twice: Case, second: Case, officer: User, approver: User, drawn: list[Any]
) -> None:
    approve(prepared(merged_twice, officer), approver)
    work()

    evidence, certificate = drawn
    third = Case.objects.get(merged_into=second)
    assert [(row.reference, row.received_on, row.channel) for row in evidence.merged_requests] == [
        (second.reference, second.received_on, "Letter"),
        (third.reference, third.received_on, "Phone"),
    ]
    assert certificate.merged_requests == (second.reference, third.reference)


def test_so_does_the_certificate_of_a_change(
    connection: Connection, officer: User, approver: User, drawn: list[Any]
) -> None:
    allow_changes(connection)
    case, other = (file_case(officer, connection, kind=Kind.RECTIFICATION) for _ in range(2))
    merge(other, case, officer)
    approve(changes_prepared(case, officer), approver)
    work()

    assert drawn[-1].merged_requests == (other.reference,)


def test_so_do_the_records_of_a_refusal_and_of_an_empty_search(
    merged_twice: Case, second: Case, officer: User, drawn: list[Any], sandbox: Sandbox
) -> None:
    work()
    identity.confirm(case=merged_twice, actor=officer, method="reply")
    decide_all(merged_twice, officer, same=())
    review.open_review(case=merged_twice, actor=officer)
    closing.nothing_found(case=merged_twice, actor=officer)
    work()
    third = Case.objects.get(merged_into=second)
    assert drawn[0].merged_requests == (second.reference, third.reference)

    other = file_case(officer, merged_twice.connection, emails=["somebody@example.com"])
    again = file_case(officer, merged_twice.connection, emails=["somebody@example.com"])
    merge(again, other, officer)
    work()
    other.refresh_from_db()
    closing.refuse(case=other, actor=officer, ground="excessive", reason="the tenth in a month")
    work()
    assert [row.reference for row in drawn[1].merged_requests] == [again.reference]


def test_one_whose_search_runs_is_searched_from_its_start_with_what_was_added(
    first: Case, second: Case, officer: User
) -> None:
    assert (first.state, second.state) == ("received", "received")
    merge(second, first, officer)
    assert [row.status for row in first.jobs.order_by("pk")] == ["stopped", "due"]
    assert [row.status for row in second.jobs.order_by("pk")] == ["stopped"]
    work()
    first.refresh_from_db()
    assert (first.state, first.lookups.count()) == ("matching", 2)


def test_what_was_decided_stays_and_is_no_answer_for_what_is_new(
    first: Case, second: Case, officer: User, sandbox: Sandbox
) -> None:
    reviewed(first, officer)
    identity.confirm(case=second, actor=officer, method="reply")
    sandbox.add_contact(contact_id="3001", email="l.dare@example.com", first_name="L", last_name="D")
    merge(second, first, officer)
    work()
    first.refresh_from_db()
    assert first.state == "matching"
    assert {row.contact_id: row.decision for row in first.candidates.all()} == {
        "1004": "same_person",
        "2087": "other_person",
        "3001": "",
    }
    with pytest.raises(NotReady):
        review.open_review(case=first, actor=officer)


def test_an_address_that_was_learnt_from_somebody_ruled_out_and_is_given_now_is_looked_up(
    first: Case, second: Case, officer: User
) -> None:
    """Known by its hash alone it would stay somebody else's, and never be looked up."""
    work()
    decide_all(first, officer)
    tom = first.candidates.get(contact_id="2087")
    intake.add_identifier(case=first, kind="email", value="l.dare@example.com", learnt_from=tom)
    assert first.known_identifiers.count() == 1
    merge(second, first, officer)
    assert [row.value for row in first.known_identifiers] == ["linda.dare@example.com", "l.dare@example.com"]


def test_the_clock_runs_from_the_first_of_both(officer: User, connection: Connection) -> None:
    today = timezone.localdate()
    late = file_case(officer, connection, received_on=today)
    early = file_case(officer, connection, received_on=today - dt.timedelta(days=20))
    middle = file_case(officer, connection, received_on=today - dt.timedelta(days=9))
    day, due, explained = early.received_on, early.due_on, early.deadline.explanation

    merge(early, late, officer)
    assert (late.received_on, late.due_on, late.deadline.explanation) == (day, due, explained)
    merge(middle, late, officer)
    assert (late.received_on, late.due_on) == (day, due), "the earlier stays"


def test_a_pause_of_one_alone_makes_neither_later(officer: User, connection: Connection) -> None:
    a, b = file_case(officer, connection), file_case(officer, connection)
    Case.objects.filter(pk=b.pk).update(
        paused_days=9, due_on=intake.legal_deadline(b.received_on, paused_days=9).due_on
    )
    merge(a, b, officer)
    assert (b.paused_days, b.due_on) == (0, a.due_on)


def test_a_question_that_is_too_late_for_one_stops_the_clock_of_neither(officer: User, connection: Connection) -> None:
    """The earlier one was never asked about, so from the eighth day on its clock can't be stopped; with the answer to
    the later one, which had stopped that one's in time, it can't either."""
    with at("2026-11-20"):
        early = file_case(officer, connection, received_on=dt.date(2026, 11, 3))
        late = file_case(officer, connection, received_on=dt.date(2026, 11, 20))
        work()
        identity.ask(case=late, actor=officer)
    with at("2026-11-25"):
        identity.note_answer(case=late, actor=officer)
        merge(early, late, officer)
        work()
        identity.ask(case=late, actor=officer)
    late.refresh_from_db()
    assert (late.paused_on, late.due_on) == (None, dt.date(2026, 12, 3))


def test_a_question_that_is_in_time_for_both_stops_it(officer: User, connection: Connection) -> None:
    with at("2026-11-20"):
        early = file_case(officer, connection, received_on=dt.date(2026, 11, 19))
        late = file_case(officer, connection, received_on=dt.date(2026, 11, 20))
        work()
        for case in (early, late):
            identity.ask(case=case, actor=officer)
    for day, case in (("2026-11-24", early), ("2026-11-25", late)):
        with at(day):
            identity.note_answer(case=case, actor=officer)
    with at("2026-12-01"):
        merge(early, late, officer)
        work()
        identity.ask(case=late, actor=officer)
    late.refresh_from_db()
    assert (late.paused_days, late.paused_on) == (4, dt.date(2026, 12, 1)), "seven days after the first answer"


def asked_in_vain(officer: User, connection: Connection) -> Case:
    """Asked when that didn't stop the clock any more, so that it can be merged; no answer came."""
    with at("2026-11-03"):
        case = file_case(officer, connection, received_on=dt.date(2026, 11, 3))
        work()
    with at("2026-11-20"):
        identity.ask(case=case, actor=officer)
    return case


@pytest.mark.parametrize("on_the_way", [False, True])
def test_whoever_wrote_again_since_the_question_is_not_said_to_be_silent(
    officer: User, connection: Connection, on_the_way: bool
) -> None:
    """Else the page would fill in a refusal: “we have had no answer”."""
    asked = asked_in_vain(officer, connection)
    with at("2026-12-20"):
        assert silence.proposes_to_close(asked)
        again = file_case(officer, connection, received_on=dt.date(2026, 12, 18))
        if on_the_way:
            early = file_case(officer, connection, received_on=dt.date(2026, 11, 2))
            merge(again, early, officer)
            again = early
        merge(again, asked, officer)
        work()
        asked.refresh_from_db()
        assert asked.state == State.MATCHING
        assert not silence.proposes_to_close(asked)
        identity.ask(case=asked, actor=officer)
    with at("2027-01-20"):
        assert silence.proposes_to_close(asked), "asked anew, the days are counted anew"


def test_what_had_come_before_the_question_is_no_answer_to_it(officer: User, connection: Connection) -> None:
    asked = asked_in_vain(officer, connection)
    with at("2026-12-20"):
        merge(file_case(officer, connection, received_on=dt.date(2026, 11, 19)), asked, officer)
        work()
        assert silence.proposes_to_close(asked)


# Two persons


def test_whoever_filed_the_merged_one_does_not_approve_the_other(
    first: Case, officer: User, connection: Connection, approver: User
) -> None:
    both = make_user("both@example.com", "Bo Both", Role.PRIVACY_OFFICER, Role.APPROVER)
    merged = file_case(both, connection)
    assert both in eligible_approvers(first)
    merge(merged, first, officer)
    prepared(first, officer)

    assert both not in eligible_approvers(first)
    with pytest.raises(NotAllowed, match="second person"):
        approve(first, both)
    plan = first.current_plan
    assert plan
    with pytest.raises(DatabaseError, match="had a hand"), transaction.atomic():
        Approval.objects.create(
            case=first,
            plan=plan,
            approver=both,
            fingerprint=plan.fingerprint,
            approved_at=timezone.now(),
            deletes_from=timezone.now(),
        )
    approve(first, approver)


def test_nor_does_whoever_worked_on_it_nor_whoever_merged_also_over_two_merges(
    first: Case, officer: User, connection: Connection
) -> None:
    filer, decider, merger = (
        make_user(f"{name}@example.com", name, Role.PRIVACY_OFFICER, Role.APPROVER) for name in ("fay", "dot", "mo")
    )
    third, between = file_case(filer, connection), file_case(officer, connection)
    work()
    identity.confirm(case=third, actor=filer, method="reply")
    decide_all(third, decider)
    merge(third, between, merger)
    work()
    merge(between, first, officer)
    prepared(first, officer)
    for person in (filer, decider, merger):
        with pytest.raises(NotAllowed, match="second person"):
            approve(first, person)


def test_the_filer_stays_barred_also_where_the_row_that_says_so_is_missing(
    first: Case, second: Case, officer: User, approver: User
) -> None:
    Case.objects.filter(pk=second.pk).update(filed_by=approver)
    merge(second, first, officer)
    prepared(first, officer)
    with pytest.raises(NotAllowed, match="second person"):
        approve(first, approver)


def test_a_merged_pair_comes_to_its_certificate(first: Case, second: Case, officer: User, approver: User) -> None:
    merge(second, first, officer)
    drive(first, officer, approver)
    assert (first.state, first.outcome) == ("completed", "erased")


# What is refused


@pytest.mark.parametrize("role", [Role.APPROVER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_only_an_officer_merges(first: Case, second: Case, role: Role) -> None:
    refused(second, first, make_user("x@example.com", "X", role), NotAllowed, "role")


def test_not_without_a_reason_nor_into_itself(first: Case, second: Case, officer: User) -> None:
    with pytest.raises(InvalidInput) as empty:
        merge(second, first, officer, reason="  ")
    assert empty.value.field == "reason"
    refused(first, first, officer, WrongState, "itself")


@pytest.mark.parametrize("place", ["case", "into"])
def test_not_from_or_into_a_state_past_the_review(first: Case, second: Case, officer: User, place: str) -> None:
    other = first if place == "into" else second
    for state in set(State) - merging.MERGEABLE:
        Case.objects.filter(pk=other.pk).update(state=state)
        refused(second, first, officer, RuleBroken, f"{other.reference} is (closed|past)")


def test_not_into_another_account_nor_another_kind(
    first: Case, officer: User, connection: Connection, sandbox: Sandbox
) -> None:
    elsewhere = file_case(officer, make_connection(sandbox, name="Other shop", account_id="other9"))
    refused(elsewhere, first, officer, WrongState, "different accounts")
    access = file_case(officer, connection, kind=Kind.ACCESS)
    refused(access, first, officer, WrongState, "ask for different things")


@pytest.mark.parametrize("place", ["case", "into"])
def test_not_where_the_time_limit_was_extended(first: Case, second: Case, officer: User, place: str) -> None:
    other = first if place == "into" else second
    extension.extend(case=other, actor=officer, reason="forty shops")
    refused(second, first, officer, NotReady, f"{other.reference} was extended")


@pytest.mark.parametrize("place", ["case", "into"])
def test_not_while_a_clock_stands_still(first: Case, second: Case, officer: User, place: str) -> None:
    other = first if place == "into" else second
    identity.ask(case=other, actor=officer)
    refused(second, first, officer, NotReady, f"clock of {other.reference} stands still")
    identity.confirm(case=second, actor=officer, method="reply")
    identity.confirm(case=first, actor=officer, method="reply")
    merge(second, first, officer)
    assert not first.is_paused


def test_not_under_a_hold_wherever_it_was_placed(
    first: Case, second: Case, officer: User, approver: User, connection: Connection
) -> None:
    third = file_case(officer, connection)
    hold = holds.place(case=third, actor=officer, reason="a claim")
    refused(second, first, officer, Held, "legal hold")
    holds.ask_to_lift(hold=hold, actor=officer, reason="settled")
    holds.lift(hold=hold, actor=approver)
    merge(second, first, officer)


@pytest.mark.parametrize("place", ["case", "into"])
def test_not_once_a_deletion_began(
    first: Case, second: Case, officer: User, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    begun = first if place == "into" else second
    monkeypatch.setattr(merging, "has_begun", lambda case: case.pk == begun.pk)
    refused(second, first, officer, WrongState, f"{begun.reference} has begun to act")


def test_a_strangers_address_does_not_ride_on_an_identity_that_was_confirmed_before(
    first: Case, second: Case, officer: User
) -> None:
    work()
    identity.confirm(case=first, actor=officer, method="signed_letter")
    refused(second, first, officer, NotReady, "identity isn't confirmed")
    identity.confirm(case=second, actor=officer, method="reply")
    merge(second, first, officer)


def test_where_nothing_is_added_the_identity_that_was_confirmed_is_enough(
    first: Case, officer: User, connection: Connection
) -> None:
    identity.confirm(case=first, actor=officer, method="signed_letter")
    merge(file_case(officer, connection), first, officer)
    assert first.identity == "confirmed"


def test_not_where_they_are_too_many_identifiers(officer: User, connection: Connection) -> None:
    a, b = (file_case(officer, connection, emails=[f"{name}{n}@example.com" for n in range(11)]) for name in ("a", "b"))
    refused(a, b, officer, NotReady, "more than 20")


def test_a_case_is_merged_once(first: Case, second: Case, officer: User, connection: Connection) -> None:
    merge(second, first, officer)
    refused(second, first, officer, WrongState, "closed")
    refused(file_case(officer, connection), second, officer, WrongState, "closed")


# What is kept


def test_the_merged_one_is_kept_as_one_that_was_stopped_and_named_after_its_purge(
    first: Case, second: Case, officer: User, settings: Any
) -> None:
    merge(second, first, officer)
    assert second.purge_on == timezone.localdate() + dt.timedelta(days=settings.ENV.stopped_case_keep_days)
    assert second.purge_reason == settings.ENV.stopped_retention_reason
    Case.objects.filter(pk=second.pk).update(purge_on=timezone.localdate())
    retention.purge(case=second)
    assert list(related_to(first)) == [second]
    assert given(first) == ["l.dare@example.com", "linda.dare@example.com"], "under its own key"


# Who is listed


def test_others_are_found_by_address_and_by_id_of_the_same_account(
    officer: User, connection: Connection, sandbox: Sandbox
) -> None:
    case = file_case(officer, connection, external_ids=["c-1"])
    same_address = file_case(officer, connection, emails=["LINDA.DARE@example.com"], kind=Kind.ACCESS)
    same_id = file_case(officer, connection, emails=["x@example.com"], external_ids=["c-1"])
    shop = make_connection(sandbox, name="Other shop", account_id="other9")
    file_case(officer, shop, emails=["y@example.com"], external_ids=["c-1"])
    address_elsewhere = file_case(officer, shop)
    file_case(officer, connection, emails=["nobody@example.com"])
    Case.objects.filter(pk=same_id.pk).update(state="withdrawn")

    assert list(related_to(case)) == [address_elsewhere, same_address, same_id]


def test_what_was_learnt_from_somebody_ruled_out_leads_nowhere(officer: User, connection: Connection) -> None:
    case = file_case(officer, connection)
    work()
    tom = case.candidates.get(contact_id="2087")
    intake.add_identifier(case=case, kind="email", value="tom@example.com", learnt_from=tom)
    other = file_case(officer, connection, emails=["tom@example.com"])
    decide_all(case, officer)
    assert not related_to(case).exists()
    assert not related_to(other).exists()
    matching.decide(case=case, actor=officer, candidate=tom, decision="same_person", reason="his own")
    assert related_to(case).get() == other
    assert related_to(other).get() == case


def test_a_purged_one_is_not_listed(first: Case, second: Case, officer: User) -> None:
    Case.objects.filter(pk=second.pk).update(state="withdrawn", closed_at=timezone.now(), purge_on=timezone.localdate())
    retention.purge(case=second)
    assert not related_to(first).exists()


def test_its_proof_of_identity_is_destroyed_and_its_letter_stays(
    first: Case, officer: User, connection: Connection
) -> None:
    letter = Letter(content=b"Dear all", content_type="text/plain", name="letter.txt", pages=1)
    case = file_case(officer, connection, letter=letter)
    identity.add_proof(case=case, actor=officer, proof=letter)
    merge(case, first, officer)
    assert {row.kind: bool(row.destroyed_at) for row in case.documents.all()} == {"letter": False, "proof": True}
    assert not first.documents.exists()


def test_the_plan_of_the_merged_one_is_void(first: Case, second: Case, officer: User) -> None:
    reviewed(first, officer)
    assert first.plans.filter(voided_at=None).exists()
    merge(first, second, officer)
    assert first.current_plan is None
    with pytest.raises(WrongState):
        review.save(case=first, actor=officer, ground="17(1)(a)", choices={})
