"""The access request: the same path to the package, without the delete; and the other ways in which a case ends."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from dsr import audit, storage
from dsr.connectors.segmetrics import Account
from dsr.exceptions import InvalidInput, NotReady, RuleBroken, WrongState
from dsr.models import AuditEntry, Case, Connection, Document, Job, Reason, User
from dsr.services import approval, closing, disclosure, identity, matching, preparation, resumption, review
from dsr.states import Kind
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import add_linda, approve, decide_all, file_case, prepared, reviewed, save_review, work

pytestmark = pytest.mark.django_db


def test_from_the_request_to_the_package_handed_over(sandbox: Sandbox, connection: Connection, officer: User) -> None:
    before = sandbox.state()
    case = prepared(file_case(officer, connection, kind=Kind.ACCESS), officer)
    assert case.state == "ready"
    plan = case.current_plan
    assert plan
    assert plan.lines.count() == 0
    assert plan.export
    assert plan.evidence

    disclosure.opened(document=plan.export, actor=officer, download=True)
    with zipfile.ZipFile(io.BytesIO(storage.read(plan.export))) as package:
        assert package.testzip() is None
        raw = json.loads(package.read("raw/contact-1004.json"))
        assert raw["data"]["email"] == "linda.dare@example.com"
        assert len(raw["data"]["orders"]) == 1
        assert not [name for name in package.namelist() if "2087" in name], "Tom's data is not Linda's"
    assert storage.read(plan.evidence).startswith(b"%PDF")

    closing.hand_over(case=case, actor=officer, how="encrypted mail, password by phone")
    assert (case.state, case.outcome) == ("completed", "handed_over")
    assert case.closed_at
    assert sandbox.deletes() == []
    assert sandbox.state() == before
    assert not Document.objects.filter(case=case, kind="certificate").exists(), "the worker draws it"
    work()
    assert Document.objects.filter(case=case, kind="certificate").count() == 1
    story = list(AuditEntry.objects.filter(case=case.reference).values_list("verb", flat=True))
    assert story == [
        "filed",
        "finish_search",
        "identity_confirmed",
        "candidate_decided",
        "candidate_decided",
        "open_review",
        "review_saved",
        "prepare",
        "export_finished",
        "finish_preparing",
        "package_made",
        "document_downloaded",
        "hand_over",
        "closing_record_issued",
    ]
    assert audit.verify() is None


def test_an_access_case_can_not_be_approved_or_erased(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User
) -> None:
    case = prepared(file_case(officer, connection, kind=Kind.ACCESS), officer)
    with pytest.raises(RuleBroken):
        approve(case, approver)
    case.refresh_from_db()
    assert case.state == "ready"
    assert not Job.objects.filter(case=case, kind="erase").exists()


def test_a_package_is_made_anew_after_a_second_look(connection: Connection, officer: User) -> None:
    case = prepared(file_case(officer, connection, kind=Kind.ACCESS), officer)
    resumption.back_to_review(case=case, actor=officer)
    assert case.state == "review"
    save_review(case, officer)
    preparation.request(case=case, actor=officer)
    work()
    case.refresh_from_db()
    assert case.state == "ready"
    assert Document.objects.filter(case=case, kind="export").count() == 2


@pytest.mark.parametrize("kind", list(Kind))
def test_nobody_found_is_said_of_the_account_only(
    sandbox: Sandbox, connection: Connection, officer: User, kind: Kind
) -> None:
    sandbox.reset()
    case = reviewed(file_case(officer, connection, kind=kind), officer)
    assert case.candidates.count() == 0
    with pytest.raises(NotReady, match="nothing to prepare"):
        preparation.request(case=case, actor=officer)
    closing.nothing_found(case=case, actor=officer)
    assert (case.state, case.outcome) == ("completed", "nothing_found")
    assert sandbox.deletes() == []
    assert {row.answer for row in case.lookups.all()} == {"nothing"}


def test_only_other_people_found_is_nobody_found(connection: Connection, officer: User) -> None:
    case = reviewed(file_case(officer, connection), officer, same=())
    closing.nothing_found(case=case, actor=officer)
    assert (case.state, case.outcome) == ("completed", "nothing_found")


def test_nobody_found_can_not_be_said_of_somebody_found(connection: Connection, officer: User) -> None:
    case = reviewed(file_case(officer, connection), officer)
    with pytest.raises(NotReady, match="data was found"):
        closing.nothing_found(case=case, actor=officer)
    case.refresh_from_db()
    assert case.state == "review"


def test_a_refusal_needs_its_ground_and_its_reasons(connection: Connection, officer: User) -> None:
    case = file_case(officer, connection)
    with pytest.raises(WrongState):
        closing.refuse(case=case, actor=officer, ground="identity", reason="no answer")
    work()
    for ground, reason, field in (("", "x", "ground"), ("mood", "x", "ground"), ("identity", "  ", "reason")):
        with pytest.raises(InvalidInput) as refused:
            closing.refuse(case=case, actor=officer, ground=ground, reason=reason)
        assert refused.value.field == field
    closing.refuse(case=case, actor=officer, ground="identity", reason="no answer to our letter")
    assert (case.state, case.identity, case.refusal_ground) == ("refused", "refused", "identity")
    assert Reason.objects.get(case=case, entry__verb="refuse").text == "no answer to our letter"


def _received(case: Case, officer: User) -> None:
    pass


def _matching(case: Case, officer: User) -> None:
    work()


def _review(case: Case, officer: User) -> None:
    reviewed(case, officer)


def _awaiting(case: Case, officer: User) -> None:
    prepared(case, officer)


@pytest.mark.parametrize("until", [_received, _matching, _review, _awaiting], ids=lambda stage: stage.__name__)
def test_a_withdrawn_case_stays_at_rest(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, until: object
) -> None:
    case = file_case(officer, connection)
    until(case, officer)  # type: ignore[operator]
    case.refresh_from_db()
    with pytest.raises(InvalidInput):
        closing.withdraw(case=case, actor=officer, reason=" ")
    closing.withdraw(case=case, actor=officer, reason="changed their mind")
    work()
    case.refresh_from_db()
    assert case.state == "withdrawn"
    assert case.closed_at
    assert not Job.objects.filter(case=case, status__in=["due", "running"]).exists()
    assert sandbox.deletes() == []
    with pytest.raises(RuleBroken):
        approve_if_any(case, approver)
    with pytest.raises(WrongState):
        closing.withdraw(case=case, actor=officer, reason="again")


def approve_if_any(case: Case, approver: User) -> None:
    approval.approve(case=case, actor=approver, typed_ids="1004", fingerprint="f" * 64)


def test_a_withdrawal_stops_a_search_that_is_under_way(
    connection: Connection, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = file_case(officer, connection)
    read = Account.read

    def withdrawn_meanwhile(self: Account, contact_id: str, **options: bool) -> object:
        monkeypatch.undo()
        closing.withdraw(case=case, actor=officer, reason="changed their mind")
        return read(self, contact_id, **options)

    monkeypatch.setattr(Account, "read", withdrawn_meanwhile)
    work()
    case.refresh_from_db()
    assert case.state == "withdrawn"
    assert case.candidates.count() == 0
    assert not AuditEntry.objects.filter(verb="finish_search").exists()


def test_undecided_matches_keep_the_review_shut(connection: Connection, officer: User) -> None:
    case = file_case(officer, connection)
    work()
    identity.confirm(case=case, actor=officer, method="reply")
    assert {row.decision for row in case.candidates.all()} == {""}, "nothing is ticked beforehand"
    with pytest.raises(NotReady, match="2 contacts"):
        review.open_review(case=case, actor=officer)
    first = case.candidates.order_by("pk")[0]
    for decision, reason, field in (
        ("", "x", "decision"),
        ("perhaps", "x", "decision"),
        ("same_person", " ", "reason"),
    ):
        with pytest.raises(InvalidInput) as refused:
            matching.decide(case=case, actor=officer, candidate=first, decision=decision, reason=reason)
        assert refused.value.field == field


def test_a_candidate_of_another_case_can_not_be_decided_on_here(
    sandbox: Sandbox, connection: Connection, officer: User
) -> None:
    one, other = file_case(officer, connection), file_case(officer, connection)
    work()
    foreign = other.candidates.all()[0]
    with pytest.raises(WrongState):
        matching.decide(case=one, actor=officer, candidate=foreign, decision="same_person", reason="x")
    foreign.refresh_from_db()
    assert foreign.decision == ""


def test_a_second_search_keeps_what_was_decided_and_asks_about_what_changed(
    sandbox: Sandbox, connection: Connection, officer: User
) -> None:
    case = file_case(officer, connection)
    work()
    decide_all(case, officer)
    sandbox.rename_contact("2087", first_name="Thomas")
    matching.search_again(case=case, actor=officer, reason="Tom has called")
    work()
    now = {row.contact_id: row.decision for row in case.candidates.filter(superseded=False)}
    assert now == {"1004": "same_person", "2087": ""}

    sandbox.remove("contact", "1004")
    matching.search_again(case=case, actor=officer)
    work()
    assert {row.contact_id for row in case.candidates.filter(superseded=False)} == {"2087"}
    add_linda(sandbox)
    matching.search_again(case=case, actor=officer)
    work()
    assert {row.contact_id for row in case.candidates.filter(superseded=False)} == {"1004", "2087"}
