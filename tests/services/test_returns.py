"""Somebody who was erased is seen again: found by hash alone, told once, and settled by a person."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from dsr import audit
from dsr.exceptions import InvalidInput, WrongState
from dsr.models import AuditEntry, Case, Connection, Returned, ReturnWatch, User
from dsr.services import assignment, retention, returns
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, prepared, work
from tests.path.driving import draw_nothing

pytestmark = pytest.mark.django_db


@pytest.fixture
def erased(
    officer: User, approver: User, connection: Connection, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> Case:
    """Linda is erased; Tom, who shares her address, was ruled out and stays."""
    draw_nothing(monkeypatch)
    case = file_case(officer, connection, external_ids=["cust-4711"])
    assignment.assign(case=case, actor=officer, to=officer)
    prepared(case, officer)
    approve(case, approver)
    work()
    case.refresh_from_db()
    assert case.outcome == "erased"
    return case


def come_back(sandbox: Sandbox, *, contact_id: str = "5005", email: str = "LINDA.Dare@example.com") -> None:
    lately = f"{timezone.now():%Y-%m-%d} 08:00:00"
    sandbox.add_contact(contact_id=contact_id, email=email, date_created=lately, last_updated=lately)


def test_nobody_came_back_and_whoever_was_ruled_out_is_no_return(erased: Case, connection: Connection) -> None:
    returns.watch_all()
    assert not Returned.objects.exists()
    row = ReturnWatch.objects.get(connection=connection)
    assert row.problem == ""
    assert row.complete_until == timezone.localdate()
    assert row.count >= 1, "Tom was looked at"


def test_a_return_is_told_once_and_nothing_is_deleted(erased: Case, officer: User, sandbox: Sandbox) -> None:
    come_back(sandbox)
    sandbox.reset_calls()
    returns.watch_all()
    returns.watch_all()
    assert [row.contact_id for row in erased.returned.all()] == ["5005"]
    assert list(officer.notifications.filter(kind="returned").values_list("case", flat=True)) == [erased.pk]
    entry = AuditEntry.objects.get(verb="person_returned")
    assert entry.facts == {"contact_id": "5005"}
    assert sandbox.deletes() == []
    erased.refresh_from_db()
    assert erased.state == "completed"
    assert audit.verify() is None


def test_of_others_nothing_is_kept(erased: Case, sandbox: Sandbox) -> None:
    come_back(sandbox, contact_id="6001", email="somebody.else@example.com")
    returns.watch_all()
    assert not Returned.objects.exists()
    assert not AuditEntry.objects.filter(facts__contact_id="6001").exists()


def test_the_follow_up_is_the_same_person_and_goes_the_whole_way_again(
    erased: Case, officer: User, sandbox: Sandbox
) -> None:
    come_back(sandbox)
    returns.watch_all()
    case = returns.file_follow_up(returned=erased.returned.get(), actor=officer)
    assert (case.subject_name, case.kind, case.state, case.received_on) == (
        "Linda Dare",
        "erasure",
        "received",
        timezone.localdate(),
    )
    assert sorted(row.value for row in case.identifiers.all()) == ["cust-4711", "linda.dare@example.com"]
    assert case.note == "", "the page says whose follow-up it is, in its reader's language"
    row = erased.returned.get()
    assert (row.follow_up, row.settled_by) == (case, officer)
    with pytest.raises(WrongState):
        returns.file_follow_up(returned=row, actor=officer)
    assert Case.objects.count() == 2
    work()
    assert case.candidates.filter(contact_id="5005").exists()


def test_it_can_need_nothing_with_a_reason(erased: Case, officer: User, sandbox: Sandbox) -> None:
    come_back(sandbox)
    returns.watch_all()
    row = erased.returned.get()
    with pytest.raises(InvalidInput):
        returns.dismiss(returned=row, actor=officer, reason=" ")
    returns.dismiss(returned=row, actor=officer, reason="Linda bought again and agreed")
    row.refresh_from_db()
    assert row.settled_at
    assert row.follow_up is None
    assert "Linda" not in str(AuditEntry.objects.get(verb="return_dismissed").facts)
    returns.watch_all()
    assert Returned.objects.count() == 1


def test_after_the_purge_nobody_is_watched_for(erased: Case, sandbox: Sandbox) -> None:
    come_back(sandbox)
    erased.purge_on = timezone.localdate()
    erased.save(update_fields=["purge_on"])
    retention.purge(case=erased)
    sandbox.reset_calls()
    returns.watch_all()
    assert not Returned.objects.exists()
    assert sandbox.calls() == [], "nobody is asked about"


def test_a_service_that_is_away_is_noted_and_looked_at_again(
    erased: Case, connection: Connection, sandbox: Sandbox
) -> None:
    returns.watch_all()
    before = ReturnWatch.objects.get().complete_until
    sandbox.fault("server_error", path="/report", times=10)
    returns.watch_all()
    row = ReturnWatch.objects.get()
    assert row.problem == "unreachable"
    assert row.complete_until == before
    sandbox.clear_faults()
    come_back(sandbox)
    returns.watch_all()
    assert ReturnWatch.objects.get().problem == ""
    assert Returned.objects.count() == 1


def test_where_it_was_looked_through_already_only_the_newest_are(erased: Case, sandbox: Sandbox) -> None:
    returns.watch_all()
    sandbox.reset_calls()
    with time_machine.travel(timezone.now() + dt.timedelta(days=10)):
        returns.watch_all()
        assert ReturnWatch.objects.get().looked_from == timezone.localdate() - dt.timedelta(days=12)


def test_an_import_of_the_same_contact_is_a_return(erased: Case, sandbox: Sandbox) -> None:
    come_back(sandbox, contact_id="1004")
    returns.watch_all()
    assert erased.returned.get().contact_id == "1004"
