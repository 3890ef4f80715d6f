"""Many requests from a table: what is said of each row, what the worker files, and what is left of the file."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import itertools
import logging
import sys
from collections.abc import Callable

import pytest
import time_machine
from django.apps import apps
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from dsr import audit, masterkey
from dsr.exceptions import InvalidInput, NextSlice, NotAllowed, NotReady, WrongState
from dsr.jobs import errands, tasks
from dsr.models import AuditEntry, Case, Connection, Errand, FilingBatch, FilingRow, Job, User
from dsr.permissions import Role, eligible_approvers
from dsr.selectors import filing
from dsr.services import assignment, closing, filing_many, filing_worker, intake, rotation
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, make_connection, make_user, prepared
from tests.tables import as_file, begun, line, table, uploaded

pytestmark = pytest.mark.django_db


def run_errands() -> None:
    """The filing alone, not the searches of what is filed."""
    for _ in range(20):
        due = Errand.objects.filter(kind="filing", status="due").first()
        if due is None:
            return
        errands.run(due.pk)
    raise AssertionError("the filing never came to rest")


def steps_of(act: Callable[[], object]) -> int:
    """How many functions are called, and return."""
    steps = itertools.count()
    sys.setprofile(lambda *_: next(steps) and None)
    try:
        act()
    finally:
        sys.setprofile(None)
    return next(steps)


def begin(batch: FilingBatch, officer: User, **choices: str) -> None:
    filing_many.begin(
        batch=batch,
        actor=officer,
        choices={int(name[1:]): choice for name, choice in choices.items()},
        seen=filing_many.newest_case(),
    )


def counts(batch: FilingBatch) -> dict[str, int]:
    return {name: count for name, count in filing.counts(FilingBatch.objects.get(pk=batch.pk)).items() if count}


def verbs(prefix: str = "filing_") -> list[str]:
    entries = AuditEntry.objects.filter(verb__startswith=prefix).order_by("sequence")
    return [entry.verb.removeprefix(prefix) for entry in entries]


def test_a_file_becomes_requests_that_are_as_if_each_had_been_filed(connection: Connection, officer: User) -> None:
    batch = uploaded(
        officer,
        connection,
        line(1, emails="pia@example.com; PIA.OLD@example.com", external_ids="77;78", note="by post"),
        line(2, type="Access", received_on="3.11.2026", channel="Web form", language=""),
    )
    assert not Case.objects.exists(), "nothing is filed before somebody says so"
    begin(batch, officer)
    run_errands()

    one, two = Case.objects.order_by("pk")
    assert (one.kind, one.subject_name, one.note, one.language) == ("erasure", "Pia Person 1", "by post", "de")
    assert sorted(row.value for row in one.identifiers.all()) == ["77", "78", "PIA.OLD@example.com", "pia@example.com"]
    assert (two.kind, two.channel, two.received_on, two.language) == ("access", "web_form", dt.date(2026, 11, 3), "en")
    for case in (one, two):
        assert (case.assigned_to, case.filed_by, case.state) == (None, officer, "received")
        assert case.jobs.count() == 1
        assert AuditEntry.objects.get(case=case.reference).verb == "filed"
    assert verbs() == ["uploaded", "begun", "finished"]
    assert audit.verify() is None


PROBLEMS: dict[str, tuple[dict[str, str], str, str]] = {
    "no name": ({"name": " "}, "name", "name"),
    "a name without end": ({"name": "x" * 401}, "name", "400"),
    "nobody can be found": ({"emails": ""}, "emails", "at least one"),
    "no address": ({"emails": "pia at example.com"}, "emails", "not an e-mail"),
    "an address for an id": ({"external_ids": "a@example.com"}, "external_ids", "not an e-mail"),
    "another type": ({"type": "transparency"}, "type", "erasure, access"),
    "another channel": ({"channel": "telepathy"}, "channel", "web_form"),
    "another language": ({"language": "xx"}, "language", "en, de, fr, es"),
    "tomorrow": ({"received_on": "2999-01-01"}, "received_on", "future"),
    "before the Regulation": ({"received_on": "24.05.2018"}, "received_on", "2018"),
    "a day that may be two": ({"received_on": "11/3/2026"}, "received_on", "2026-11-03"),
    "a day that isn't": ({"received_on": "2026-02-30"}, "received_on", "2026-11-03"),
    "no day": ({"received_on": ""}, "received_on", "2026-11-03"),
    "a novel": ({"note": "x" * 10_001}, "note", "long"),
    "a huge cell": ({"name": "x" * 130_000}, "name", "400"),
    "a crowd": ({"emails": ";".join(f"a{n}@example.com" for n in range(21))}, "emails", "more than"),
}


@pytest.mark.parametrize("what", PROBLEMS)
def test_what_is_wrong_with_a_row_stands_beside_it_and_the_row_is_not_filed(
    what: str, connection: Connection, officer: User
) -> None:
    changes, column, said = PROBLEMS[what]
    batch = uploaded(officer, connection, line(1, **changes), line(2))

    looks = filing_many.preview(batch)

    assert [name for name, _sentence in looks[0].wanted.problems] == [column]
    assert said in looks[0].wanted.problems[0][1]
    assert not looks[1].is_wrong
    begin(batch, officer)
    run_errands()
    assert [case.subject_name for case in Case.objects.all()] == ["Pia Person 2"]
    assert counts(batch) == {"filed": 1, "failed": 1}


def test_all_that_is_wrong_with_a_row_is_said_at_once(connection: Connection, officer: User) -> None:
    batch = uploaded(
        officer, connection, line(1, name="", emails="", type="x", channel="x", received_on="x") + ",,surplus"
    )

    (look,) = filing_many.preview(batch)

    assert [column for column, _ in look.wanted.problems] == ["", "received_on", "name", "emails", "type", "channel"]
    with pytest.raises(NotReady, match="No row is left"):
        begin(batch, officer)


def test_an_open_case_with_the_same_identifier_is_found_and_a_person_says_what_to_do(
    connection: Connection, officer: User, sandbox: Sandbox
) -> None:
    known = file_case(officer, connection, emails=["linda.dare@example.com"], external_ids=["77"])
    elsewhere = make_connection(sandbox, name="Other", account_id="other")
    file_case(officer, elsewhere, emails=[], external_ids=["88"])
    closed = file_case(officer, connection, emails=["closed@example.com"])
    closing.withdraw(case=closed, actor=officer, reason="by mistake")
    batch = uploaded(
        officer,
        connection,
        line(1, emails=" LINDA.Dare@example.com "),
        line(2, external_ids="77"),
        line(3, external_ids="88"),
        line(4, emails="closed@example.com"),
    )

    looks = filing_many.preview(batch)

    assert [[case.reference for case in look.open_cases] for look in looks] == [
        [known.reference],
        [known.reference],
        [],
        [],
    ]
    for incomplete in ({}, {"r2": "file"}, {"r2": "file", "r3": "perhaps"}):
        with pytest.raises(NotReady, match="Say for each marked row"):
            begin(batch, officer, **incomplete)
    assert counts(batch) == {"waiting": 4}
    begin(batch, officer, r2="file", r3="leave")
    run_errands()
    assert counts(batch) == {"filed": 3, "left_out": 1}
    assert {case.subject_name for case in Case.objects.filter(filing_rows__batch=batch)} == {
        "Pia Person 1",
        "Pia Person 3",
        "Pia Person 4",
    }


def test_doubles_within_the_file_are_found_and_rows_that_are_wrong_are_nobodys_double(
    connection: Connection, officer: User
) -> None:
    batch = uploaded(
        officer,
        connection,
        line(1, emails="pia@example.com", channel="telepathy"),
        line(2, emails="pia@example.com"),
        line(3, emails="other@example.com;Pia@Example.com"),
        line(4, emails="other@example.com"),
    )

    looks = filing_many.preview(batch)

    assert [look.same_as for look in looks] == [None, None, 3, 4]
    assert [look.needs_choice for look in looks] == [False, False, True, True]
    begin(batch, officer, r4="leave", r5="file")
    run_errands()
    assert counts(batch) == {"filed": 2, "left_out": 1, "failed": 1}


def test_a_choice_about_a_case_that_came_after_the_preview_does_not_count(
    connection: Connection, officer: User
) -> None:
    file_case(officer, connection, emails=["pia@example.com"])
    batch = uploaded(officer, connection, line(1, emails="pia@example.com"), line(2))
    seen = filing_many.newest_case()
    file_case(officer, connection, emails=["pia@example.com"])

    with pytest.raises(NotReady, match="Say for each marked row"):
        filing_many.begin(batch=batch, actor=officer, choices={2: "file"}, seen=seen)


def test_what_came_in_while_it_was_filed_is_left_to_a_person(connection: Connection, officer: User) -> None:
    batch = begun(officer, connection, line(1), line(2, emails="pia@example.com"))
    meanwhile = file_case(officer, connection, emails=["pia@example.com"])
    run_errands()

    assert counts(batch) == {"filed": 1, "failed": 1}
    (look,) = filing_many.not_filed(FilingBatch.objects.get(pk=batch.pk))
    assert meanwhile.reference in filing_many.why_not(look)


def test_the_preview_of_two_thousand_rows_takes_few_queries(connection: Connection, officer: User) -> None:
    file_case(officer, connection, emails=["pia7@example.com"])
    batch = uploaded(officer, connection, *map(line, range(2000)))
    with CaptureQueriesContext(database) as captured:
        looks = filing_many.preview(FilingBatch.objects.select_related("connection").get(pk=batch.pk))

    assert len(looks) == 2000
    assert [look.row.number for look in looks if look.open_cases] == [9]
    assert len(captured) == 3, "the batch, its rows, the open cases"


def test_a_preview_of_ten_times_the_rows_takes_ten_times_the_steps(connection: Connection, officer: User) -> None:
    file_case(officer, connection, emails=["pia7@example.com"])
    short, long = (uploaded(officer, connection, *map(line, range(count))) for count in (200, 2000))
    filing_many.preview(short)  # what is read but once in a process

    assert steps_of(lambda: filing_many.preview(long)) < 11 * steps_of(lambda: filing_many.preview(short))


def test_stopped_between_two_rows_and_gone_on_with_by_somebody_else(
    connection: Connection, officer: User, second_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = begun(officer, connection, *map(line, range(5)))
    file_request = intake.file_request

    def stop_during_the_third(**arguments: object) -> Case:
        if Case.objects.count() == 2:
            filing_many.stop(batch=batch, actor=second_officer)
        return file_request(**arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(intake, "file_request", stop_during_the_third)
        run_errands()
    assert counts(batch) == {"filed": 2, "waiting": 3}, "nothing is filed after the stop"
    assert Case.objects.count() == 2
    assert not filing.is_worked_on(FilingBatch.objects.get(pk=batch.pk))
    with pytest.raises(WrongState):
        filing_many.stop(batch=batch, actor=officer)

    filing_many.go_on(batch=batch, actor=second_officer)
    with pytest.raises(WrongState, match="at it already"):
        filing_many.go_on(batch=batch, actor=officer)
    run_errands()

    assert counts(batch) == {"filed": 5}
    assert [case.filed_by for case in Case.objects.order_by("pk")] == [officer] * 2 + [second_officer] * 3
    assert all(case.actors.filter(user=officer).exists() for case in Case.objects.all()), "the uploader had a hand"
    assert verbs() == ["uploaded", "begun", "stopped", "went_on", "finished"]
    stopped = AuditEntry.objects.get(verb="filing_stopped")
    assert stopped.facts == {"batch": batch.reference, "waiting": 3, "filed": 2, "left_out": 0, "failed": 0}


def test_whoever_uploaded_the_file_can_not_approve_its_cases(connection: Connection, officer: User) -> None:
    both = make_user("bo@example.com", "Bo Both", Role.PRIVACY_OFFICER, Role.APPROVER)
    batch = uploaded(both, connection, line(1))
    begin(batch, officer)
    run_errands()
    assert set(Case.objects.get().actors.values_list("user__full_name", flat=True)) == {"Anna Officer", "Bo Both"}


def test_whoever_chose_about_its_rows_can_not_approve_them_though_somebody_else_goes_on(
    connection: Connection, officer: User, second_officer: User, approver: User, sandbox: Sandbox
) -> None:
    both = make_user("bo@example.com", "Bo Both", Role.PRIVACY_OFFICER, Role.APPROVER)
    file_case(officer, connection, emails=["linda.dare@example.com"])
    batch = uploaded(officer, connection, line(1, emails="linda.dare@example.com"), line(2))
    begin(batch, both, r2="file")
    filing_many.stop(batch=batch, actor=second_officer)
    run_errands()
    filing_many.go_on(batch=batch, actor=second_officer)
    run_errands()

    cases = Case.objects.filter(filing_rows__batch=batch).order_by("pk")
    assert len(cases) == 2
    for case in cases:
        acts = set(case.actors.values_list("user__full_name", "act"))
        assert acts == {
            ("Anna Officer", "uploaded"),
            ("Bo Both", "had_filed"),
            (second_officer.full_name, "filed"),
        }
        assert eligible_approvers(case) == [approver]
    case = prepared(cases[0], second_officer)
    with pytest.raises(NotAllowed, match="worked on this case"):
        approve(case, both)


def test_it_works_in_slices_and_a_slice_is_no_failure(
    connection: Connection, officer: User, settings: Settings
) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, q_timeout=0, job_retry_delays=[60, 60])
    batch = begun(officer, connection, *map(line, range(6)))
    with pytest.raises(NextSlice):
        filing_worker.work_through(batch.pk)
    assert counts(batch) == {"filed": 1, "waiting": 5}
    run_errands()
    assert counts(batch) == {"filed": 6}
    assert Errand.objects.get(kind="filing").status == "done"


def test_a_row_is_filed_once_though_two_workers_have_it(connection: Connection, officer: User) -> None:
    batch = begun(officer, connection, line(1))
    row = filing_worker._next(batch.pk)
    assert row
    again = filing_worker._next(batch.pk)
    assert again
    filing_worker._file(row)
    filing_worker._file(again)
    assert Case.objects.count() == 1
    assert Job.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        batch.rows.update(status="filed", case=None)


def test_a_connection_that_goes_out_of_use_stops_it(connection: Connection, officer: User) -> None:
    batch = begun(officer, connection, line(1), line(2))
    Connection.objects.update(is_active=False)
    run_errands()
    batch.refresh_from_db()
    assert (batch.stage, batch.why_stopped, counts(batch)) == ("stopped", "connection", {"waiting": 2})
    with pytest.raises(InvalidInput):
        filing_many.go_on(batch=batch, actor=officer)
    Connection.objects.update(is_active=True)
    filing_many.go_on(batch=batch, actor=officer)
    run_errands()
    assert counts(batch) == {"filed": 2}


def test_an_officer_who_is_none_any_more_files_nothing_more(
    connection: Connection, officer: User, second_officer: User
) -> None:
    batch = begun(officer, connection, line(1), line(2))
    officer.groups.clear()
    run_errands()
    batch.refresh_from_db()
    assert (batch.stage, batch.why_stopped) == ("stopped", "not_allowed")
    assert not Case.objects.exists()
    for act in (filing_many.go_on, filing_many.throw_away, filing_many.stop, filing_many.take_rest):
        with pytest.raises(NotAllowed):
            act(batch=batch, actor=officer)
    filing_many.go_on(batch=batch, actor=second_officer)
    run_errands()
    assert counts(batch) == {"filed": 2}


def test_after_the_worker_gave_up_a_person_can_go_on(
    connection: Connection, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = begun(officer, connection, line(1))

    def fails(**_arguments: object) -> None:
        raise RuntimeError("pia1@example.com broke it")

    with monkeypatch.context() as patch:
        patch.setattr(intake, "file_request", fails)
        run_errands()
    assert Errand.objects.get(kind="filing").status == "failed"
    assert not filing.is_worked_on(FilingBatch.objects.get(pk=batch.pk))
    filing_many.go_on(batch=batch, actor=officer)
    run_errands()
    assert counts(batch) == {"filed": 1}


def test_the_rows_that_failed_are_given_back_to_whoever_uploaded_them_disarmed_and_come_in_again(
    connection: Connection, officer: User, second_officer: User
) -> None:
    formula = "=HYPERLINK(1)"
    bad = line(1, name=formula, emails="pia1@example.com;+49@example.com", note="-2+3", channel="telepathy")
    batch = begun(officer, connection, bad, line(2))
    run_errands()
    batch.refresh_from_db()

    content = filing_many.take_rest(batch=batch, actor=officer)

    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert row["name"] == f"'{formula}"
    assert row["note"] == "'-2+3"
    assert row["emails"] == "pia1@example.com;'+49@example.com"
    assert row["problem"] == "channel: Write one of these: email, letter, web_form, phone, in_person, other."
    assert AuditEntry.objects.get(verb="filing_rest_taken").facts == {"batch": batch.reference, "rows": 1}
    with pytest.raises(NotAllowed, match="whoever uploaded"):
        filing_many.take_rest(batch=batch, actor=second_officer)

    again = filing_many.upload(
        actor=officer, connection=connection, file=as_file(content.replace(b"telepathy", b"email"))
    )
    (look,) = filing_many.preview(again)
    assert not look.is_wrong
    assert look.wanted.arguments["subject_name"] == formula, "as it was first, without the apostrophe"
    assert look.wanted.arguments["emails"] == ["pia1@example.com", "+49@example.com"]
    assert look.wanted.arguments["note"] == "-2+3"


def test_what_is_thrown_away_is_gone_and_what_is_filed_stays(
    connection: Connection, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = begun(officer, connection, line(1), line(2, channel="telepathy"))
    with pytest.raises(WrongState):
        filing_many.throw_away(batch=batch, actor=officer)
    run_errands()
    filing_many.throw_away(batch=batch, actor=officer)

    batch.refresh_from_db()
    assert not FilingRow.objects.exists()
    assert bytes(batch.key_wrapped) == b""
    assert counts(batch) == {"filed": 1, "failed": 1}, "numbers stay"
    assert Case.objects.count() == 1
    for act in (filing_many.stop, filing_many.go_on, filing_many.throw_away):
        with pytest.raises(WrongState):
            act(batch=batch, actor=officer)
    with pytest.raises(NotReady):
        filing_many.take_rest(batch=batch, actor=officer)


@pytest.mark.parametrize("state", ["preview", "filing", "stopped", "finished"])
def test_after_seven_days_its_rows_are_gone_whatever_became_of_it(
    state: str, connection: Connection, officer: User
) -> None:
    with time_machine.travel(timezone.now() - dt.timedelta(days=6, hours=23), tick=False):
        batch = uploaded(officer, connection, line(1, received_on="2026-01-05"), line(2, type="x"))
        if state != "preview":
            begin(batch, officer)
        if state == "finished":
            run_errands()
        if state == "stopped":
            filing_many.stop(batch=batch, actor=officer)
    tasks.retain()
    assert batch.rows.count() == 2
    with time_machine.travel(timezone.now() + dt.timedelta(hours=2), tick=False):
        tasks.retain()
        tasks.retain()
    batch.refresh_from_db()
    assert (batch.ended, batch.rows.count(), bytes(batch.key_wrapped)) == ("expired", 0, b"")
    assert verbs()[-1] == "expired"
    assert verbs().count("expired") == 1
    filed = Case.objects.count()
    run_errands()
    assert Case.objects.count() == filed == (1 if state == "finished" else 0), "the worker files nothing of it any more"


def test_once_all_is_filed_no_key_is_left(connection: Connection, officer: User) -> None:
    batch = begun(officer, connection, line(1), line(2))
    run_errands()
    batch.refresh_from_db()
    assert bytes(batch.key_wrapped) == b""
    assert [bytes(row.content_sealed) for row in batch.rows.all()] == [b"", b""]


def test_the_master_key_is_rotated_under_a_file_too(connection: Connection, officer: User, settings: Settings) -> None:
    batch = uploaded(officer, connection, line(1))
    settings.ENV = dataclasses.replace(settings.ENV, master_key=b"n" * 32, other_master_keys=[settings.ENV.master_key])
    rotation.rotate()
    settings.ENV = dataclasses.replace(settings.ENV, other_master_keys=[])
    (look,) = filing_many.preview(FilingBatch.objects.get(pk=batch.pk))
    assert look.wanted.arguments["subject_name"] == "Pia Person 1"
    assert masterkey.is_current(
        FilingBatch.objects.get(pk=batch.pk).key_wrapped, context=f"filing-key:{batch.reference}"
    )


SECRETS = ("pia person", "pigeon post", "secret note", "4711-0815")


def test_nothing_of_a_person_stands_in_the_clear(
    connection: Connection, officer: User, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    caplog.set_level(logging.DEBUG)
    batch = begun(
        officer,
        connection,
        line(1, note="secret note"),
        line(2, external_ids="4711-0815"),
        line(3, note="secret note", channel="pigeon post"),
    )
    filing_many.stop(batch=batch, actor=officer)
    filing_many.go_on(batch=batch, actor=officer)
    stages = [_everything_stored()]
    run_errands()
    batch.refresh_from_db()
    filing_many.take_rest(batch=batch, actor=officer)
    stages.append(_everything_stored())
    assert counts(batch) == {"filed": 2, "failed": 1}

    files = b"".join(path.read_bytes() for path in settings.ENV.data_dir.rglob("*") if path.is_file())
    for stored in (*stages, caplog.text.encode(), files):
        assert [secret for secret in SECRETS if secret.encode() in stored.lower()] == []
    assert len(stages[0]) > 2_000
    (look,) = filing_many.not_filed(batch)
    assert look.wanted.arguments["note"] == "secret note", "the test would see it: what is sealed opens"


def _everything_stored() -> bytes:
    parts = []
    for model in apps.get_models(include_auto_created=True):
        for row in model._default_manager.values():
            for value in row.values():
                parts.append(bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode())
    return b"\n".join(parts)


def test_only_an_officer_files_many(connection: Connection, approver: User, administrator: User, officer: User) -> None:
    batch = uploaded(officer, connection, line(1))
    for user in (approver, administrator):
        with pytest.raises(NotAllowed):
            filing_many.upload(actor=user, connection=connection, file=table([line(1)]))
        with pytest.raises(NotAllowed):
            begin(batch, user)
        with pytest.raises(NotAllowed):
            filing_many.throw_away(batch=batch, actor=user)


def test_it_is_begun_once(connection: Connection, officer: User) -> None:
    batch = begun(officer, connection, line(1))
    with pytest.raises(WrongState):
        begin(batch, officer)
    assert Errand.objects.filter(kind="filing").count() == 1


def test_the_template_can_be_uploaded_as_it_is(connection: Connection, officer: User) -> None:
    with time_machine.travel(dt.datetime(2026, 12, 1, tzinfo=dt.UTC)):
        batch = filing_many.upload(actor=officer, connection=connection, file=as_file(filing_many.template()))
        looks = filing_many.preview(batch)
    assert [look.wanted.problems for look in looks] == [(), ()]
    assert len(looks[0].wanted.arguments["emails"]) == 2


def test_what_is_filed_can_be_given_to_an_officer(connection: Connection, officer: User, second_officer: User) -> None:
    begun(officer, connection, line(1))
    run_errands()
    assert assignment.assign(case=Case.objects.get(), actor=officer, to=second_officer)
