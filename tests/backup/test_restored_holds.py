"""A legal hold that was placed after the backup binds again before anything is deleted or destroyed."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from dsr import ledger, storage
from dsr.backup import replaying
from dsr.exceptions import Held, LedgerUnfit
from dsr.ledger import book
from dsr.models import AuditEntry, Case, Connection, Document, LegalHold, User
from dsr.permissions import Role
from dsr.selectors.holds import binding
from dsr.services import closing, disposal, holds, noting, retention
from tests.builders import approve, file_case, make_user, prepared
from tests.path.driving import draw_nothing
from tests.rewinding import Mark

pytestmark = pytest.mark.django_db
REASON = "claim 7 O 12/26 before the regional court"


@pytest.fixture
def waiting(connection: Connection, officer: User, monkeypatch: pytest.MonkeyPatch) -> Case:
    draw_nothing(monkeypatch)
    return prepared(file_case(officer, connection), officer)


def test_a_hold_placed_since_the_backup_binds_again(waiting: Case, officer: User, approver: User) -> None:
    backup = Mark.here()
    placed_at = holds.place(case=waiting, actor=officer, reason=REASON).placed_at
    backup.rewind(ledger_too=False)
    assert not LegalHold.objects.exists()
    assert "manage.py restore --finish" in ledger.refusal()
    assert replaying.finish(api_keys={}).held == [waiting.reference]
    (hold,) = binding(waiting)
    assert (hold.reason, hold.placed_by, hold.placed_at) == (REASON, officer, placed_at)
    with pytest.raises(Held):
        approve(waiting, approver)
    assert AuditEntry.objects.filter(verb="hold_put_back").count() == 1
    assert replaying.finish(api_keys={}).held == [], "once"


def test_its_reason_is_not_in_the_ledger_and_ends_with_the_case(waiting: Case, officer: User) -> None:
    holds.place(case=waiting, actor=officer, reason=REASON)
    assert REASON.encode() not in book.path().read_bytes()
    (line,) = [line for line in ledger.read() if line.kind == ledger.Kind.HOLD_PLACED]
    assert line.facts["placed_by"] == officer.staff_reference
    assert set(line.facts) == {"case", "hold", "placed_by", "reason"}


def test_one_from_right_before_the_placing_does_not_fit_though_nothing_else_happened(
    waiting: Case, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = Mark.here()
    with monkeypatch.context() as patch:
        patch.setattr(LegalHold, "save", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            holds.place(case=waiting, actor=officer, reason=REASON)
    assert ledger.refusal() == ""
    backup.rewind(ledger_too=False)
    assert "manage.py restore --finish" in ledger.refusal()
    assert replaying.finish(api_keys={}).held == [waiting.reference], "noted and not placed: that is the safe side"


def test_one_that_was_lifted_since_is_not_put_back(waiting: Case, officer: User, approver: User) -> None:
    backup = Mark.here()
    hold = holds.place(case=waiting, actor=officer, reason=REASON)
    holds.ask_to_lift(hold=hold, actor=officer, reason="settled")
    holds.lift(hold=hold, actor=approver)
    backup.rewind(ledger_too=False)
    assert replaying.finish(api_keys={}).held == []
    assert not LegalHold.objects.exists()


def test_nothing_held_is_destroyed_by_the_replay_or_after_it(waiting: Case, officer: User) -> None:
    closing.withdraw(case=waiting, actor=officer, reason="by phone")
    Case.objects.update(purge_on=timezone.localdate())
    Document.objects.update(destroy_on=timezone.localdate())
    backup = Mark.here()
    holds.place(case=waiting, actor=officer, reason=REASON)
    backup.rewind(ledger_too=False)
    assert replaying.finish(api_keys={}).is_finished
    assert (disposal.destroy_due(), retention.purge_due()) == (0, 0)
    assert all((storage.root() / path).exists() for path in Document.objects.values_list("path", flat=True))


def test_a_hold_between_a_files_line_and_its_destruction_keeps_it_in_a_restore_too(
    waiting: Case, officer: User, approver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    closing.withdraw(case=waiting, actor=officer, reason="by phone")
    export = Document.objects.get(case=waiting, kind="export")
    backup = Mark.here()
    note = noting.before_destroying

    def note_and_hold(document: Document) -> None:
        note(document)
        holds.place(case=waiting, actor=officer, reason=REASON)

    with monkeypatch.context() as patch:
        patch.setattr(noting, "before_destroying", note_and_hold)
        assert disposal.destroy(export) == 0
    assert (storage.root() / export.path).exists()
    backup.rewind(ledger_too=False)
    report = replaying.finish(api_keys={})
    assert (report.destroyed, report.kept, report.is_finished) == (0, 1, True)
    assert (storage.root() / export.path).exists()

    hold = binding(waiting)[0]
    holds.ask_to_lift(hold=hold, actor=officer, reason="settled")
    holds.lift(hold=hold, actor=approver)
    assert disposal.destroy_due() == 1
    assert not (storage.root() / export.path).exists()


def test_a_file_that_is_held_is_not_noted_as_destroyed(waiting: Case, officer: User) -> None:
    holds.place(case=waiting, actor=officer, reason=REASON)
    Document.objects.update(destroy_on=timezone.localdate())
    assert disposal.destroy_due() == 0
    assert "document_destroyed" not in [line.kind for line in ledger.read()]
    assert not AuditEntry.objects.filter(verb="destruction_begun").exists()


def test_of_somebody_whose_account_is_lost_and_on_a_request_that_is_lost(
    waiting: Case, officer: User, connection: Connection
) -> None:
    backup = Mark.here()
    newcomer = make_user("nora@example.com", "Nora New", Role.PRIVACY_OFFICER)
    holds.place(case=waiting, actor=newcomer, reason=REASON)
    lost = file_case(officer, connection, emails=["otto@example.com"])
    holds.place(case=lost, actor=officer, reason=REASON)
    backup.rewind(ledger_too=False)
    report = replaying.finish(api_keys={})
    assert (report.held, report.held_and_lost) == ([waiting.reference], [lost.reference])
    assert binding(waiting)[0].placed_by is None


def test_a_ledger_that_cannot_be_written_keeps_nobody_from_a_hold_and_the_next_anchor_notes_it(
    waiting: Case, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise LedgerUnfit("no")

    backup = Mark.here()
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "append", refuse)
        holds.place(case=waiting, actor=officer, reason=REASON)
    assert binding(waiting).exists()
    noting.anchor()
    noting.anchor()
    assert [line.kind for line in ledger.read()].count("hold_placed") == 1
    backup.rewind(ledger_too=False)
    assert replaying.finish(api_keys={}).held == [waiting.reference]
