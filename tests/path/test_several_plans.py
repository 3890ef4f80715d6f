"""A case may go through review more than once: nothing of an earlier plan is forgotten, or carried over by mistake."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.utils import timezone

from dsr import storage
from dsr.connectors import segmetrics
from dsr.models import Approval, Connection, Document, StepState, User
from dsr.services import closing, disposal, matching, preparation, resumption, retention, review, users
from dsr.services.review import Choice
from dsr.states import Kind
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import (
    approve,
    decide_all,
    file_case,
    grant_all,
    prepared,
    processing_record,
    reviewed,
    save_review,
    work,
)
from tests.path.driving import carried_out
from tests.path.test_several_integrations import certificate_of

pytestmark = pytest.mark.django_db
KEEP = Choice(decision="keep", exemption="17(3)(b)", reason="tax records")


def test_what_the_first_plan_kept_stands_on_the_certificate_of_the_second(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    case = prepared(file_case(officer, connection), officer, id_234115=KEEP)
    sandbox.add_contact(contact_id="3001", email="linda.dare@example.com", first_name="Linda", last_name="D.")
    sandbox.prefer_for_email("linda.dare@example.com", "3001")
    approve(case, approver)
    work()
    case.refresh_from_db()
    assert case.attention == "another_contact"
    decide_all(case, officer, same=("3001",))
    resumption.resume(case=case, actor=officer)
    save_review(case, officer)
    carried_out(case, officer, approver)
    assert (case.state, case.outcome) == ("completed", "erased_in_part")
    certificate = certificate_of(case)
    assert "234115" in certificate
    assert "Plan 1 of this case" in certificate


@pytest.mark.parametrize("reopened", [False, True])
def test_an_approver_who_lost_the_account_meanwhile_approves_nothing(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    administrator: User,
    second_administrator: User,
    reopened: bool,
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    users.deactivate(actor=administrator, user=approver)
    if reopened:
        users.reactivate(actor=administrator, user=approver, reason="back from leave")
        grant_all(second_administrator)
        approver.refresh_from_db()
        assert approver.is_active
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "approval_void")
    assert sandbox.deletes() == []


@pytest.mark.parametrize("change", ["approver", "connection"])
def test_the_approval_is_asked_again_before_every_step(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    administrator: User,
    monkeypatch: pytest.MonkeyPatch,
    change: str,
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    delete = segmetrics.Account.delete

    def delete_then_change(self: segmetrics.Account, **what: Any) -> StepState:
        deleted = delete(self, **what)
        if change == "approver":
            users.deactivate(actor=administrator, user=approver)
        else:
            Connection.objects.update(revision=connection.revision + 1)
        return deleted

    monkeypatch.setattr(segmetrics.Account, "delete", delete_then_change)
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "approval_void")
    assert len(sandbox.deletes()) == 1


def test_nothing_learnt_from_a_contact_that_was_ruled_out_reaches_the_package_or_the_search(
    sandbox: Sandbox, connection: Connection, officer: User
) -> None:
    sandbox.add_contact(contact_id="5555", email="tom.private@example.com", first_name="Tom", last_name="Secret")
    case = file_case(officer, connection, kind=Kind.ACCESS, external_ids=["5555"])
    reviewed(case, officer, same=("1004", "5555"))
    matching.search_again(case=case, actor=officer)
    work()
    case.refresh_from_db()
    tom = case.candidates.get(contact_id="5555")
    matching.decide(case=case, actor=officer, candidate=tom, decision="other_person", reason="a mistake")
    review.open_review(case=case, actor=officer)
    processing_record(connection, by=officer)
    preparation.request(case=case, actor=officer)
    work()
    package = zipfile.ZipFile(io.BytesIO(storage.read(Document.objects.get(case=case, kind="export"))))
    assert [name for name in package.namelist() if b"tom.private" in package.read(name)] == []
    assert "tom.private@example.com" not in [row.value for row in case.known_identifiers]


def test_an_export_of_a_withdrawn_case_gets_its_day_and_is_destroyed_on_it(
    connection: Connection, officer: User
) -> None:
    case = prepared(file_case(officer, connection), officer)
    closing.withdraw(case=case, actor=officer, reason="changed her mind")
    export = Document.objects.get(case=case, kind="export")
    assert export.destroy_on == retention.last_day()
    Document.objects.filter(pk=export.pk).update(destroy_on=timezone.localdate())
    assert disposal.destroy_due() == 1
    assert not (storage.root() / export.path).exists()
    assert Approval.objects.count() == 0
