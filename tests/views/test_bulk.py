"""Deletions under way, and the dry run before them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from dsr import storage
from dsr.models import Case, Connection, DryRun, Errand, ExecutedCall, Halt, Job, Plan, PlanLine, User
from dsr.selectors import bulk
from dsr.services import closing, connections, dry_run, halting, holds, review, stopping
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import (
    approve,
    file_case,
    prepared,
    reviewed,
    save_review,
    set_levels,
    work,
)
from tests.path.driving import all_deleted_and_tom_ruled_out, draw_nothing
from tests.views.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    draw_nothing(monkeypatch)


@pytest.fixture
def approved_case(sandbox: Sandbox, connection: Connection, officer: User, approver: User) -> Case:
    halting.pause(connection=connection, actor=officer, reason="collecting")
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    return case


@pytest.fixture
def last_look(sandbox: Sandbox, connection: Connection, officer: User, approver: User) -> Case:
    """All is deleted. Another contact answered then, was ruled out, and the case is to be certified."""
    case = all_deleted_and_tom_ruled_out(sandbox, connection, officer, approver)
    halting.pause(connection=connection, actor=officer, reason="collecting")
    closing.look_again(case=case, actor=officer)
    return case


def text_of(sign_in: SignIn, user: User, address: str = "/deletions/") -> str:
    return sign_in(user).get(address).text


def test_the_page_pauses_resumes_and_counts(approved_case: Case, officer: User, sign_in: SignIn) -> None:
    page = text_of(sign_in, officer)
    assert "paused since" in page
    assert "approvals are collected first" in page
    assert "One approved deletion starts when you resume" in page
    account = bulk.accounts()[0]
    assert (account.waiting, account.at_work, account.done, account.stopped) == (1, 0, 0, 0)

    address = f"/deletions/{approved_case.connection_id}/resume/"
    answer = sign_in(officer).post(address, follow=True)
    assert "Resumed." in answer.text
    work()
    account = bulk.accounts()[0]
    assert (account.waiting, account.done, account.calls_left) == (0, 1, 0)
    assert "Pause deletions, because" in text_of(sign_in, officer)


def test_who_may_not_halt_sees_no_button(approved_case: Case, approver: User, auditor: User, sign_in: SignIn) -> None:
    for person in (approver, auditor):
        page = text_of(sign_in, person)
        assert "paused since" in page
        assert "Resume deletions" not in page


def test_a_case_says_what_it_waits_for(approved_case: Case, officer: User, sign_in: SignIn) -> None:
    page = text_of(sign_in, officer, f"/cases/{approved_case.reference}/")
    assert "Waiting:" in page
    assert "are paused since" in page
    assert "paused since" in text_of(sign_in, officer, "/")


def test_while_it_waits_it_can_be_stopped(approved_case: Case, officer: User, auditor: User, sign_in: SignIn) -> None:
    address = f"/cases/{approved_case.reference}/"
    assert "Stop the deletion" not in text_of(sign_in, auditor, address)
    assert "Stop the deletion" in text_of(sign_in, officer, address)

    sign_in(officer).post(f"{address}stop/", {"reason": "the dry run told of another contact"})

    approved_case.refresh_from_db()
    assert approved_case.state == "review"


def test_so_does_one_that_cools_off_or_would_begin_now(
    connection: Connection, officer: User, approver: User, sign_in: SignIn
) -> None:
    set_levels(cooling_off_minutes=20)
    case = prepared(file_case(officer, connection), officer)
    halting.pause(connection=connection, actor=officer, reason="collecting")
    approve(case, approver)
    page = text_of(sign_in, officer, f"/cases/{case.reference}/")
    assert "Waiting until" in page
    assert "are paused since" in page
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=21)):
        page = text_of(sign_in, officer, f"/cases/{case.reference}/")
    assert "are paused since" in page
    assert "any moment" not in page
    assert "Stop the deletion" in page


def test_after_faults_one_button_asks_segmetrics_first(
    sandbox: Sandbox, connection: Connection, officer: User, administrator: User, sign_in: SignIn, settings: Settings
) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, halt_after=1)
    file_case(officer, connection)
    sandbox.fault("status", status=503, times=None)
    work()
    for person, address in ((officer, "/"), (administrator, f"/admin/dsr/connection/{connection.pk}/change/")):
        assert "is stopped since" in text_of(sign_in, person, address)
    assert "is stopped after faults" in text_of(sign_in, administrator, "/notifications/")
    assert f"Go on with account {connection}" in text_of(sign_in, officer)

    address = f"/deletions/{connection.pk}/go-on/"
    assert "It stays stopped." in sign_in(officer).post(address, follow=True).text
    sandbox.clear_faults()
    assert "the work goes on" in sign_in(officer).post(address, follow=True).text
    assert not Halt.objects.filter(ended_at=None).exists()


def test_the_foretold_calls_are_those_that_are_made(
    approved_case: Case, connection: Connection, officer: User, sandbox: Sandbox
) -> None:
    foretold = bulk.calls_left()[connection.pk]
    halting.resume(connection=connection, actor=officer)
    sandbox.reset_calls()
    work()
    approved_case.refresh_from_db()
    assert approved_case.state == "completed"
    assert len(sandbox.calls()) == foretold


def test_what_waits_for_its_certificate_alone_is_at_work_and_calls_no_more(
    approved_case: Case, connection: Connection, officer: User
) -> None:
    halting.resume(connection=connection, actor=officer)
    certifying = Job.objects.filter(case=approved_case, kind="certify")
    work(until=certifying.exists)
    account = bulk.accounts()[0]
    assert (account.waiting, account.at_work, account.done, account.calls_left) == (0, 1, 0, 0)
    assert not dry_run.begin(actor=officer).rows.exists(), "nothing of it is to be deleted any more"


def test_what_ends_with_nothing_found_is_no_deletion_done(connection: Connection, officer: User) -> None:
    case = file_case(officer, connection, emails=["nobody@example.com"])
    reviewed(case, officer, same=())
    closing.nothing_found(case=case, actor=officer)
    account = bulk.accounts()[0]
    assert (account.done, account.total) == (0, 0)


def test_what_cools_off_is_told_apart_and_not_in_the_estimate(
    connection: Connection, officer: User, approver: User, sign_in: SignIn
) -> None:
    now = timezone.now()
    set_levels(cooling_off_minutes=1440)
    approve(prepared(file_case(officer, connection), officer), approver)
    ExecutedCall.objects.all().delete()
    for second in range(60):
        ExecutedCall.objects.create(
            at=now - dt.timedelta(seconds=second),
            connection=connection,
            action="read_contact",
            method="GET",
            attempt=1,
            milliseconds=1,
        )
    page = text_of(sign_in, officer)
    assert "is left" not in page
    assert "One approved deletion begins later, at the end of its cooling-off." in page
    account = bulk.accounts()[0]
    assert (account.waiting, account.starting, account.later, account.calls_left, account.left) == (1, 0, 1, 0, "")

    set_levels(cooling_off_minutes=0)
    approve(
        prepared(file_case(officer, connection, emails=["tom@example.com", "linda.dare@example.com"]), officer),
        approver,
    )
    account = bulk.accounts()[0]
    assert (account.waiting, account.starting, account.later) == (2, 1, 1)
    assert account.calls_left > 0
    assert "is left" in text_of(sign_in, officer)
    halting.pause(connection=connection, actor=officer, reason="collecting")
    page = text_of(sign_in, officer)
    assert "One approved deletion starts when you resume." in page
    assert "One approved deletion begins later" in page[page.index("starts when you resume") :]


@pytest.mark.parametrize(
    ("calls", "measured", "words"),
    [
        (3_000, 120.0, "About 50 minutes are left, if nothing stops."),
        (3_000, 30.0, "About 100 minutes are left, if nothing stops."),
        (30_000, 60.0, "About 8 hours are left, if nothing stops."),
        (20, 60.0, "Less than a minute is left, if nothing stops."),
        (3_000, None, ""),
        (0, 60.0, ""),
    ],
)
def test_an_estimate_goes_by_the_slower_of_pace_and_measure(calls: int, measured: float | None, words: str) -> None:
    assert bulk.how_long(calls, rate=60, measured=measured) == words


def look(sign_in: SignIn, user: User) -> str:
    browser = sign_in(user)
    browser.post("/deletions/dry-run/begin/")
    assert "cases looked at" in browser.get("/deletions/dry-run/").text
    work()
    return browser.get("/deletions/dry-run/").text


def test_a_dry_run_says_what_would_go_and_calls_nothing(
    approved_case: Case, officer: User, sandbox: Sandbox, sign_in: SignIn
) -> None:
    sandbox.reset_calls()
    page = look(sign_in, officer)
    assert "One approved deletion" in page
    assert "nothing keeps one from being carried out" in page
    assert all(object_id in page for object_id in ("1004", "234115", "7712"))
    table = sign_in(officer).get("/deletions/dry-run/dry-run.csv").getvalue().decode()
    assert f"{approved_case.reference},{approved_case.connection},yes,1004,234115,7712," in table
    assert sandbox.calls() == []
    assert PlanLine.objects.exclude(step="pending").count() == 0


@pytest.mark.parametrize("lost", ["export", "evidence", "unreadable export"])
def test_a_missing_or_damaged_file_stands_on_top(
    approved_case: Case, officer: User, sign_in: SignIn, lost: str
) -> None:
    plan = approved_case.current_plan
    assert plan
    path = Path(storage.root() / getattr(plan, "evidence" if lost == "evidence" else "export").path)
    if lost == "export":
        path.unlink()
    elif lost == "unreadable export":
        path.unlink()
        path.mkdir()  # as what nobody may read: an error of the system
    else:
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
    page = look(sign_in, officer)
    assert "A stored file is missing or damaged" in page
    assert page.index("Problems") < page.index("<h2>Approved")


def test_what_no_longer_holds_is_told(
    approved_case: Case, officer: User, administrator: User, approver: User, sign_in: SignIn
) -> None:
    holds.place(case=approved_case, actor=officer, reason="a claim")
    connections.take_delete_right(connection=approved_case.connection, actor=administrator)
    page = look(sign_in, officer)
    assert "A legal hold binds this person" in page
    approver.is_active = False
    approver.save()
    assert "The approval no longer holds" in look(sign_in, officer)


def test_one_that_waits_for_approval_stands_apart(
    waiting_case: Case, officer: User, administrator: User, sign_in: SignIn
) -> None:
    page = look(sign_in, officer)
    assert "0 approved deletions" in page
    assert waiting_case.reference in page[page.index("<h2>Waiting for approval") :]
    Plan.objects.update(fingerprint="0" * 64)
    assert "changed after it was prepared" in look(sign_in, officer)


def test_a_last_look_is_no_deletion_and_needs_no_approval(
    last_look: Case, connection: Connection, officer: User, sign_in: SignIn
) -> None:
    page = look(sign_in, officer)
    assert "0 approved deletions" in page
    assert "0 calls to SegMetrics" in page
    assert "One case has nothing left to delete" in page
    assert "be carried out" not in page
    assert last_look.reference in page[page.index("<h2>Nothing left to delete") :]
    table = sign_in(officer).get("/deletions/dry-run/dry-run.csv").getvalue().decode()
    assert f"{last_look.reference},{connection},not needed,,,," in table
    assert ",nothing left to delete\r\n" in table
    out = io.StringIO()
    call_command("erasures", "--dry-run", stdout=out)
    assert f"{last_look.reference}  nothing left to delete: " in out.getvalue()
    assert "starts when you resume" not in text_of(sign_in, officer)

    halting.resume(connection=connection, actor=officer)
    work()
    last_look.refresh_from_db()
    assert (last_look.state, last_look.outcome) == ("completed", "erased")


def test_once_all_is_deleted_only_the_account_is_asked_for(
    approved_case: Case, approver: User, officer: User, sign_in: SignIn
) -> None:
    PlanLine.objects.update(step="done", attempts=1, attempted_at=timezone.now(), done_at=timezone.now())
    approver.is_active = False
    approver.save()
    page = look(sign_in, officer)
    assert "One case has nothing left to delete" in page
    assert "be carried out" not in page
    Connection.objects.update(account_id="another")
    page = look(sign_in, officer)
    assert "nothing left to delete:" in page
    assert "The approval no longer holds" in page


def test_a_verdict_stands_with_the_plan_that_was_looked_at(
    sandbox: Sandbox, connection: Connection, officer: User, approver: User, sign_in: SignIn
) -> None:
    halting.pause(connection=connection, actor=officer, reason="collecting")
    keep = review.Choice(decision="keep", exemption="17(3)(b)", reason="tax")
    case = prepared(file_case(officer, connection), officer, id_234115=keep)
    approve(case, approver)
    page = look(sign_in, officer)
    assert "7712" in page
    assert "changed since" not in page

    stopping.stop(case=case, actor=officer, reason="the order goes too")
    save_review(case, officer)
    page = text_of(sign_in, officer, "/deletions/dry-run/")
    assert "7712" in page
    assert "234115" not in page, "that is in the plan of today, which nobody has looked at"
    assert "changed since" in page[page.index(case.reference) :]
    table = sign_in(officer).get("/deletions/dry-run/dry-run.csv").getvalue().decode()
    assert f"{case.reference},{connection},yes,1004,,7712," in table
    assert ",changed since\r\n" in table


def test_what_was_deleted_since_stays_in_what_was_looked_at(
    approved_case: Case, connection: Connection, officer: User, sign_in: SignIn
) -> None:
    look(sign_in, officer)
    halting.resume(connection=connection, actor=officer)
    work()
    page = text_of(sign_in, officer, "/deletions/dry-run/")
    assert all(object_id in page for object_id in ("1004", "234115", "7712"))


def begins_and_polls(page: str) -> tuple[bool, bool]:
    return "/deletions/dry-run/begin/" in page, "hx-get" in page


def test_a_dry_run_that_nobody_goes_on_with_locks_nothing(approved_case: Case, officer: User, sign_in: SignIn) -> None:
    browser = sign_in(officer)
    dry_run.note(started_by=None)  # by a command that was killed
    page = browser.get("/deletions/dry-run/").text
    assert begins_and_polls(page) == (True, False)
    assert "finished: it was interrupted" in page
    assert browser.get("/deletions/dry-run/progress/").status_code == 204, "the page is to be loaded anew"

    browser.post("/deletions/dry-run/begin/")
    assert begins_and_polls(browser.get("/deletions/dry-run/").text) == (False, True)
    Errand.objects.update(status="failed")
    assert begins_and_polls(browser.get("/deletions/dry-run/").text) == (True, False)

    assert "nothing keeps one from being carried out" in look(sign_in, officer)
    browser.post("/deletions/dry-run/begin/")
    browser.post("/deletions/dry-run/begin/")
    assert Errand.objects.filter(status="due").count() == 1, "one that is under way is given back"


def test_an_interrupted_command_leaves_what_was_there(
    approved_case: Case, officer: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(sign_in, officer)
    before = DryRun.objects.get()

    def interrupted(document: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(storage, "is_intact", interrupted)
    with pytest.raises(KeyboardInterrupt):
        call_command("erasures", "--dry-run", stdout=io.StringIO())
    assert DryRun.objects.get() == before
    assert "nothing keeps one from being carried out" in text_of(sign_in, officer, "/deletions/dry-run/")


def test_the_command_fails_where_something_is_missing(approved_case: Case) -> None:
    out = io.StringIO()
    call_command("erasures", "--dry-run", "--json", stdout=out)
    told = json.loads(out.getvalue())
    calls = told["totals"]["calls"]
    assert told["totals"] == {"cases": 1, "checked": 1, "approved": 1, "calls": calls, "only_look": 0, "problems": 0}
    plan = approved_case.current_plan
    assert plan
    assert plan.export
    (storage.root() / plan.export.path).unlink()
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 cases"):
        call_command("erasures", "--dry-run", stdout=out)
    assert f"{approved_case.reference}  approved: A stored file is missing or damaged" in out.getvalue()


def test_a_dry_run_goes_on_in_slices(approved_case: Case, officer: User, sign_in: SignIn, settings: Settings) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, q_timeout=0)
    assert "One approved deletion" in look(sign_in, officer)
    assert DryRun.objects.get().finished_at


def test_the_pages_ask_no_more_of_many_than_of_few(
    approved_case: Case, connection: Connection, officer: User, sign_in: SignIn
) -> None:
    def counted() -> list[int]:
        look(sign_in, officer)
        numbers = []
        for address in ("/deletions/", "/deletions/dry-run/", "/deletions/dry-run/dry-run.csv"):
            browser = sign_in(officer)
            with CaptureQueriesContext(database) as captured:
                answer = browser.get(address)
                if answer.streaming:
                    answer.getvalue()
            numbers.append(len(captured))
        return numbers

    plan = approved_case.current_plan
    assert plan

    def add(numbers: range) -> None:
        for number in numbers:
            copy = Case.objects.get(pk=approved_case.pk)
            copy.pk, copy.reference = None, f"DSR-1999-{number:06d}"
            copy.save()
            again = Plan.objects.create(case=copy, number=1, created_at=timezone.now())
            for line in plan.lines.all():
                line.pk, line.plan = None, again
                line.save()

    add(range(1))  # it has problems: all parts of the page are there
    few = counted()
    add(range(1, 41))
    assert counted() == few
