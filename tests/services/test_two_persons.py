"""Two persons, at two levels: the service refuses whoever had a hand in the case, and so does the database itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, transaction
from django.db import connection as database
from django.utils import timezone

from dsr import storage
from dsr.exceptions import InvalidInput, NotAllowed, StaleView, WrongState
from dsr.models import Approval, AuditEntry, Case, CaseActor, Connection, Document, LetterKind, Plan, PlanLine, User
from dsr.permissions import Role, eligible_approvers
from dsr.services import (
    approval,
    closing,
    connections,
    extension,
    identity,
    matching,
    preparation,
    resumption,
    review,
    transition,
    users,
)
from dsr.services.intake import add_identifier
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, make_user, prepared, record_processing, save_review, work
from tests.path.driving import draw_nothing, tom_answers_after_the_deletion
from tests.services.letter_cases import send

pytestmark = pytest.mark.django_db

ACTS = ["filer", "asker", "confirmer", "decider", "opener", "reviewer", "preparer"]


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)


@pytest.fixture
def crew(db: None) -> dict[str, User]:
    """For each act a person of their own, all of whom are approvers too."""
    return {act: make_user(f"{act}@example.com", act.title(), Role.PRIVACY_OFFICER, Role.APPROVER) for act in ACTS}


@pytest.fixture
def case(crew: dict[str, User], connection: Connection) -> Case:
    """A case on which each of the crew did one thing; it waits for its approval."""
    case = file_case(crew["filer"], connection)
    identity.ask(case=case, actor=crew["asker"])
    identity.confirm(case=case, actor=crew["confirmer"], method="known_facts")
    work()
    for candidate in case.candidates.all():
        decision = "same_person" if candidate.contact_id == "1004" else "other_person"
        matching.decide(case=case, actor=crew["decider"], candidate=candidate, decision=decision, reason="order number")
    review.open_review(case=case, actor=crew["opener"])
    save_review(case, crew["reviewer"])
    preparation.request(case=case, actor=crew["preparer"])
    work()
    case.refresh_from_db()
    assert case.state == "awaiting_approval"
    return case


def plan_of(case: Case) -> Plan:
    plan = case.current_plan
    assert plan
    return plan


def insert_raw(case: Case, **changes: Any) -> None:
    """An approval past every line of Python: straight SQL."""
    plan = plan_of(case)
    row = {
        "case_id": case.pk,
        "plan_id": plan.pk,
        "approver_id": None,
        "fingerprint": plan.fingerprint,
        "account_digest": "0" * 64,
        "approved_at": timezone.now(),
        "deletes_from": timezone.now(),
        "voided_at": None,
    } | changes
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO dsr_approval ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})",
            list(row.values()),
        )


def delete_past_django(user: User) -> None:
    """Straight SQL; both databases defer this check to the commit, so it is asked for."""
    with database.cursor() as cursor:
        cursor.execute("DELETE FROM dsr_user WHERE id = %s", [user.pk])
    database.check_constraints()


def run_sql(sql: str, *params: Any) -> None:
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute(sql, params)


@pytest.mark.parametrize("act", ACTS)
def test_whoever_had_a_hand_in_the_case_is_refused_by_the_service(
    case: Case, crew: dict[str, User], sandbox: Sandbox, act: str
) -> None:
    before = AuditEntry.objects.count()
    with pytest.raises(NotAllowed, match="second person"):
        approve(case, crew[act])
    case.refresh_from_db()
    assert case.state == "awaiting_approval"
    assert AuditEntry.objects.count() == before
    work()
    assert sandbox.deletes() == []


@pytest.mark.parametrize("act", ACTS)
def test_and_by_the_database(case: Case, crew: dict[str, User], act: str) -> None:
    plan = plan_of(case)
    with pytest.raises(DatabaseError, match="had a hand"), transaction.atomic():
        Approval.objects.create(
            case=case,
            plan=plan,
            approver=crew[act],
            fingerprint=plan.fingerprint,
            approved_at=timezone.now(),
            deletes_from=timezone.now(),
        )
    with pytest.raises(DatabaseError, match="had a hand"):
        insert_raw(case, approver_id=crew[act].pk)
    assert not Approval.objects.exists()


def test_the_filer_stays_barred_even_where_the_row_that_says_so_is_missing(
    connection: Connection, officer: User, approver: User
) -> None:
    """The case itself names its filer, and the plan its preparer: no single row is the only witness."""
    case = prepared(file_case(officer, connection), officer)
    Case.objects.filter(pk=case.pk).update(filed_by=approver)
    with pytest.raises(NotAllowed):
        approve(case, approver)
    with pytest.raises(DatabaseError, match="had a hand"):
        insert_raw(case, approver_id=approver.pk)


def test_a_second_person_may_approve_raw_rows_fit_the_same_rules(case: Case, approver: User) -> None:
    """The refusals above come from the rule, not from a broken statement."""
    insert_raw(case, approver_id=approver.pk)
    assert Approval.objects.get().approver == approver


def test_nobody_is_no_second_person(case: Case) -> None:
    with pytest.raises(DatabaseError):
        insert_raw(case, approver_id=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        Approval.objects.create(
            case=case,
            plan=plan_of(case),
            approver_id=None,  # type: ignore[misc]
            fingerprint=plan_of(case).fingerprint,
            approved_at=timezone.now(),
            deletes_from=timezone.now(),
        )


def test_an_approval_of_something_else_is_refused_by_the_database(
    case: Case, approver: User, crew: dict[str, User]
) -> None:
    other = prepared(file_case(crew["filer"], case.connection), crew["filer"])
    for changes in (
        {"fingerprint": "f" * 64},
        {"fingerprint": ""},
        {"plan_id": plan_of(other).pk},
        {"case_id": other.pk},
    ):
        with pytest.raises(DatabaseError, match="fit the plan"):
            insert_raw(case, approver_id=approver.pk, **changes)
    Plan.objects.filter(pk=plan_of(other).pk).update(voided_at=timezone.now())
    with pytest.raises(DatabaseError, match="fit the plan"):
        insert_raw(case, approver_id=approver.pk, plan_id=other.plans.get().pk, case_id=other.pk)


def test_a_plan_without_export_or_evidence_cannot_be_approved(case: Case, approver: User) -> None:
    for missing in ("export", "evidence"):
        with transaction.atomic():
            Plan.objects.filter(case=case).update(**{missing: None})
            with pytest.raises(DatabaseError, match="fit the plan"):
                insert_raw(case, approver_id=approver.pk)
            with pytest.raises(StaleView):
                approve(case, approver)
            transaction.set_rollback(True)


def test_an_approval_cannot_be_rewritten_or_removed(case: Case, approver: User, crew: dict[str, User]) -> None:
    third = make_user("third@example.com", "Third Person", Role.APPROVER)
    approve(case, approver)
    for column, value in (
        ("approver_id", third.pk),
        ("fingerprint", "f" * 64),
        ("approved_at", timezone.now()),
        ("deletes_from", timezone.now()),
        ("case_id", case.pk + 1),
    ):
        with pytest.raises(DatabaseError, match="only be voided"):
            run_sql(f"UPDATE dsr_approval SET {column} = %s", value)
    with pytest.raises(DatabaseError, match="only be voided"):
        run_sql("DELETE FROM dsr_approval")
    with pytest.raises(DatabaseError, match="only be voided"), transaction.atomic():
        Approval.objects.all()._raw_delete(Approval.objects.db)
    assert Approval.objects.get().approver == approver


def test_a_voided_approval_stays_void(case: Case, approver: User) -> None:
    approve(case, approver)
    Approval.objects.update(voided_at=timezone.now())
    with pytest.raises(DatabaseError, match="only be voided"), transaction.atomic():
        Approval.objects.update(voided_at=None)


def test_who_had_a_hand_cannot_be_forgotten(case: Case, crew: dict[str, User], approver: User) -> None:
    for sql, params in (
        ("DELETE FROM dsr_caseactor WHERE user_id = %s", [crew["filer"].pk]),
        (f"UPDATE dsr_caseactor SET user_id = {approver.pk} WHERE user_id = %s", [crew["filer"].pk]),
    ):
        with pytest.raises(DatabaseError, match="cannot be changed"):
            run_sql(sql, *params)
    with pytest.raises(DatabaseError), transaction.atomic():
        CaseActor.objects.all().delete()
    assert CaseActor.objects.filter(user=crew["filer"]).exists()


def test_people_who_acted_cannot_be_deleted(case: Case, crew: dict[str, User]) -> None:
    for user in crew.values():
        with pytest.raises(DatabaseError), transaction.atomic():
            delete_past_django(user)


def test_a_superuser_is_nobody_here(case: Case) -> None:
    root = make_user("root@example.com", "Root", is_superuser=True)
    assert root.has_perm("dsr.anything")
    with pytest.raises(NotAllowed):
        approve(case, root)
    with pytest.raises(NotAllowed):
        file_case(root, case.connection)
    with pytest.raises(NotAllowed):
        approval.send_back(case=case, actor=root, reason="no")
    with pytest.raises(NotAllowed):
        users.set_roles(actor=root, user=root, roles=[Role.APPROVER])


@pytest.mark.parametrize("role", [Role.PRIVACY_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_another_role_does_not_approve(case: Case, role: Role) -> None:
    someone = make_user("someone@example.com", "Someone", role)
    with pytest.raises(NotAllowed):
        approve(case, someone)


def test_a_closed_account_does_not_approve(case: Case, approver: User) -> None:
    approver.is_active = False
    approver.save()
    with pytest.raises(NotAllowed):
        approve(case, approver)
    assert approver not in eligible_approvers(case)


def test_who_could_approve_is_known_beforehand(case: Case, approver: User) -> None:
    assert eligible_approvers(case) == [approver]


def test_nobody_gives_themselves_a_role(administrator: User) -> None:
    with pytest.raises(NotAllowed):
        users.set_roles(actor=administrator, user=administrator, roles=[Role.APPROVER, Role.ADMINISTRATOR])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("linda.dare@example.com", "contact id, not the e-mail address"),
        ("1004 2087", "Type exactly: 1004"),
        ("2087", "Type exactly: 1004"),
        ("", "Type exactly: 1004"),
        ("１００４", "Type exactly: 1004"),
    ],
)
def test_the_ids_typed_must_be_those_of_the_plan(case: Case, approver: User, typed: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as refused:
        approval.approve(case=case, actor=approver, typed_ids=typed, fingerprint=plan_of(case).fingerprint)
    assert refused.value.field == "typed_ids"
    assert "@" not in str(refused.value)
    case.refresh_from_db()
    assert case.state == "awaiting_approval"


def test_what_was_shown_is_what_is_approved(case: Case, approver: User, crew: dict[str, User]) -> None:
    shown = plan_of(case).fingerprint
    approval.send_back(case=case, actor=approver, reason="look again")
    save_review(case, crew["reviewer"])
    preparation.request(case=case, actor=crew["preparer"])
    work()
    for fingerprint in (shown, "", "f" * 64):
        with pytest.raises(StaleView):
            approval.approve(case=case, actor=approver, typed_ids="1004", fingerprint=fingerprint)


def test_a_plan_that_no_longer_fits_is_sent_back(case: Case, approver: User, administrator: User) -> None:
    _edit_connection(case, approver, administrator)
    with pytest.raises(StaleView, match="Send the case back"):
        approve(case, approver)
    approval.send_back(case=case, actor=approver, reason="the connection was edited")
    case.refresh_from_db()
    assert case.state == "review"


def test_twice_is_once(case: Case, approver: User) -> None:
    shown = plan_of(case).fingerprint
    second = make_user("second@example.com", "Second Approver", Role.APPROVER)
    approve(case, approver)
    with pytest.raises(WrongState):
        approval.approve(case=case, actor=second, typed_ids="1004", fingerprint=shown)
    assert case.jobs.filter(kind="erase").count() == 1


def _deactivate(case: Case, approver: User, administrator: User) -> None:
    users.deactivate(actor=administrator, user=approver)


def _take_role(case: Case, approver: User, administrator: User) -> None:
    users.set_roles(actor=administrator, user=approver, roles=[])


def _edit_connection(case: Case, approver: User, administrator: User) -> None:
    connection = Connection.objects.get()
    rows = [(row.integration_id, row.label) for row in connection.integrations.all()]
    connections.save(actor=administrator, connection=connection, api_key=None, integrations=rows)


def _edit_connection_in_the_database(case: Case, approver: User, administrator: User) -> None:
    Connection.objects.update(account_id="acme2")


def _make_the_approver_an_actor(case: Case, approver: User, administrator: User) -> None:
    CaseActor.objects.create(case=case, user=approver, act="decided", at=timezone.now())


def _other_id_in_a_line(case: Case, approver: User, administrator: User) -> None:
    PlanLine.objects.filter(object="contact").update(object_id="2087")


def _keep_a_line(case: Case, approver: User, administrator: User) -> None:
    PlanLine.objects.filter(object="invoice").update(decision="keep", exemption="17(3)(b)")


def _one_line_more(case: Case, approver: User, administrator: User) -> None:
    line = PlanLine.objects.get(object="contact")
    line.pk, line.object_id, line.position = None, "2087", 99
    line.save()


def _other_ground(case: Case, approver: User, administrator: User) -> None:
    Plan.objects.update(ground="17(1)(f)")


def _one_identifier_more(case: Case, approver: User, administrator: User) -> None:
    add_identifier(case=case, kind="email", value="someone.else@example.com")


def _file(case: Case, kind: str) -> Any:
    return storage.root() / Document.objects.get(case=case, kind=kind).path


def _change_export(case: Case, approver: User, administrator: User) -> None:
    path = _file(case, "export")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


def _cut_export(case: Case, approver: User, administrator: User) -> None:
    path = _file(case, "export")
    path.write_bytes(path.read_bytes()[:-30])


def _lose_export(case: Case, approver: User, administrator: User) -> None:
    _file(case, "export").unlink()


def _lose_evidence(case: Case, approver: User, administrator: User) -> None:
    _file(case, "evidence").unlink()


def _swap_files(case: Case, approver: User, administrator: User) -> None:
    export, evidence = _file(case, "export"), _file(case, "evidence")
    content = export.read_bytes()
    export.write_bytes(evidence.read_bytes())
    evidence.write_bytes(content)


VOIDED_BY: list[tuple[Callable[[Case, User, User], None], str]] = [
    (_deactivate, "approval_void"),
    (_take_role, "approval_void"),
    (_edit_connection, "approval_void"),
    (_edit_connection_in_the_database, "approval_void"),
    (_make_the_approver_an_actor, "approval_void"),
    (_other_id_in_a_line, "approval_void"),
    (_keep_a_line, "approval_void"),
    (_one_line_more, "approval_void"),
    (_other_ground, "approval_void"),
    (_one_identifier_more, "approval_void"),
    (_change_export, "files_damaged"),
    (_cut_export, "files_damaged"),
    (_lose_export, "files_damaged"),
    (_lose_evidence, "files_damaged"),
    (_swap_files, "files_damaged"),
]


@pytest.mark.parametrize(("event", "told"), VOIDED_BY, ids=[event.__name__.strip("_") for event, _ in VOIDED_BY])
def test_what_happens_after_the_approval_voids_it_and_there_is_a_way_on(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    administrator: User,
    event: Callable[[Case, User, User], None],
    told: str,
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    event(case, approver, administrator)

    work()

    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", told)
    assert sandbox.deletes() == []
    assert not Approval.objects.filter(voided_at=None).exists()

    Connection.objects.update(account_id="acme1")
    resumption.back_to_review(case=case, actor=officer)
    save_review(case, officer)
    preparation.request(case=case, actor=officer)
    work()
    case.refresh_from_db()
    approve(case, make_user("third@example.com", "Third Person", Role.APPROVER))
    work()
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("completed", "erased")
    assert not sandbox.contact_exists("int9", "1004")
    assert sandbox.contact_exists("int9", "2087")


def test_an_approver_who_then_decides_is_no_second_person_any_more(
    sandbox: Sandbox, connection: Connection, officer: User
) -> None:
    both = make_user("both@example.com", "Both Roles", Role.PRIVACY_OFFICER, Role.APPROVER)
    case = tom_answers_after_the_deletion(sandbox, connection, officer, both)
    stranger = case.candidates.get(contact_id="2087")
    with pytest.raises(NotAllowed):
        matching.decide(case=case, actor=both, candidate=stranger, decision="other_person", reason="another one")


def right_before_the_locks(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let somebody else's act be committed just before the approval takes its locks."""
    locked = transition.locked

    def act_then_lock(case_id: int) -> Case:
        monkeypatch.setattr(approval, "locked", locked)
        act()
        return locked(case_id)

    monkeypatch.setattr(approval, "locked", act_then_lock)


def test_a_role_that_is_taken_while_the_page_is_open_is_read_after_the_lock(
    case: Case, approver: User, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    right_before_the_locks(
        monkeypatch, lambda: users.set_roles(actor=administrator, user=User.objects.get(pk=approver.pk), roles=[])
    )

    with pytest.raises(NotAllowed, match="Approver"):
        approve(case, approver)

    assert not Approval.objects.exists()


def test_an_account_that_is_closed_meanwhile_approves_nothing(case: Case, approver: User, administrator: User) -> None:
    """The person of the request was read when it came in."""
    users.deactivate(actor=administrator, user=User.objects.get(pk=approver.pk))

    with pytest.raises(NotAllowed):
        approve(case, approver)

    assert not Approval.objects.exists()


@pytest.mark.parametrize("act", ["letter", "extension"])
def test_whoever_approved_does_nothing_else_in_the_case_until_it_is_done(
    case: Case, crew: dict[str, User], approver: User, administrator: User, act: str
) -> None:
    """It would take the second person from the deletion, between two of its steps."""
    record_processing(case.connection, administrator)
    approver.groups.add(Group.objects.get(name=Role.PRIVACY_OFFICER))
    approve(case, approver)

    def do(actor: User) -> None:
        if act == "letter":
            send(case, actor, LetterKind.ACKNOWLEDGEMENT)
        else:
            extension.extend(case=case, actor=actor, reason="many requests")

    with pytest.raises(NotAllowed, match="You approved what is to be done"):
        do(approver)
    do(crew["filer"])
    work()
    case.refresh_from_db()
    assert case.state == "completed"
    send(case, approver, LetterKind.COMPLETION)


def test_whoever_approved_may_still_refuse_as_an_officer(case: Case, approver: User, sandbox: Sandbox) -> None:
    approver.groups.add(Group.objects.get(name=Role.PRIVACY_OFFICER))
    approve(case, approver)
    sandbox.fault("status", status=401, times=None)
    work()
    case.refresh_from_db()
    closing.refuse(case=case, actor=approver, ground="excessive", reason="the fifth this week")
    assert case.state == "refused"
