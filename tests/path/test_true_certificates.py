"""However a case came to its end, its certificate says what was done: no more, no less, and once something was tried
there is one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from dsr.connectors.segmetrics import Account
from dsr.evidence.records import CertificateRecord, Drawn
from dsr.exceptions import InvalidInput, NotReady, WrongState
from dsr.jobs import runner
from dsr.models import Case, Connection, Document, PlanLine, StepState, User
from dsr.services import (
    certificates,
    closing,
    connections,
    erasure,
    holds,
    matching,
    preparation,
    resumption,
    retention,
    verification,
)
from dsr.services import review as reviewing
from dsr.services.review import Choice
from dsr.services.working import Run
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, decide_all, file_case, make_connection, prepared, reviewed, save_review, work
from tests.path.driving import PAPER, draw_nothing

pytestmark = pytest.mark.django_db
KEEP = Choice(decision="keep", exemption="17(3)(e)", reason="a claim")
DELETE = Choice(decision="delete")
NOT_THEIRS = Choice(decision="not_theirs", reason="somebody else there")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[CertificateRecord]:
    """The records of the certificates that were drawn."""
    records: list[CertificateRecord] = []

    def draw(record: CertificateRecord, *, logo: bytes) -> Drawn:
        records.append(record)
        return PAPER

    draw_nothing(monkeypatch)
    monkeypatch.setattr(certificates, "draw_certificate", draw)
    return records


def at_rest(case: Case) -> Case:
    work()
    case.refresh_from_db()
    return case


def searched_again(case: Case, officer: User, *, same: tuple[str, ...] = ("1004",)) -> Case:
    matching.search_again(case=case, actor=officer)
    at_rest(case)
    decide_all(case, officer, same=same)
    reviewing.open_review(case=case, actor=officer)
    return case


def before_the_contact_goes(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], Any]) -> None:
    check = erasure._raise_if_not_ready_for
    done: list[Any] = []

    def check_after(*args: Any) -> None:
        if not done:
            done.append(happens())
        check(*args)

    monkeypatch.setattr(erasure, "_raise_if_not_ready_for", check_after)


@pytest.mark.parametrize("contact", ["1004", "3000"])
def test_a_deletion_that_took_effect_late_is_certified(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    drawn: list[CertificateRecord],
    contact: str,
) -> None:
    sandbox.add_contact(contact_id="3000", email="solo@example.com", first_name="Solo", last_name="One")
    email = {"1004": "linda.dare@example.com", "3000": "solo@example.com"}[contact]
    case = prepared(file_case(officer, connection, emails=[email]), officer, same=(contact,))
    sandbox.fault("lying", method="DELETE", object="contact", times=None)
    approve(case, approver)
    at_rest(case)
    assert case.attention == "still_there"
    sandbox.clear_faults()
    sandbox.remove("contact", contact)
    searched_again(case, officer)
    with pytest.raises(NotReady, match="certify"):
        closing.nothing_found(case=case, actor=officer)
    with pytest.raises(WrongState, match="certificate"):
        closing.refuse(case=case, actor=officer, ground="unfounded", reason="no more")
    closing.look_again(case=case, actor=officer)
    at_rest(case)
    assert (case.state, case.outcome) == ("completed", "erased")
    assert ("Contact", contact, "gone, after an attempt that wasn't confirmed") in [
        (row.object, row.object_id, row.result) for row in drawn[-1].deleted
    ]


def test_what_went_while_the_answer_was_lost_is_not_called_gone_before_we_came(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, drawn: list[CertificateRecord]
) -> None:
    case = prepared(file_case(officer, connection), officer)
    sandbox.fault("drop_after", method="DELETE", object="contact", times=1)
    approve(case, approver)
    at_rest(case)
    assert (case.state, case.outcome) == ("completed", "erased")
    assert {row.object: row.result for row in drawn[-1].deleted} == {
        "Invoice": "deleted",
        "Subscription": "deleted",
        "Contact": "gone, after an attempt that wasn't confirmed",
    }


def test_what_went_before_a_run_was_killed_is_not_called_gone_before_we_came(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    drawn: list[CertificateRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = prepared(file_case(officer, connection), officer)
    delete = Account.delete
    killed: list[Any] = []

    def delete_and_be_killed(*args: Any, **which: Any) -> StepState:
        result = delete(*args, **which)
        if not killed:
            killed.append(which)
            raise SystemExit
        return result

    monkeypatch.setattr(Account, "delete", delete_and_be_killed)
    approve(case, approver)
    with pytest.raises(SystemExit):
        work()
    job = case.jobs.get(kind="erase")
    case.jobs.filter(pk=job.pk).update(leased_until=timezone.now() - dt.timedelta(seconds=1))
    runner.run(job.pk)
    at_rest(case)
    assert (case.state, case.outcome) == ("completed", "erased")
    assert next(row.result for row in drawn[-1].deleted) == "gone, after an attempt that wasn't confirmed"


def test_what_came_back_and_was_kept_is_not_certified_as_gone(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    drawn: list[CertificateRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = prepared(file_case(officer, connection), officer)
    verify = verification.verify
    came_back: list[bool] = []

    def verify_after(*args: Any) -> None:
        if not came_back:
            came_back.append(True)
            sandbox.add_contact(
                contact_id="1004",
                email="linda.dare@example.com",
                first_name="Linda",
                last_name="Dare",
                date_created="2026-01-01 00:00:00",
            )
            sandbox.add_invoice(invoice_id="234115", contact_id="1004", amount=4500)
        verify(*args)

    monkeypatch.setattr(verification, "verify", verify_after)
    approve(case, approver)
    at_rest(case)
    assert case.attention == "another_contact"
    decide_all(case, officer)
    resumption.resume(case=case, actor=officer)
    save_review(case, officer, id_234115=KEEP)
    preparation.request(case=case, actor=officer)
    at_rest(case)
    approve(case, approver)
    at_rest(case)
    assert (case.state, case.outcome) == ("completed", "erased_in_part")
    assert [row.object_id for row in drawn[-1].kept] == ["234115"]
    assert sandbox.invoice_exists("int9", "234115")


def test_an_address_learnt_from_somebody_deleted_is_looked_up_to_the_end(
    connection: Connection, officer: User, approver: User, drawn: list[CertificateRecord]
) -> None:
    case = prepared(file_case(officer, connection, emails=[], external_ids=["1004"]), officer)
    approve(case, approver)
    at_rest(case)
    decide_all(case, officer, same=("2087",))
    resumption.resume(case=case, actor=officer)
    matching.search_again(case=case, actor=officer)
    at_rest(case)
    tom = case.candidates.get(contact_id="2087")
    matching.decide(case=case, actor=officer, candidate=tom, decision="other_person", reason="a mistake")
    reviewing.open_review(case=case, actor=officer)
    closing.look_again(case=case, actor=officer)
    at_rest(case)
    assert case.state == "completed"
    assert "E-mail" in [row.kind for row in drawn[-1].lookups_after]
    assert any("2087" in sentence for sentence in drawn[-1].inconclusive)


def test_the_sentences_do_not_contradict_each_other(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    drawn: list[CertificateRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = prepared(file_case(officer, connection), officer)
    before_the_contact_goes(monkeypatch, lambda: sandbox.rename_contact("1004", first_name="Petra"))
    approve(case, approver)
    at_rest(case)
    assert case.attention == "contact_changed"
    searched_again(case, officer, same=())
    closing.look_again(case=case, actor=officer)
    at_rest(case)
    assert (case.state, case.outcome) == ("completed", "erased_in_part")
    said = " ".join(drawn[-1].inconclusive)
    assert "still leads to contact 1004" in said
    assert "No known identifier" not in said


def test_a_part_deleted_and_the_rest_kept_ends_with_a_certificate(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    drawn: list[CertificateRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = prepared(file_case(officer, connection), officer)
    before_the_contact_goes(monkeypatch, lambda: sandbox.add_invoice(invoice_id="999", contact_id="1004", amount=100))
    approve(case, approver)
    at_rest(case)
    assert case.attention == "left_over"
    searched_again(case, officer)
    with pytest.raises(NotReady, match="still to be deleted"):
        closing.look_again(case=case, actor=officer)
    save_review(case, officer, id_1004=KEEP, id_999=KEEP)
    closing.look_again(case=case, actor=officer)
    at_rest(case)
    assert (case.state, case.outcome) == ("completed", "erased_in_part")
    assert {row.object_id for row in drawn[-1].kept} == {"1004", "999"}
    assert {row.object_id for row in drawn[-1].deleted} == {"234115", "7712"}
    assert sandbox.contact_exists("int9", "1004")


def test_the_certificate_and_the_file_end_on_the_same_day(
    connection: Connection,
    officer: User,
    approver: User,
    drawn: list[CertificateRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = prepared(file_case(officer, connection), officer)
    days = iter(dt.date(2026, 1, number) for number in range(1, 30))
    monkeypatch.setattr(retention, "last_day", lambda: next(days))
    approve(case, approver)
    at_rest(case)
    export = Document.objects.get(case=case, kind="export")
    assert drawn[-1].export_destroy_on == export.destroy_on


def test_a_mistyped_account_that_never_answered_can_be_put_right(
    sandbox: Sandbox, officer: User, administrator: User
) -> None:
    connection = make_connection(sandbox, account_id="mistyped")
    case = at_rest(file_case(officer, connection))
    assert case.attention == "control_read_failed"
    connection.account_id = sandbox.account_id
    connections.save(actor=administrator, connection=connection, api_key=None, integrations=[("int9", "Webshop")])
    resumption.resume(case=case, actor=officer)
    at_rest(case)
    assert case.state == "matching"
    connection.account_id = "another"
    with pytest.raises(InvalidInput, match="open requests"):
        connections.save(actor=administrator, connection=connection, api_key=None, integrations=[("int9", "Webshop")])


def test_an_order_that_two_confirmed_contacts_share_asks_nobody_twice(
    sandbox: Sandbox, officer: User, approver: User, drawn: list[CertificateRecord]
) -> None:
    sandbox.add_contact(
        contact_id="5001", integration="int12", email="linda2@example.com", first_name="Linda", last_name="Dare"
    )
    sandbox.add_invoice(invoice_id="234115", contact_id="5001", integration="int12", amount=100)
    connection = make_connection(sandbox, ("int9", "Webshop"), ("int12", "Courses"))
    case = file_case(officer, connection, emails=["linda.dare@example.com", "linda2@example.com"])
    reviewed(case, officer, same=("1004", "5001"))
    plan = case.current_plan
    assert plan

    def choice(line: PlanLine) -> Choice:
        if line.object == "invoice" and line.integration_id == "int12":
            return KEEP
        return DELETE if (line.integration_id == "int12") == (line.object_id == "5001") else NOT_THEIRS

    choices = {line.pk: choice(line) for line in plan.lines.all()}
    reviewing.save(case=case, actor=officer, ground="17(1)(a)", choices=choices)
    preparation.request(case=case, actor=officer)
    at_rest(case)
    approve(case, approver)
    at_rest(case)
    assert (case.state, case.outcome) == ("completed", "erased_in_part")


def test_a_run_that_slept_through_its_lease_attempts_nothing(
    connection: Connection,
    officer: User,
    approver: User,
    drawn: list[CertificateRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    verify = verification.verify

    def verify_then_wake_another(run: Any, account: Any, plan: Any) -> None:
        verify(run, account, plan)
        sleeper = Run(run.job)
        sleeper.job = type(run.job)(pk=run.job.pk, case_id=case.pk, leased_until=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        line = plan.lines.get(object="contact")
        with pytest.raises(WrongState):
            erasure._commit_attempt(sleeper, line, 0, [line])

    monkeypatch.setattr(verification, "verify", verify_then_wake_another)
    at_rest(case)
    assert (case.state, case.outcome) == ("completed", "erased")


@pytest.mark.parametrize("keeps", [True, False])
def test_the_page_offers_the_last_look(
    client: Client,
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    drawn: list[CertificateRecord],
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    tmp_path: Path,
    keeps: bool,
) -> None:
    settings.STATIC_ROOT = tmp_path
    case = prepared(file_case(officer, connection), officer)
    before_the_contact_goes(monkeypatch, lambda: sandbox.add_invoice(invoice_id="999", contact_id="1004", amount=100))
    approve(case, approver)
    at_rest(case)
    if keeps:
        searched_again(case, officer)
        save_review(case, officer, id_1004=KEEP, id_999=KEEP)
    else:
        sandbox.remove("contact", "1004")
        searched_again(case, officer)
    client.force_login(officer)
    address = f"/cases/{case.reference}/"
    page = client.get(address).content.decode()
    assert page.count("Look again and certify") == 1
    assert "Close: no data found" not in page
    answer = client.post(f"{address}look-again/", follow=True)
    assert "looks every identifier up once more" in answer.content.decode()
    at_rest(case)
    assert case.state == "completed"


def test_what_is_held_in_the_middle_of_a_deletion_is_never_told_as_deleted_and_kept(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    drawn: list[CertificateRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    before_the_contact_goes(monkeypatch, lambda: holds.place(case=case, actor=officer, reason="a claim"))
    assert at_rest(case).attention == "legal_hold"
    gone = {(row.object, row.object_id) for row in PlanLine.objects.filter(plan__case=case, step="done")}
    assert gone

    resumption.back_to_review(case=case, actor=officer)
    left = case.plans.latest("number").lines.all()
    assert gone.isdisjoint((row.object, row.object_id) for row in left)
    save_review(case, officer, **{f"id_{row.object_id}": KEEP for row in left})
    closing.look_again(case=case, actor=officer)
    at_rest(case)

    assert (case.state, case.outcome) == ("completed", "erased_in_part")
    deleted = {row.object_id for row in drawn[-1].deleted}
    assert deleted == {object_id for _, object_id in gone}
    assert deleted.isdisjoint(row.object_id for row in drawn[-1].kept)
    assert "1004" in {row.object_id for row in drawn[-1].kept}
