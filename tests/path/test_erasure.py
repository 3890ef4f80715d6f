"""The erasure, whole, over real HTTP against the sandbox."""

from __future__ import annotations

import pytest

from dsr import audit, storage
from dsr.connectors.segmetrics import Account
from dsr.exceptions import NeedsPerson, NotReady
from dsr.models import Answer, Case, Connection, Document, Phase, User
from dsr.services import approval, matching, preparation, resumption, review
from dsr.services.review import Choice
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import (
    add_tom,
    approve,
    decide_all,
    file_case,
    make_connection,
    prepared,
    reviewed,
    save_review,
    work,
)

pytestmark = pytest.mark.django_db


def finished(case: Case) -> Case:
    work()
    case.refresh_from_db()
    return case


def test_the_whole_path(sandbox: Sandbox, connection: Connection, officer: User, approver: User) -> None:
    case = prepared(file_case(officer, connection), officer)
    assert (case.state, sandbox.deletes()) == ("awaiting_approval", [])

    approve(case, approver)
    finished(case)

    assert (case.state, case.outcome) == ("completed", "erased")
    assert [(call.object, call.object_id) for call in sandbox.deletes()] == [
        ("invoice", "234115"),
        ("subscription", "7712"),
        ("contact", "1004"),
    ]
    assert not sandbox.contact_exists("int9", "1004")
    assert not sandbox.invoice_exists("int9", "234115")
    assert sandbox.contact_exists("int9", "2087"), "the other person with the same address stays"
    certificate = Document.objects.get(case=case, kind="certificate")
    assert storage.read(certificate).startswith(b"%PDF")
    assert audit.verify() is None


def test_an_address_that_leads_to_someone_ruled_out_is_inconclusive(
    connection: Connection, officer: User, approver: User
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    finished(case)
    answers = {row.identifier.kind: row.answer for row in case.lookups.filter(phase=Phase.VERIFY) if row.identifier}
    assert answers == {"email": Answer.INCONCLUSIVE, "external_id": Answer.NOTHING}


def test_nothing_is_deleted_before_export_evidence_and_approval(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    case = prepared(file_case(officer, connection), officer)
    plan = case.current_plan
    assert plan
    assert plan.export
    assert plan.evidence
    assert storage.is_intact(plan.export)
    (storage.root() / plan.export.path).write_bytes(b"")
    approve(case, approver)
    finished(case)
    assert (case.state, case.attention) == ("needs_attention", "files_damaged")
    assert sandbox.deletes() == []


def test_a_contact_nobody_looked_at_comes_back_to_a_person(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    sandbox.remove("contact", "2087")
    case = prepared(file_case(officer, connection), officer)
    add_tom(sandbox)
    approve(case, approver)
    finished(case)
    assert (case.state, case.attention) == ("needs_attention", "another_contact")
    assert not Document.objects.filter(case=case, kind="certificate").exists()

    stranger = case.candidates.get(contact_id="2087")
    assert stranger.decision == ""
    matching.decide(
        case=case, actor=officer, candidate=stranger, decision="other_person", reason="shared family address"
    )
    resumption.resume(case=case, actor=officer)
    finished(case)
    assert (case.state, case.outcome) == ("completed", "erased")
    assert sandbox.contact_exists("int9", "2087")


@pytest.mark.parametrize("kind", ["order", "subscription"])
def test_a_stranger_whose_order_has_an_address_as_its_id_can_be_ruled_out_here(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, kind: str
) -> None:
    """After the first delete the case can't be refused, so it mustn't depend on SegMetrics changing that id."""
    sandbox.remove("contact", "2087")
    case = prepared(file_case(officer, connection), officer)
    add_tom(sandbox)
    if kind == "order":
        sandbox.add_invoice(invoice_id="tom@example.com", contact_id="2087", amount=100)
    else:
        sandbox.add_subscription(subscription_id="tom@example.com", contact_id="2087")
    approve(case, approver)
    finished(case)
    assert (case.state, case.attention) == ("needs_attention", "another_contact")

    stranger = case.candidates.get(contact_id="2087")
    assert "tom@" not in str(stranger.summary["orders"] + stranger.summary["subscriptions"])
    matching.decide(case=case, actor=officer, candidate=stranger, decision="other_person", reason="shared address")
    resumption.resume(case=case, actor=officer)
    finished(case)
    assert (case.state, case.outcome) == ("completed", "erased")
    assert sandbox.contact_exists("int9", "2087")


def test_and_is_it_the_same_person_it_is_never_planned_under_another_name(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    sandbox.remove("contact", "2087")
    case = prepared(file_case(officer, connection), officer)
    add_tom(sandbox)
    sandbox.add_invoice(invoice_id="tom@example.com", contact_id="2087", amount=100)
    approve(case, approver)
    finished(case)
    decide_all(case, officer, same=("2087",))
    for _ in range(2):
        with pytest.raises(NotReady, match="e-mail address as its id"):
            resumption.resume(case=case, actor=officer)
    sandbox.remove("invoice", "tom@example.com")
    matching.search_again(case=case, actor=officer)
    finished(case)
    assert case.state == "matching", "once SegMetrics has changed it, it goes on"


def test_nothing_is_sent_to_be_deleted_under_such_a_name(sandbox: Sandbox, connection: Connection) -> None:
    with Account(connection) as account, pytest.raises(NeedsPerson) as question:
        account.delete(integration_id="int9", kind="invoice", object_id="address 0123456789ab")
    assert question.value.code == "address_as_id"
    assert sandbox.deletes() == []


def test_a_second_contact_of_the_same_person_needs_its_own_approval(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    sandbox.remove("contact", "2087")
    case = prepared(file_case(officer, connection), officer)
    sandbox.add_contact(contact_id="3001", email="linda.dare@example.com", first_name="Linda", last_name="D.")
    approve(case, approver)
    finished(case)
    assert case.attention == "another_contact"
    decide_all(case, officer, same=("3001",))
    resumption.resume(case=case, actor=officer)
    assert case.state == "review"
    assert sandbox.contact_exists("int9", "3001")

    save_review(case, officer)
    preparation.request(case=case, actor=officer)
    finished(case)
    assert case.state == "awaiting_approval"
    assert case.current_plan
    assert case.current_plan.contact_ids == ["3001"]
    approve(case, approver)
    finished(case)
    assert (case.state, case.outcome) == ("completed", "erased")
    assert not sandbox.contact_exists("int9", "3001")


@pytest.mark.parametrize("change", ["name", "order"])
def test_a_contact_that_changed_voids_the_approval(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, change: str
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    if change == "name":
        sandbox.rename_contact("1004", first_name="Melinda")
    else:
        sandbox.add_invoice(invoice_id="999", contact_id="1004", amount=100)
    finished(case)
    assert (case.state, case.attention) == ("needs_attention", "contact_changed")
    assert sandbox.deletes() == []
    assert case.current_plan is None

    matching.search_again(case=case, actor=officer)
    finished(case)
    assert case.state == "matching"
    undecided = [row.contact_id for row in case.candidates.filter(superseded=False, decision="")]
    assert undecided == (["1004"] if change == "name" else [])


def test_new_events_void_nothing_and_are_exported_too(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    sandbox.add_event(contact_id="1004", type="visit", date_created="2026-11-01 10:00:00")
    finished(case)
    assert case.state == "completed"
    assert Document.objects.filter(case=case, kind="supplement").count() == 1


def test_someone_already_gone_is_done_not_failed(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    for kind, object_id in (("contact", "1004"), ("invoice", "234115"), ("subscription", "7712")):
        sandbox.remove(kind, object_id)
    finished(case)
    assert (case.state, case.outcome) == ("completed", "erased")
    plan = case.plans.get()
    assert {line.step for line in plan.lines.all()} == {"already_gone"}


def test_a_kept_line_is_not_deleted_and_the_outcome_says_so(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    keep = Choice(decision="keep", exemption="17(3)(b)", reason="tax records")
    case = prepared(file_case(officer, connection), officer, id_234115=keep)
    approve(case, approver)
    finished(case)
    assert (case.state, case.outcome) == ("completed", "erased_in_part")
    assert sandbox.invoice_exists("int9", "234115")
    assert not sandbox.contact_exists("int9", "1004")


def test_in_a_second_integration_each_line_is_decided_by_a_person(
    sandbox: Sandbox, officer: User, approver: User
) -> None:
    sandbox.add_contact(
        contact_id="1004", integration="int12", email="other@example.com", first_name="Ole", last_name="Other"
    )
    connection = make_connection(sandbox, ("int9", "Webshop"), ("int12", "Courses"))
    case = reviewed(file_case(officer, connection), officer)
    plan = case.current_plan
    assert plan
    assert {line.decision for line in plan.lines.all()} == {""}

    choices = {
        line.pk: Choice(decision="delete")
        if line.integration_id == "int9"
        else Choice(decision="not_theirs", reason="the courses' 1004 is somebody else")
        for line in plan.lines.all()
    }
    review.save(case=case, actor=officer, ground="17(1)(b)", choices=choices)
    preparation.request(case=case, actor=officer)
    work()
    approve(case, approver)
    finished(case)
    # The id now leads to the other integration's 1004, whom nobody has looked at.
    assert (case.state, case.attention) == ("needs_attention", "another_contact")
    assert sandbox.contact_exists("int12", "1004")
    assert {call.integration for call in sandbox.deletes()} == {"int9"}


def test_sent_back_and_prepared_again(connection: Connection, officer: User, approver: User) -> None:
    case = prepared(file_case(officer, connection), officer)
    approval.send_back(case=case, actor=approver, reason="keep the invoice")
    assert case.state == "review"
    assert case.current_plan
    assert case.current_plan.number == 2
    assert case.current_plan.ground == "17(1)(a)"
