"""A case that was erased after the backup, in whatever state the backup has it: it ends with a true certificate.

The database goes back to a moment and the ledger doesn't: what a restore is, without its files.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dsr import ledger, storage
from dsr.backup.looking import Found, erasures_since
from dsr.evidence.records import CertificateRecord, Drawn
from dsr.exceptions import LedgerUnfit, NotReady, RuleBroken, WrongState
from dsr.jobs import tasks
from dsr.ledger import Kind, Line, book
from dsr.ledger.lines import seal, unseal
from dsr.models import Approval, AuditEntry, Case, Connection, Document, ErasedBefore, Job, User
from dsr.services import closing, disposal, noting, preparation, retention, stopping, users
from dsr.services.doings import what_was_done
from dsr.services.review import Choice
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import add_linda, approve, file_case, prepared, reviewed, save_review, work
from tests.path.driving import PAPER, after_a_kill, draw_nothing, drive
from tests.rewinding import Mark, finished

pytestmark = pytest.mark.django_db


@pytest.fixture
def certified(monkeypatch: pytest.MonkeyPatch) -> list[CertificateRecord]:
    """The records of the certificates that were drawn."""
    drawn: list[CertificateRecord] = []

    def draw(record: CertificateRecord, *, logo: bytes) -> Drawn:
        drawn.append(record)
        return PAPER

    draw_nothing(monkeypatch)
    monkeypatch.setattr("dsr.services.certificates.draw_certificate", draw)
    return drawn


class Stop(BaseException):
    """No handler of the product may catch it, as none catches a SIGKILL."""


def killed_at(where: str, doing: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise Stop

    with monkeypatch.context() as patch:
        patch.setattr(where, stop)
        with pytest.raises(Stop):
            doing()


def bring_to(case: Case, state: str, officer: User, approver: User) -> None:
    if state == "received":
        return
    if state == "review":
        reviewed(case, officer)
    elif state == "erasing":
        prepared(case, officer)
        approve(case, approver)
    else:
        drive(case, officer, approver, until=state)


STATES = ["received", "matching", "review", "awaiting_approval", "erasing"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("killed", [False, True], ids=["certified before", "killed right after the contact went"])
def test_it_ends_with_a_certificate_and_in_no_other_way(
    state: str,
    killed: bool,
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    certified: list[CertificateRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = file_case(officer, connection)
    bring_to(case, state, officer, approver)
    backup = Mark.here()
    if killed:
        killed_at("dsr.services.verification.verify", lambda: drive(case, officer, approver), monkeypatch)
    else:
        drive(case, officer, approver)
    assert len(sandbox.deletes()) == 3
    certified.clear()
    backup.rewind(ledger_too=False)

    case = Case.objects.get(pk=case.pk)
    assert "manage.py restore --finish" in ledger.refusal()
    tasks.run_job(Job.objects.filter(case=case).latest("pk").pk)
    assert Case.objects.get(pk=case.pk).state == state, "a worker does nothing meanwhile"
    report = finished()
    assert [(row.erasure.contact_id, row.found) for row in report.looks] == [("1004", Found.GONE)]
    assert report.is_finished
    assert ledger.refusal(thorough=True) == ""

    with pytest.raises(RuleBroken):
        closing.withdraw(case=case, actor=officer, reason="they changed their mind")
    with pytest.raises(RuleBroken):
        closing.refuse(case=case, actor=officer, ground="unfounded", reason="no")
    with pytest.raises((NotReady, WrongState)):
        closing.nothing_found(case=case, actor=officer)

    drive(case, officer, approver)
    assert case.state == "completed"
    (record,) = certified
    assert case.documents.filter(kind="certificate").count() == 1
    told = {(row.object, row.object_id) for row in record.deleted}
    assert ("Contact", "1004") in told
    assert any("restored to an earlier state" in text for text in record.earlier_plans)
    if state == "awaiting_approval" or not killed:
        assert told == {("Invoice", "234115"), ("Subscription", "7712"), ("Contact", "1004")}
        assert case.outcome == "erased"
    else:
        # Nobody saw the orders go, and without their contact nobody can see them any more: so it isn't claimed.
        assert case.outcome == "erased_in_part"
        assert any("234115" in text for text in record.inconclusive)
        assert any("7712" in text for text in record.inconclusive)
    assert record.approved_by_reference == approver.staff_reference
    assert record.plan_fingerprint
    assert len(sandbox.deletes()) in {3, 6}
    assert not sandbox.contact_exists("int9", "1004")


@pytest.mark.parametrize("act", ["erasing", "purging", "destroying"])
def test_a_backup_from_right_before_the_line_does_not_fit_it(
    act: str,
    connection: Connection,
    officer: User,
    approver: User,
    certified: list[CertificateRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The line is the last thing that happened: no audit entry of anything else came after the backup."""
    case = file_case(officer, connection)
    bring_to(case, "erasing", officer, approver)
    if act != "erasing":
        closing.withdraw(case=case, actor=officer, reason="they changed their mind")
        Case.objects.update(purge_on=case.filed_at.date())
    backup = Mark.here()
    if act == "erasing":
        killed_at("dsr.services.erasure._delete", work, monkeypatch)
    else:
        document = case.documents.all()[0]
        doing = retention.purge_due if act == "purging" else lambda: disposal.destroy(document)
        killed_at("dsr.storage.discard", doing, monkeypatch)
    assert ledger.refusal(thorough=True) == "", "whoever was killed there goes on"
    verb = {"erasing": "erasure_begun", "purging": "purge_begun", "destroying": "destruction_begun"}[act]
    assert AuditEntry.objects.latest("sequence").verb == verb
    backup.rewind(ledger_too=False)
    assert "manage.py restore --finish" in ledger.refusal()
    assert finished().is_finished
    assert ledger.refusal(thorough=True) == ""


@pytest.mark.parametrize("act", ["erasing", "purging", "destroying"])
def test_killed_between_the_entry_and_the_line_it_is_repeated_with_one_entry(
    act: str,
    connection: Connection,
    officer: User,
    approver: User,
    sandbox: Sandbox,
    certified: list[CertificateRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = file_case(officer, connection)
    bring_to(case, "erasing", officer, approver)
    if act != "erasing":
        closing.withdraw(case=case, actor=officer, reason="they changed their mind")
        Case.objects.update(purge_on=case.filed_at.date())
    document = case.documents.all()[0]
    doing: Callable[[], Any] = {
        "erasing": after_a_kill,
        "purging": retention.purge_due,
        "destroying": lambda: disposal.destroy(document),
    }[act]
    first = work if act == "erasing" else doing
    for attempt in (first, doing):
        killed_at("dsr.ledger.append", attempt, monkeypatch)
    assert sandbox.deletes() == []
    assert (storage.root() / document.path).exists()
    doing()
    kind, verb = {
        "erasing": (Kind.ERASING, "erasure_begun"),
        "purging": (Kind.PURGED, "purge_begun"),
        "destroying": (Kind.DOCUMENT_DESTROYED, "destruction_begun"),
    }[act]
    assert AuditEntry.objects.filter(verb=verb).count() == 1
    assert [line.kind for line in ledger.read()].count(kind) == 1
    assert len(sandbox.deletes()) == (3 if act == "erasing" else 0)


def test_killed_before_the_line_is_remembered_the_site_is_served_and_a_restore_is_still_finished(
    connection: Connection, officer: User, certified: list[CertificateRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    file_case(officer, connection)
    killed_at("dsr.ledger.book._remember", noting.anchor, monkeypatch)
    assert ledger.refusal(thorough=True) == ""
    said = StringIO()
    call_command("restore", "--finish", stdout=said)
    assert "Finished" in said.getvalue(), "it may as well be an older database, so it is replayed where asked for"
    call_command("restore", "--finish", stdout=said)
    assert "nothing to finish" in said.getvalue()
    assert [line.kind for line in ledger.read()] == ["filed", "anchor", "restored"]


@pytest.mark.parametrize("stopped_by", ["a stop", "a withdrawal", "a closed account"])
def test_a_deletion_that_was_stopped_since_the_backup_is_not_carried_out(
    stopped_by: str,
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    administrator: User,
    certified: list[CertificateRecord],
) -> None:
    case = file_case(officer, connection)
    bring_to(case, "erasing", officer, approver)
    backup = Mark.here()
    if stopped_by == "a stop":
        stopping.stop(case=case, actor=officer, reason="the wrong Linda")
    elif stopped_by == "a withdrawal":
        closing.withdraw(case=case, actor=officer, reason="they changed their mind")
    else:
        users.deactivate(actor=administrator, user=approver)
    noting.anchor()
    backup.rewind(ledger_too=False)
    assert finished().is_finished

    work()

    case = Case.objects.get(pk=case.pk)
    assert (case.state, case.attention) == ("needs_attention", "approval_void")
    assert sandbox.deletes() == []


def test_a_contact_that_came_back_meanwhile_is_deleted_by_the_reviewed_path(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, certified: list[CertificateRecord]
) -> None:
    case = file_case(officer, connection)
    bring_to(case, "matching", officer, approver)
    backup = Mark.here()
    drive(case, officer, approver)
    backup.rewind(ledger_too=False)
    add_linda(sandbox)
    (look,) = finished().looks
    assert (look.found, look.left) == (Found.STILL_THERE, ("invoice 234115", "subscription 7712", "contact 1004"))
    case = Case.objects.get(pk=case.pk)
    drive(case, officer, approver)
    assert (case.state, case.outcome) == ("completed", "erased")
    assert not sandbox.contact_exists("int9", "1004")


@pytest.mark.parametrize("then", ["kept", "ruled out"])
def test_of_one_that_still_answers_and_is_not_deleted_nothing_is_said_to_be_gone(
    then: str,
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    certified: list[CertificateRecord],
) -> None:
    case = file_case(officer, connection)
    bring_to(case, "matching", officer, approver)
    backup = Mark.here()
    drive(case, officer, approver)
    backup.rewind(ledger_too=False)
    add_linda(sandbox)
    finished()
    certified.clear()
    case = reviewed(Case.objects.get(pk=case.pk), officer, same=("1004",) if then == "kept" else ())
    if then == "kept":
        keep = Choice(decision="keep", exemption="17(3)(e)", reason="a claim is pending")
        save_review(case, officer, id_1004=keep, id_234115=keep, id_7712=keep)
    closing.look_again(case=case, actor=officer)
    work()

    case.refresh_from_db()
    assert (case.state, case.outcome) == ("completed", "erased_in_part")
    (record,) = certified
    assert record.deleted == ()
    assert "Not everything" in record.outcome_sentence
    told = [text for text in record.inconclusive if "was begun before" in text]
    assert len(told) == 3
    assert all("still answered" in text and f"then {then}" in text for text in told)
    assert not any("contact is gone" in text for text in record.inconclusive)
    assert sandbox.contact_exists("int9", "1004")


def test_one_that_comes_back_before_the_certificate_is_shown_to_a_person(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, certified: list[CertificateRecord]
) -> None:
    case = file_case(officer, connection)
    backup = Mark.here()
    drive(case, officer, approver)
    backup.rewind(ledger_too=False)
    finished()
    case = Case.objects.get(pk=case.pk)
    drive(case, officer, approver, until="review")
    # Under another address: no identifier of the request leads there, the id alone does.
    sandbox.add_contact(contact_id="1004", email="new@example.com", first_name="Linda", last_name="Dare")
    closing.look_again(case=case, actor=officer)
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "another_contact")


def test_nothing_is_destroyed_or_deleted_while_the_database_is_older(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, certified: list[CertificateRecord]
) -> None:
    case = file_case(officer, connection)
    prepared(case, officer)
    approve(case, approver)
    backup = Mark.here()
    drive(case, officer, approver)
    backup.rewind(ledger_too=False)
    sandbox.reset()
    add_linda(sandbox)
    work()
    case = Case.objects.get(pk=case.pk)
    assert (case.state, case.attention) == ("needs_attention", "ledger")
    assert sandbox.deletes() == []
    with pytest.raises(LedgerUnfit):
        noting.before_purging(case)
    export = Document.objects.get(case=case, kind="export")
    assert disposal.destroy(export) == 0


def test_a_ledger_that_cannot_be_written_stops_every_irreversible_act(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, certified: list[CertificateRecord]
) -> None:
    case = file_case(officer, connection)
    prepared(case, officer)
    approve(case, approver)
    kept = book.path().read_bytes()
    book.path().unlink()
    book.path().mkdir()
    work()
    case.refresh_from_db()
    assert (case.state, sandbox.deletes()) == ("needs_attention", [])
    Case.objects.filter(pk=case.pk).update(purge_began_at=case.filed_at)
    assert retention.purge_due() == 0
    case.refresh_from_db()
    assert case.subject_name == "Linda Dare"
    book.path().rmdir()
    book.path().write_bytes(kept)
    assert retention.purge_due() == 1


def test_a_deletion_begun_before_the_backup_and_finished_after_it_is_looked_up_too(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    certified: list[CertificateRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = file_case(officer, connection)
    bring_to(case, "erasing", officer, approver)
    killed_at("dsr.services.erasure._raise_if_not_ready_for", work, monkeypatch)
    assert len(sandbox.deletes()) == 2, "all but the contact"
    backup = Mark.here()
    after_a_kill()
    certified.clear()
    backup.rewind(ledger_too=False)
    (look,) = finished().looks
    assert (look.erasure.contact_id, look.found, look.erasure.is_certified) == ("1004", Found.GONE, True)

    after_a_kill()
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("completed", "erased")
    (record,) = certified
    assert len(record.deleted) == 3
    assert record.earlier_plans == (), "the database knows this plan itself"
    noting.anchor()
    backup_of_the_end = Mark.here()
    noting.anchor()
    backup_of_the_end.rewind(ledger_too=False)
    assert finished().looks == [], "certified before that backup: settled"


def test_a_destroyed_export_is_destroyed_again(
    connection: Connection, officer: User, certified: list[CertificateRecord]
) -> None:
    case = file_case(officer, connection)
    prepared(case, officer)
    backup = Mark.here()
    export = Document.objects.get(case=case, kind="export")
    kept = (storage.root() / export.path).read_bytes()
    assert disposal.destroy(export) == 1
    backup.rewind(ledger_too=False)
    (storage.root() / export.path).write_bytes(kept)
    report = finished()
    assert report.destroyed == 1
    assert not (storage.root() / export.path).exists()
    assert Document.objects.get(pk=export.pk).destroyed_at


def test_the_ledger_names_nobody_and_its_sealed_lines_open_after_a_rotation(
    connection: Connection, officer: User, approver: User, certified: list[CertificateRecord], settings: Any
) -> None:
    case = file_case(officer, connection)
    drive(case, officer, approver)
    raw = book.path().read_bytes()
    for secret in (b"Linda", b"linda", b"Dare", b'"1004"', b'"234115"', b'"7712"', b"acme1"):
        assert secret not in raw, secret
    settings.ENV = dataclasses.replace(settings.ENV, master_key=b"n" * 32)
    (line,) = [line for line in ledger.read() if line.kind == Kind.ERASING]
    assert unseal(line.facts["sealed"], case=line.case)["contact"] == "1004"
    assert [line.kind for line in ledger.read()] == ["filed", "erasing", "certified"]
    assert AuditEntry.objects.filter(verb="step_done").count() == 3


def test_an_order_that_came_back_and_is_kept_is_not_told_as_gone(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    certified: list[CertificateRecord],
) -> None:
    case = file_case(officer, connection)
    bring_to(case, "matching", officer, approver)
    backup = Mark.here()
    drive(case, officer, approver)
    backup.rewind(ledger_too=False)
    add_linda(sandbox)
    finished()
    certified.clear()
    case = reviewed(Case.objects.get(pk=case.pk), officer)
    save_review(case, officer, id_234115=Choice(decision="keep", exemption="17(3)(e)", reason="a claim is pending"))
    preparation.request(case=case, actor=officer)
    work()
    approve(Case.objects.get(pk=case.pk), approver)
    work()

    case.refresh_from_db()
    assert (case.state, case.outcome) == ("completed", "erased_in_part")
    (record,) = certified
    assert [row.object_id for row in record.kept] == ["234115"]
    assert "234115" not in {row.object_id for row in record.deleted}


def test_a_plan_that_another_one_replaced_after_the_backup_does_not_go_on(
    sandbox: Sandbox,
    connection: Connection,
    officer: User,
    approver: User,
    certified: list[CertificateRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = file_case(officer, connection)
    bring_to(case, "erasing", officer, approver)
    killed_at("dsr.services.erasure._raise_if_not_ready_for", work, monkeypatch)
    backup = Mark.here()
    Approval.objects.filter(case=case).update(voided_at=timezone.now())
    after_a_kill()
    sandbox.rename_contact("1004", last_name="Dare-Smith")
    drive(Case.objects.get(pk=case.pk), officer, approver)
    assert not sandbox.contact_exists("int9", "1004")
    backup.rewind(ledger_too=False)
    add_linda(sandbox)
    sandbox.reset_calls()
    finished()

    after_a_kill()

    case.refresh_from_db()
    assert (case.state, case.attention, sandbox.deletes()) == ("needs_attention", "approval_void", [])


def test_a_certificate_of_a_lost_timeline_settles_nothing(db: None) -> None:
    """Erased and certified after backup A (line 1), A restored; begun anew, and backup B made while it ran."""

    def line(number: int, kind: Kind, **facts: Any) -> Line:
        return Line(number, "2026-11-24T09:00:00+00:00", kind, facts, "1:0", "", "")

    what = {"account": "a1", "contact": "1004", "objects": [], "kept": []}
    sealed = {"case": "DSR-2026-000001", "record": {}, "sealed": seal(what, case="DSR-2026-000001")}
    certified = {"case": "DSR-2026-000001", "outcome": "erased"}
    lines = [
        line(1, Kind.ANCHOR),
        line(2, Kind.ERASING, **sealed),
        line(3, Kind.CERTIFIED, **certified),
        line(4, Kind.RESTORED, fits=1, backup_line=1),
        line(5, Kind.ERASING, **sealed),
    ]
    assert [row.line.number for row in erasures_since(lines, 5)] == [5]
    assert erasures_since([*lines, line(6, Kind.CERTIFIED, **certified)], 6) == [], "certified in this one"
    assert erasures_since(lines[:3], 3) == []
    assert [row.line.number for row in erasures_since(lines[:3], 2)] == [2]


def test_what_was_done_takes_the_same_queries_for_many_lost_lines(
    connection: Connection, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_nothing(monkeypatch)
    case = prepared(file_case(officer, connection), officer)
    plan = case.current_plan
    assert plan

    def queries() -> int:
        with CaptureQueriesContext(database) as captured:
            what_was_done(case)
        return len(captured)

    counts = []
    for line in plan.lines.all():
        ErasedBefore.objects.create(
            case=case, integration_id=line.integration_id, object=line.object, object_id=line.object_id, line=1,
            contact_id="1004", begun_at=case.filed_at, is_certified=False, record={},
        )  # fmt: skip
        counts.append(queries())
    assert len(counts) > 2
    assert len(set(counts)) == 1
