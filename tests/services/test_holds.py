"""A legal hold: what it binds, what it stops, and the two persons that it takes to lift it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db import connection as database
from django.utils import timezone

from dsr import ledger, storage
from dsr.connectors.segmetrics import Account
from dsr.exceptions import Held, InvalidInput, NotAllowed, RuleBroken, WrongState
from dsr.models import Approval, AuditEntry, Case, CaseKey, Connection, Document, LegalHold, StepState, User
from dsr.selectors.holds import binding
from dsr.services import closing, disposal, holds, resumption, retention
from dsr.states import Kind
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, make_connection, prepared, work
from tests.path.driving import draw_nothing, effective_deletes

pytestmark = pytest.mark.django_db

REASON = "claim 7 O 12/26 before the regional court"


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)


@pytest.fixture
def waiting(connection: Connection, officer: User) -> Case:
    return prepared(file_case(officer, connection), officer)


def lift(hold: LegalHold, asker: User, granter: User) -> None:
    holds.ask_to_lift(hold=hold, actor=asker, reason="the claim was settled")
    holds.lift(hold=hold, actor=granter)


def test_a_held_case_is_not_approved_and_after_the_lifting_it_is(
    waiting: Case, officer: User, approver: User, sandbox: Sandbox
) -> None:
    hold = holds.place(case=waiting, actor=officer, reason=REASON)
    with pytest.raises(Held, match="legal hold"):
        approve(waiting, approver)
    assert not Approval.objects.exists()
    lift(hold, officer, approver)
    approve(waiting, approver)
    work()
    waiting.refresh_from_db()
    assert waiting.outcome == "erased"


def test_the_database_itself_refuses_the_approval(waiting: Case, officer: User, approver: User) -> None:
    holds.place(case=waiting, actor=officer, reason=REASON)
    plan = waiting.current_plan
    assert plan
    with pytest.raises(DatabaseError, match="legal hold"), transaction.atomic():
        Approval.objects.create(
            case=waiting, plan=plan, approver=approver, fingerprint=plan.fingerprint, approved_at=timezone.now()
        )


@pytest.mark.parametrize("deletes_before", [0, 1, 2])
def test_a_hold_placed_while_the_job_deletes_stops_it_before_the_next_delete(
    waiting: Case,
    officer: User,
    approver: User,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    deletes_before: int,
) -> None:
    approve(waiting, approver)
    delete, placed = Account.delete, []

    def place() -> None:
        placed.append(holds.place(case=waiting, actor=officer, reason=REASON))

    def watched(self: Account, **options: Any) -> StepState:
        answer = delete(self, **options)
        if len(effective_deletes(sandbox)) == deletes_before and not placed:
            place()
        return answer

    monkeypatch.setattr(Account, "delete", watched)
    if not deletes_before:
        place()
    work()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attention) == ("needs_attention", "legal_hold")
    assert len(effective_deletes(sandbox)) == deletes_before

    with pytest.raises(Held):
        resumption.resume(case=waiting, actor=officer)
    begun = {line.kind for line in ledger.read()} & {ledger.Kind.ERASING}
    assert bool(begun) is bool(deletes_before), "what a hold forbids must not stand in the ledger as begun"
    lift(placed[0], officer, approver)
    resumption.resume(case=waiting, actor=officer)
    work()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.outcome) == ("completed", "erased")


def by_email(officer: User, connection: Connection) -> Case:
    """The same address, written otherwise."""
    return file_case(officer, connection, emails=["Linda.Dare@Example.com "])


def by_contact(officer: User, connection: Connection) -> Case:
    """Nothing given in common, but the confirmed contact is the same."""
    return file_case(officer, connection, emails=[], external_ids=["1004"])


@pytest.mark.parametrize("about_the_same_person", [by_email, by_contact])
def test_another_case_about_the_same_person_is_held_too(
    waiting: Case,
    officer: User,
    approver: User,
    connection: Connection,
    about_the_same_person: Callable[[User, Connection], Case],
) -> None:
    other = prepared(about_the_same_person(officer, connection), officer)
    hold = holds.place(case=waiting, actor=officer, reason=REASON)
    assert list(binding(other)) == [hold]
    with pytest.raises(Held, match=waiting.reference):
        approve(other, approver)
    lift(hold, officer, approver)
    approve(other, approver)


def test_the_contact_alone_binds_when_no_identifier_is_shared(
    waiting: Case, officer: User, connection: Connection
) -> None:
    """As after a correction of the address at SegMetrics: two requests, two addresses, one contact."""
    other = prepared(by_contact(officer, connection), officer)
    hold = holds.place(case=waiting, actor=officer, reason=REASON)
    # What each case learnt from the contact is taken away, so that nothing but the contact is left in common.
    waiting.identifiers.exclude(learnt_from=None).delete()
    waiting.lookups.all().delete()
    other.lookups.all().delete()
    other.identifiers.filter(kind="email").delete()
    assert not set(waiting.identifiers.values_list("keyed_hash")) & set(other.identifiers.values_list("keyed_hash"))
    assert list(binding(other)) == [hold]


def test_an_address_alone_binds_before_anything_was_found_and_in_every_account(
    waiting: Case, officer: User, connection: Connection, sandbox: Sandbox
) -> None:
    hold = holds.place(case=waiting, actor=officer, reason=REASON)
    elsewhere = make_connection(sandbox, name="Other account", account_id="other-one")
    for where in (connection, elsewhere):
        just_filed = file_case(officer, where, emails=["Linda.Dare@EXAMPLE.com"])
        assert not just_filed.candidates.exists()
        assert list(binding(just_filed)) == [hold]


def test_somebody_else_is_not_held(waiting: Case, officer: User, connection: Connection, sandbox: Sandbox) -> None:
    holds.place(case=waiting, actor=officer, reason=REASON)
    stranger = file_case(officer, connection, emails=["otto@example.com"])
    assert not binding(stranger).exists()
    # Contact 1004 of another account is another person.
    elsewhere = make_connection(sandbox, name="Other account", account_id="other-one")
    assert not binding(file_case(officer, elsewhere, emails=[], external_ids=["1004"])).exists()


def test_nothing_held_is_destroyed_on_its_day(
    waiting: Case, officer: User, approver: User, connection: Connection
) -> None:
    approve(waiting, approver)
    work()
    other = file_case(officer, connection)
    work()
    closing.withdraw(case=other, actor=officer, reason="by phone")
    hold = holds.place(case=waiting, actor=officer, reason=REASON)
    Case.objects.update(purge_on=timezone.localdate())
    Document.objects.exclude(kind="certificate").update(destroy_on=timezone.localdate())

    assert disposal.destroy_due() == 0
    assert retention.purge_due() == 0
    with pytest.raises(Held):
        retention.purge(case=waiting)
    assert CaseKey.objects.count() == 2
    assert all((storage.root() / path).exists() for path in Document.objects.values_list("path", flat=True))

    lift(hold, officer, approver)
    assert retention.purge_due() == 2
    assert not CaseKey.objects.exists()
    hold.refresh_from_db()
    assert bytes(hold.reason_sealed) == b""
    assert bytes(hold.lift_reason_sealed) == b""


def test_no_hold_is_placed_on_what_is_being_destroyed(waiting: Case, officer: User) -> None:
    Case.objects.filter(pk=waiting.pk).update(purge_began_at=timezone.now())
    with pytest.raises(WrongState, match="destroyed"):
        holds.place(case=waiting, actor=officer, reason=REASON)


def test_whoever_asks_does_not_grant(waiting: Case, officer: User, second_officer: User, approver: User) -> None:
    hold = holds.place(case=waiting, actor=officer, reason=REASON)
    with pytest.raises(WrongState):
        holds.lift(hold=hold, actor=approver)
    holds.ask_to_lift(hold=hold, actor=second_officer, reason="settled")
    with pytest.raises(NotAllowed, match="second person"):
        holds.lift(hold=hold, actor=second_officer)
    assert binding(waiting).exists()
    holds.keep(hold=hold, actor=approver)
    with pytest.raises(WrongState):
        holds.lift(hold=hold, actor=approver)
    lift(hold, second_officer, officer)
    assert not binding(waiting).exists()


def test_who_may_do_what(waiting: Case, officer: User, approver: User, auditor: User, administrator: User) -> None:
    for user in (approver, auditor, administrator):
        with pytest.raises(NotAllowed):
            holds.place(case=waiting, actor=user, reason=REASON)
    with pytest.raises(InvalidInput):
        holds.place(case=waiting, actor=officer, reason="  ")
    hold = holds.place(case=waiting, actor=officer, reason=REASON)
    for user in (approver, auditor, administrator):
        with pytest.raises(NotAllowed):
            holds.ask_to_lift(hold=hold, actor=user, reason="settled")
    holds.ask_to_lift(hold=hold, actor=officer, reason="settled")
    for user in (auditor, administrator):
        for verb in (holds.lift, holds.keep):
            with pytest.raises(NotAllowed):
                verb(hold=hold, actor=user)


def refused(hold: LegalHold, **fields: Any) -> bool:
    """Whether the database itself refuses these columns, past every service."""
    try:
        with transaction.atomic():
            LegalHold.objects.filter(pk=hold.pk).update(**fields)
    except (DatabaseError, IntegrityError):
        return True
    return False


def test_the_database_takes_no_lifting_by_one_person_nor_by_nobody(
    waiting: Case, officer: User, approver: User
) -> None:
    hold = holds.place(case=waiting, actor=officer, reason=REASON)
    now = timezone.now()
    assert refused(hold, lifted_at=now)
    assert refused(hold, lifted_at=now, lifted_by=approver), "nobody asked"
    assert refused(hold, lifted_at=now, lifted_by=approver, lift_asked_by=officer, lift_asked_at=now), "in one breath"
    assert refused(hold, lifted_by=approver)
    assert refused(hold, placed_by=approver)
    holds.ask_to_lift(hold=hold, actor=officer, reason="settled")
    assert refused(hold, lifted_at=now)
    assert refused(hold, lifted_at=now, lifted_by=officer), "whoever asked"
    assert refused(hold, lifted_at=now, lifted_by=officer, lift_asked_by=approver), "the asker exchanged"
    assert refused(hold, lifted_at=now, lifted_by=officer, lift_asked_by=None, lift_asked_at=None)
    holds.lift(hold=hold, actor=approver)
    assert refused(hold, lifted_at=None, lifted_by=None), "what was lifted stays lifted"
    assert refused(hold, lifted_by=officer)
    with pytest.raises(DatabaseError), transaction.atomic():
        LegalHold.objects.filter(pk=hold.pk).delete()


def test_the_database_takes_no_hold_that_is_born_lifted_and_none_replaced(
    waiting: Case, officer: User, approver: User
) -> None:
    now = timezone.now()
    born: dict[str, Any] = {"case": waiting, "reason_sealed": b"x", "placed_by": officer, "placed_at": now}
    lifted = {"lift_asked_by": officer, "lift_asked_at": now, "lifted_by": approver, "lifted_at": now}
    with pytest.raises(DatabaseError), transaction.atomic():
        LegalHold.objects.create(**born, **lifted)
    hold = holds.place(case=waiting, actor=officer, reason=REASON)
    if database.vendor == "sqlite":
        replace = (
            "INSERT OR REPLACE INTO dsr_legalhold (id, case_id, reason_sealed, placed_by_id, placed_at,"
            " lift_reason_sealed) VALUES (%s, %s, x'00', %s, '2026-01-01', x'')"
        )
        with pytest.raises(DatabaseError), transaction.atomic(), database.cursor() as cursor:
            cursor.execute(replace, [hold.pk, waiting.pk, approver.pk])


def test_the_trail_has_each_step_and_no_word_of_the_reason(waiting: Case, officer: User, approver: User) -> None:
    hold = holds.place(case=waiting, actor=officer, reason=REASON)
    lift(hold, officer, approver)
    entries = AuditEntry.objects.filter(verb__startswith="hold_").order_by("sequence")
    assert [(entry.verb, entry.actor) for entry in entries] == [
        ("hold_begun", officer.staff_reference),
        ("hold_placed", officer.staff_reference),
        ("hold_lift_asked", officer.staff_reference),
        ("hold_lifted", approver.staff_reference),
    ]
    assert all(entry.facts == {"hold": hold.pk} for entry in entries[1:])
    assert REASON.encode() not in bytes(LegalHold.objects.get().reason_sealed)
    assert hold.reason == REASON


def test_an_access_request_under_a_hold_is_answered(officer: User, connection: Connection) -> None:
    case = prepared(file_case(officer, connection, kind=Kind.ACCESS), officer)
    holds.place(case=case, actor=officer, reason=REASON)
    closing.hand_over(case=case, actor=officer, how="in person")
    assert case.state == "completed"
    Document.objects.update(destroy_on=timezone.localdate())
    assert disposal.destroy_due() == 0


def test_what_a_ledger_orders_goes_despite_a_hold_of_the_backup(waiting: Case, officer: User) -> None:
    holds.place(case=waiting, actor=officer, reason=REASON)
    retention.purge(case=waiting, ordered_by_ledger=True)
    assert not CaseKey.objects.exists()
    assert not binding(waiting).exists()


def test_a_lifted_hold_can_not_be_lifted_or_kept_again(waiting: Case, officer: User, approver: User) -> None:
    hold = holds.place(case=waiting, actor=officer, reason=REASON)
    lift(hold, officer, approver)
    verbs: list[Callable[[], None]] = [
        lambda: holds.lift(hold=hold, actor=approver),
        lambda: holds.keep(hold=hold, actor=approver),
        lambda: holds.ask_to_lift(hold=hold, actor=officer, reason="again"),
    ]
    for verb in verbs:
        with pytest.raises(RuleBroken):
            verb()
