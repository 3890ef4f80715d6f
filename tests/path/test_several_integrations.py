"""Reads span the account, deletes don't: where that could hit or hide somebody, a person is asked or told."""

from __future__ import annotations

import pytest

from dsr import storage
from dsr.evidence.records import Drawn
from dsr.exceptions import NotReady
from dsr.models import Case, Connection, Document, User
from dsr.services import closing, matching, preparation, resumption, returns, review
from dsr.services.review import Choice
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, decide_all, file_case, make_connection, prepared, reviewed, work
from tests.evidence.reading import text_of
from tests.path.driving import carried_out, draw_nothing
from tests.services.test_returns import come_back

pytestmark = pytest.mark.django_db
DELETE = Choice(decision="delete")
NOT_THEIRS = Choice(decision="not_theirs", reason="somebody else there")
KEEP = Choice(decision="keep", exemption="17(3)(b)", reason="tax records")


@pytest.fixture
def both(sandbox: Sandbox, db: None) -> Connection:
    return make_connection(sandbox, ("int9", "Webshop"), ("int12", "Courses"))


def decided(case: Case, officer: User, **by_integration: Choice) -> Case:
    """Reviewed with one choice for each integration; `contact_int12=` overrides it for the contact's own line."""
    reviewed(case, officer)
    plan = case.current_plan
    assert plan
    choices = {
        line.pk: by_integration.get(f"{line.object}_{line.integration_id}", by_integration[line.integration_id])
        for line in plan.lines.all()
    }
    review.save(case=case, actor=officer, ground="17(1)(a)", choices=choices)
    return case


def add_her_to_the_other(sandbox: Sandbox, date_created: str) -> None:
    sandbox.add_contact(
        contact_id="1004",
        integration="int12",
        email="linda.dare@example.com",
        first_name="Linda",
        last_name="Dare",
        date_created=date_created,
    )


def certificate_of(case: Case) -> str:
    pdf = storage.read(Document.objects.get(case=case, kind="certificate"))
    return text_of(Drawn(pdf=pdf, pages=0, sha256=""))


def test_the_same_id_of_somebody_else_is_not_deleted_though_its_line_says_so(
    sandbox: Sandbox, both: Connection, officer: User, approver: User
) -> None:
    sandbox.add_contact(
        contact_id="1004", integration="int12", email="ole@example.com", first_name="Ole", last_name="Other"
    )
    case = prepared(file_case(officer, both), officer)
    approve(case, approver)
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "contact_changed")
    assert sandbox.contact_exists("int12", "1004")
    assert not sandbox.contact_exists("int9", "1004")

    # A person rules him out; what was deleted before is looked up once more, and certified.
    matching.search_again(case=case, actor=officer)
    work()
    case.refresh_from_db()
    ole = case.candidates.get(contact_id="1004", superseded=False)
    assert ole.decision == ""
    matching.decide(case=case, actor=officer, candidate=ole, decision="other_person", reason="another name")
    review.open_review(case=case, actor=officer)
    closing.look_again(case=case, actor=officer)
    work()
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("completed", "erased_in_part")
    assert "approved for deletion, but this case did not delete it" in certificate_of(case)
    assert sandbox.contact_exists("int12", "1004")


def test_what_was_learnt_from_a_deleted_contact_stays_hers_though_somebody_else_has_her_id(
    sandbox: Sandbox, both: Connection, officer: User, approver: User
) -> None:
    sandbox.add_contact(
        contact_id="1004", integration="int12", email="ole@example.com", first_name="Ole", last_name="Other"
    )
    born = sandbox.state()["contacts"][0]["date_created"]
    case = prepared(file_case(officer, both, emails=[], external_ids=["1004"]), officer)
    approve(case, approver)
    work()
    matching.search_again(case=case, actor=officer)
    work()
    case.refresh_from_db()
    ole = case.candidates.get(contact_id="1004", superseded=False)
    matching.decide(case=case, actor=officer, candidate=ole, decision="other_person", reason="another name")
    assert "linda.dare@example.com" in [row.value for row in case.known_identifiers]

    # Whoever looks like her again, after her contact was attempted to be deleted, is looked at anew.
    sandbox.remove("contact", "1004", integration="int12")
    add_her_to_the_other(sandbox, born)
    matching.search_again(case=case, actor=officer)
    work()
    assert case.candidates.get(contact_id="1004", superseded=False).decision == ""


def test_the_return_of_a_contact_that_was_not_theirs_in_one_integration_and_deleted_in_another_is_told(
    sandbox: Sandbox, both: Connection, officer: User, approver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_nothing(monkeypatch)
    case = decided(file_case(officer, both), officer, int9=DELETE, int12=NOT_THEIRS)
    carried_out(case, officer, approver)
    assert (case.state, case.outcome) == ("completed", "erased")
    come_back(sandbox, contact_id="1004")
    returns.watch_all()
    assert case.returned.get().contact_id == "1004"


def test_a_contact_that_was_kept_in_one_integration_is_no_return(
    sandbox: Sandbox, both: Connection, officer: User, approver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_nothing(monkeypatch)
    case = decided(file_case(officer, both), officer, int9=DELETE, int12=DELETE, contact_int12=KEEP)
    carried_out(case, officer, approver)
    come_back(sandbox, contact_id="1004")
    returns.watch_all()
    assert not case.returned.exists()


def test_a_delete_that_did_nothing_is_seen_though_another_integration_is_not_theirs(
    sandbox: Sandbox, both: Connection, officer: User, approver: User
) -> None:
    case = decided(file_case(officer, both), officer, int9=DELETE, int12=NOT_THEIRS)
    sandbox.fault("lying", method="DELETE", object="invoice", times=1)
    carried_out(case, officer, approver)
    assert (case.state, case.attention) == ("needs_attention", "still_there")
    resumption.resume(case=case, actor=officer)
    work()
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("completed", "erased")
    assert not sandbox.invoice_exists("int9", "234115")


def test_a_contact_kept_in_one_integration_answers_on_and_the_certificate_says_what_that_hides(
    sandbox: Sandbox, both: Connection, officer: User, approver: User
) -> None:
    add_her_to_the_other(sandbox, sandbox.state()["contacts"][0]["date_created"])
    case = decided(file_case(officer, both), officer, int9=DELETE, int12=NOT_THEIRS, contact_int12=KEEP)
    carried_out(case, officer, approver)
    assert (case.state, case.outcome) == ("completed", "erased_in_part")
    assert "can't show that the first is gone" in certificate_of(case)
    assert sandbox.contact_exists("int12", "1004")
    assert case.candidates.get(contact_id="1004").erased_at is None, "it is there, so no page calls it deleted"


def test_what_was_kept_stays_kept_when_another_contact_comes_up_after_the_deletion(
    sandbox: Sandbox, both: Connection, officer: User, approver: User
) -> None:
    linda = {"first_name": "Linda", "last_name": "Dare"}
    there_since = sandbox.state()["contacts"][0]["date_created"]
    sandbox.add_contact(
        contact_id="1004", integration="int12", email="linda.dare@example.com", date_created=there_since, **linda
    )
    case = file_case(officer, both, emails=["linda.dare@example.com", "second@example.com"])
    decided(case, officer, int9=DELETE, int12=NOT_THEIRS, contact_int12=KEEP)
    preparation.request(case=case, actor=officer)
    work()
    case.refresh_from_db()
    approve(case, approver)
    sandbox.add_contact(contact_id="5000", email="second@example.com", date_created="2020-01-01 00:00:00", **linda)
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "another_contact")

    decide_all(case, officer, same=("5000",))
    resumption.resume(case=case, actor=officer)
    case.refresh_from_db()
    plan = case.current_plan
    assert plan
    kept = {(row.integration_id, row.object, row.object_id, row.decision) for row in plan.lines.all()}
    assert ("int12", "contact", "1004", "keep") in kept
    assert ("int9", "contact", "1004") not in {row[:3] for row in kept}, "it is deleted there already"


def test_a_confirmed_contact_belongs_somewhere(both: Connection, officer: User) -> None:
    case = decided(
        file_case(officer, both),
        officer,
        int9=DELETE,
        int12=NOT_THEIRS,
        contact_int9=NOT_THEIRS,
    )
    with pytest.raises(NotReady, match="in every integration"):
        preparation.request(case=case, actor=officer)


def test_an_id_that_cannot_stand_in_a_delete_call_is_told_before_anything_is_deleted(
    sandbox: Sandbox, connection: Connection, officer: User
) -> None:
    sandbox.add_invoice(invoice_id="INV/17", contact_id="1004", amount=100)
    case = decided(file_case(officer, connection), officer, int9=DELETE)
    with pytest.raises(NotReady, match="INV/17"):
        preparation.request(case=case, actor=officer)
    assert sandbox.deletes() == []
