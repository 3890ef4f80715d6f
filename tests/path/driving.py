"""Takes a case through to its end as people would: do what the state asks for, and follow the advice when it fails."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pytest
from django.utils import timezone

from dsr.attention import ADVICE, WayOn
from dsr.evidence.records import Drawn
from dsr.exceptions import StaleView
from dsr.jobs import errands, runner
from dsr.models import Case, Connection, Document, Errand, ErrandStatus, Job, JobStatus, User
from dsr.services import approval, closing, identity, matching, preparation, resumption, review
from dsr.services.planning import has_begun
from dsr.states import Kind
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import add_linda, add_tom, approve, decide_all, file_case, prepared, save_changes, save_review, work
from tests.rewinding import Mark

PAPER = Drawn(pdf=b"%PDF-1.7 a paper that nobody drew", pages=1, sha256="0" * 64)


def draw_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the drawing of PDFs, which other tests look at, where a path is walked many times."""
    monkeypatch.setattr("dsr.services.preparation.draw_evidence", lambda _, **__: PAPER)
    for service in ("certificates", "change_certificates", "closing_records"):
        monkeypatch.setattr(f"dsr.services.{service}.draw_certificate", lambda _, **__: PAPER)
    for record in ("draw_refusal", "draw_nothing_found"):
        monkeypatch.setattr(f"dsr.services.closing_records.{record}", lambda _, **__: PAPER)
    for service in ("preparation", "certificates", "change_certificates", "closing_records"):
        monkeypatch.setattr(f"dsr.services.{service}.sealed", lambda drawn, **_: drawn)


def searched_again(case: Case, officer: User, *, same: tuple[str, ...]) -> None:
    """Another search, after which these contacts are the person and all others are not."""
    matching.search_again(case=case, actor=officer, reason="look once more")
    work()
    case.refresh_from_db()
    decide_all(case, officer, same=same)


def carried_out(case: Case, officer: User, approver: User) -> Case:
    """From the saved review on: prepared, approved, and done as far as it goes."""
    preparation.request(case=case, actor=officer)
    work()
    case.refresh_from_db()
    approve(case, approver)
    work()
    case.refresh_from_db()
    return case


def tom_answers_after_the_deletion(sandbox: Sandbox, connection: Connection, officer: User, approver: User) -> Case:
    """It waits for a person: another contact has the address now, and somebody has to say who that is."""
    sandbox.remove("contact", "2087")
    case = prepared(file_case(officer, connection), officer)
    add_tom(sandbox)
    approve(case, approver)
    work()
    case.refresh_from_db()
    assert case.attention == "another_contact"
    return case


def all_deleted_and_tom_ruled_out(sandbox: Sandbox, connection: Connection, officer: User, approver: User) -> Case:
    """In review: another contact answered after the deletion, and isn't the person. Only the last look is left."""
    case = tom_answers_after_the_deletion(sandbox, connection, officer, approver)
    matching.search_again(case=case, actor=officer)
    work()
    decide_all(case, officer)
    case.refresh_from_db()
    review.open_review(case=case, actor=officer)
    return case


def next_act(case: Case, officer: User, approver: User, *, same: tuple[str, ...] = ("1004",)) -> None:
    """The one next act of a person, by the state of the case."""
    acts: Mapping[str, Callable[[], Any]] = {
        "matching": lambda: _settle_matches(case, officer, same),
        "review": lambda: _review(case, officer),
        "awaiting_approval": lambda: _approve(case, approver),
        "ready": lambda: closing.hand_over(case=case, actor=officer, how="encrypted download"),
        "needs_attention": lambda: follow_advice(case, officer, same=same),
    }
    acts[case.state]()


def _settle_matches(case: Case, officer: User, same: tuple[str, ...]) -> None:
    if case.identity != "confirmed":
        identity.confirm(case=case, actor=officer, method="signed_letter")
    decide_all(case, officer, same=same)
    review.open_review(case=case, actor=officer)


def _approve(case: Case, approver: User) -> None:
    try:
        approve(case, approver)
    except StaleView:
        approval.send_back(case=case, actor=approver, reason="it changed after it was prepared")


def _review(case: Case, officer: User) -> None:
    if not case.candidates.filter(decision="same_person", superseded=False, erased_at=None).exists():
        (closing.look_again if has_begun(case) else closing.nothing_found)(case=case, actor=officer)
        return
    if case.is_change:
        wanted = what_to_change(case)
        save_changes(case, officer, contact_id=wanted[0], **wanted[1])
        if has_begun(case) and case.current_plan and not case.current_plan.changes.exists():
            closing.look_again(case=case, actor=officer)
            return
    else:
        save_review(case, officer)
    preparation.request(case=case, actor=officer)


def what_to_change(case: Case) -> tuple[str, dict[str, Any]]:
    """The contact and what the kind of request wants of it; once that is so, the other way round."""
    candidate = case.candidates.filter(decision="same_person", superseded=False, erased_at=None).earliest("pk")
    there = candidate.summary
    wanted: dict[str, dict[str, Any]] = {
        Kind.RECTIFICATION: {"fields": {"first_name": "Linda" if there["first_name"] == "Lynda" else "Lynda"}},
        Kind.RESTRICTION: {"fields": {"status": "active" if there["status"] == "inactive" else "inactive"}},
        Kind.OBJECTION: {"remove_tags": ["Stop"]} if "Stop" in there["tags"] else {"add_tags": ["Stop"]},
    }
    return candidate.contact_id, wanted[case.kind]


def follow_advice(case: Case, officer: User, *, same: tuple[str, ...] = ("1004",)) -> None:
    """Press the first of the buttons that the case offers."""
    way_on = ADVICE[case.attention].ways_on[0]
    if way_on == WayOn.SEARCH_AGAIN:
        matching.search_again(case=case, actor=officer)
    elif way_on == WayOn.BACK_TO_REVIEW:
        resumption.back_to_review(case=case, actor=officer)
    else:
        if way_on == WayOn.DECIDE:
            decide_all(case, officer, same=same)
        resumption.resume(case=case, actor=officer)


def drive(
    case: Case,
    officer: User,
    approver: User,
    *,
    before: Mapping[str, Callable[[], Any]] | None = None,
    mended: Callable[[], Any] = lambda: None,
    until: str = "",
    same: tuple[str, ...] = ("1004",),
) -> list[str]:
    """Go on until the case is closed (or in the state `until`). Returns what people were called for, in order.

    `before` runs once when the case is first in a state, ahead of the act that leaves it; `mended` runs when a person
    is called, as whoever puts right what was wrong.
    """
    to_do = dict(before or {})
    called_for: list[str] = []
    for _ in range(40):
        if case.state == until:
            return called_for
        if case.state in to_do:
            to_do.pop(case.state)()
        work()
        case.refresh_from_db()
        if case.is_closed or case.state == until:
            return called_for
        if case.state == "needs_attention":
            called_for.append(case.attention)
            mended()
        if case.state in to_do:
            to_do.pop(case.state)()
        next_act(case, officer, approver, same=same)
    raise AssertionError(f"the case never came to an end: {case.state} after {called_for}")


def after_a_kill() -> None:
    """The lease of whatever was running is over, and a worker comes by."""
    Job.objects.filter(status=JobStatus.RUNNING).update(leased_until=timezone.now() - dt.timedelta(seconds=1))
    for job in Job.objects.filter(status=JobStatus.RUNNING):
        runner.run(job.pk)
    Errand.objects.filter(status=ErrandStatus.RUNNING).update(leased_until=timezone.now() - dt.timedelta(seconds=1))
    for errand in Errand.objects.filter(status=ErrandStatus.RUNNING):
        errands.run(errand.pk)
    work()


def furnish(sandbox: Sandbox) -> None:
    """The sandbox as every test finds it."""
    sandbox.reset()
    add_linda(sandbox)
    add_tom(sandbox)
    sandbox.reset_calls()


def rerun(sandbox: Sandbox, names: Iterable[str]) -> Iterator[str]:
    """Yield each name with the database as it is now and the sandbox as every test finds it: many runs, one set-up."""
    for name in names:
        mark = Mark.here()
        furnish(sandbox)
        yield name
        mark.rewind()
        sandbox.clear_faults()


def effective_deletes(sandbox: Sandbox) -> list[tuple[str | None, str | None, str | None]]:
    """What deletes really took away, in order: a repeated one answers 404 and takes nothing."""
    return [
        (call.integration, call.object, call.object_id)
        for call in sandbox.deletes()
        if call.status == 200 and call.fault != "lying"
    ]


def held(sandbox: Sandbox) -> dict[str, Any]:
    """What SegMetrics holds, without the numbers that its own database gave the rows."""
    return {
        table: [{name: value for name, value in row.items() if name != "seq"} for row in rows]
        if isinstance(rows, list)
        else rows
        for table, rows in sandbox.state().items()
    }


def certificates(case: Case) -> int:
    return Document.objects.filter(case=case, kind="certificate").count()
