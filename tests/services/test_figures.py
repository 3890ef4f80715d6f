"""The figures of a period: each as docs/reports.md says that it is counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from dsr.evidence.accounts import Count
from dsr.models import Candidate, Case, Connection, LegalHold, Plan, PlanLine, User
from dsr.periods import Period, last_quarter, last_year, this_month, this_year
from dsr.selectors.figures import figures_of, nearest_rank
from dsr.services import closing, retention
from tests.builders import approve, file_case, prepared, reviewed, work

pytestmark = pytest.mark.django_db

MARCH = Period(dt.date(2026, 3, 1), dt.date(2026, 3, 31))
MakeCase = Callable[..., Case]


@pytest.fixture
def make_case(connection: Connection, officer: User) -> MakeCase:
    """A row as it is left when a case was purged: dates, kind, channel, state, outcome, ground; no key, no name."""

    def make(*, received: str, closed: str = "", due: str = "2026-12-31", **fields: Any) -> Case:
        defaults: dict[str, Any] = {
            "reference": f"DSR-{Case.objects.count():06d}",
            "kind": "erasure",
            "state": "completed" if closed else "review",
            "outcome": "erased" if closed and fields.get("state", "completed") == "completed" else "",
            "channel": "email",
            "connection": connection,
            "received_on": received,
            "due_on": due,
            "filed_by": officer,
            "filed_at": timezone.now(),
            "closed_at": timezone.make_aware(dt.datetime.fromisoformat(closed)) if closed else None,
        }
        return Case.objects.create(**(defaults | fields))

    return make


def codes(counts: tuple[Count, ...]) -> dict[str, int]:
    return {row.code: row.count for row in counts if row.count}


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([15, 20, 35, 40, 50], 5, 15),
        ([15, 20, 35, 40, 50], 30, 20),
        ([15, 20, 35, 40, 50], 40, 20),
        ([15, 20, 35, 40, 50], 50, 35),
        ([15, 20, 35, 40, 50], 95, 50),
        ([15, 20, 35, 40, 50], 100, 50),
        ([3, 6, 7, 8, 8, 10, 13, 15, 16, 20], 25, 7),
        ([3, 6, 7, 8, 8, 10, 13, 15, 16, 20], 50, 8),
        ([3, 6, 7, 8, 8, 10, 13, 15, 16, 20], 95, 20),
        (list(range(1, 101)), 50, 50),
        (list(range(1, 101)), 95, 95),
        (list(range(20, 0, -1)), 95, 19),
        ([4], 50, 4),
        ([0, 0], 95, 0),
        ([], 50, None),
    ],
)
def test_the_nearest_rank(values: list[int], percent: int, expected: int | None) -> None:
    """The examples that are usually given of the method, and the edges."""
    assert nearest_rank(values, percent) == expected


def test_days_to_the_answer_are_counted_between_local_days(make_case: MakeCase) -> None:
    # Half past eleven in the evening of the 11th in UTC is the 12th in Berlin.
    case = make_case(received="2026-03-02", closed="2026-03-10 12:00")
    Case.objects.filter(pk=case.pk).update(closed_at=dt.datetime(2026, 3, 11, 23, 30, tzinfo=dt.UTC))
    with timezone.override("Europe/Berlin"):
        figures = figures_of(MARCH)
    assert figures.answer_days[0].median == 10


def test_only_answers_are_answers(make_case: MakeCase) -> None:
    make_case(received="2026-03-01", closed="2026-03-05 10:00")
    make_case(received="2026-02-01", closed="2026-03-11 10:00", state="refused", refusal_ground="unfounded")
    make_case(received="2026-03-01", closed="2026-03-30 10:00", state="withdrawn")
    make_case(received="2026-03-01", closed="2026-03-30 10:00", state="merged")
    make_case(received="2026-03-01")
    make_case(received="2026-03-01", closed="2026-04-01 00:00", kind="access", outcome="handed_over")

    figures = figures_of(MARCH)

    everything = figures.answer_days[-1]
    assert (figures.answered, everything.answered, everything.median, everything.longest) == (2, 2, 4, 38)
    assert codes(figures.answered_within) == {"0-7": 1, "31-60": 1}
    assert (figures.refused, codes(figures.refusals)) == (1, {"unfounded": 1})
    assert figures.received == 5
    assert codes(figures.by_kind) == {"erasure": 4, "access": 1}
    assert codes(figures.by_ending) == {"erased": 1, "handed_over": 1, "withdrawn": 1, "merged": 1, "open": 1}
    assert codes(figures.by_month[0].received) == {"erasure": 4, "access": 1}


def test_both_days_of_the_period_belong_to_it(make_case: MakeCase) -> None:
    for day in ("2026-02-28", "2026-03-01", "2026-03-31", "2026-04-01"):
        make_case(received=day, closed=f"{day} 23:59")
    make_case(received="2026-01-01", closed="2026-03-01 00:00")
    make_case(received="2026-01-01", closed="2026-02-28 23:59:59")

    figures = figures_of(MARCH)

    assert figures.received == 2
    assert figures.answered == 3


@time_machine.travel("2026-04-10 12:00", tick=False)
def test_open_and_overdue_are_those_of_the_last_day(make_case: MakeCase) -> None:
    make_case(received="2026-02-20", due="2026-03-20")
    make_case(received="2026-02-20", due="2026-03-31")
    make_case(received="2026-02-20", due="2026-03-20", closed="2026-04-02 10:00")  # open at the time
    make_case(received="2026-02-20", due="2026-03-20", closed="2026-03-21 10:00")  # late, and closed
    make_case(received="2026-02-20", due="2026-03-20", closed="2026-03-20 23:00")  # in time
    make_case(received="2026-04-01", due="2026-05-01")

    figures = figures_of(MARCH)

    assert (figures.open, figures.overdue, figures.answered_late) == (3, 2, 1)
    assert figures.as_of == dt.date(2026, 3, 31)


@time_machine.travel("2026-03-10 12:00", tick=False)
def test_of_a_period_that_is_not_over_it_is_today(make_case: MakeCase) -> None:
    make_case(received="2026-02-01", due="2026-03-15")
    make_case(received="2026-02-01", due="2026-03-09")

    figures = figures_of(MARCH)

    assert figures.as_of == dt.date(2026, 3, 10)
    assert (figures.open, figures.overdue) == (2, 1)


def test_what_was_deleted_counts_once_and_only_where_it_is_certified(make_case: MakeCase) -> None:
    def plan(case: Case, number: int, *lines: tuple[str, str, str]) -> None:
        made = Plan.objects.create(case=case, number=number, created_at=timezone.now())
        candidate, _ = Candidate.objects.get_or_create(
            case=case,
            contact_id="1",
            defaults={"seen_at": timezone.now(), "identity_digest": "x", "summary_sealed": b"x"},
        )
        for position, (what, number_of_it, step) in enumerate(lines):
            PlanLine.objects.create(
                plan=made, candidate=candidate, position=position, integration_id="int9", integration_label="Shop",
                object=what, object_id=number_of_it, decision="delete", step=step,
            )  # fmt: skip

    certified = make_case(received="2026-02-01", closed="2026-03-02 10:00")
    plan(certified, 1, ("invoice", "7", "done"), ("contact", "1", "pending"))
    plan(
        certified, 2, ("invoice", "7", "done"), ("invoice", "8", "done"), ("contact", "1", "done"),
        ("subscription", "9", "already_gone"),
    )  # fmt: skip
    plan(make_case(received="2026-03-01"), 1, ("invoice", "7", "done"))
    plan(make_case(received="2026-02-01", closed="2026-04-02 10:00"), 1, ("contact", "7", "done"))

    assert codes(figures_of(MARCH).erased) == {"invoice": 2, "contact": 1}


@time_machine.travel("2026-04-10 12:00", tick=False)
def test_held_are_requests_with_a_hold_in_force_on_the_day(make_case: MakeCase, officer: User, approver: User) -> None:
    def hold(case: Case, placed: str, lifted: str = "") -> None:
        def moment(day: str) -> dt.datetime:
            return timezone.make_aware(dt.datetime.fromisoformat(f"{day} 10:00"))

        row = LegalHold.objects.create(case=case, reason_sealed=b"x", placed_by=officer, placed_at=moment(placed))
        if lifted:
            LegalHold.objects.filter(pk=row.pk).update(lift_asked_by=officer, lift_asked_at=moment(placed))
            LegalHold.objects.filter(pk=row.pk).update(lifted_by=approver, lifted_at=moment(lifted))

    one = make_case(received="2026-03-01")
    hold(one, "2026-03-02")
    hold(one, "2026-03-03")
    hold(make_case(received="2026-03-01"), "2026-03-02", "2026-03-20")
    hold(make_case(received="2026-03-01"), "2026-03-02", "2026-04-02")
    hold(make_case(received="2026-03-01"), "2026-04-03")

    assert figures_of(MARCH).held == 2


def test_extended_and_channels_are_of_those_that_arrived(make_case: MakeCase) -> None:
    make_case(received="2026-03-01", extended=True, channel="letter")
    make_case(received="2026-02-01", extended=True, channel="phone")

    figures = figures_of(MARCH)

    assert (figures.extended, codes(figures.by_channel)) == (1, {"letter": 1})


def test_nothing_at_all(db: None) -> None:
    figures = figures_of(MARCH)

    assert figures.is_empty
    assert figures.answer_days[-1].median is None


def test_the_queries_do_not_grow_with_the_cases(make_case: MakeCase) -> None:
    def queries() -> int:
        with CaptureQueriesContext(database) as captured:
            figures_of(MARCH)
        return len(captured)

    make_case(received="2026-03-01", closed="2026-03-05 10:00")
    one = queries()
    for number in range(40):
        make_case(received="2026-03-01", closed="2026-03-05 10:00" if number % 2 else "")

    assert queries() == one <= 3


def test_a_purge_takes_nothing_that_is_counted(officer: User, approver: User, connection: Connection) -> None:
    """The whole way: erased, refused and open cases, then the contents of the closed ones are destroyed."""
    today = timezone.localdate()
    period = Period(today - dt.timedelta(days=30), today)
    erased = prepared(file_case(officer, connection), officer)
    approve(erased, approver)
    work()
    refused = file_case(officer, connection, emails=["nobody@example.com"], channel="phone")
    reviewed(refused, officer, same=())
    closing.refuse(case=refused, actor=officer, ground="unfounded", reason="sent every week")
    file_case(officer, connection)
    before = figures_of(period)
    assert (before.answered, before.refused, before.open, before.received) == (2, 1, 1, 3)
    assert codes(before.erased) == {"invoice": 1, "subscription": 1, "contact": 1}

    Case.objects.exclude(closed_at=None).update(purge_on=today)
    assert retention.purge_due() == 2

    assert figures_of(period) == before


def test_labels_are_those_of_the_active_language(make_case: MakeCase) -> None:
    make_case(received="2026-03-01")
    with translation.override("de"):
        assert next(row.label for row in figures_of(MARCH).by_kind).startswith("Löschung")


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2026-01-01", ("2026-01-01 2026-01-01", "2025-10-01 2025-12-31", "2026-01-01 2026-01-01")),
        ("2026-03-31", ("2026-03-01 2026-03-31", "2025-10-01 2025-12-31", "2026-01-01 2026-03-31")),
        ("2026-04-01", ("2026-04-01 2026-04-01", "2026-01-01 2026-03-31", "2026-01-01 2026-04-01")),
        ("2028-02-29", ("2028-02-01 2028-02-29", "2027-10-01 2027-12-31", "2028-01-01 2028-02-29")),
        ("2026-12-31", ("2026-12-01 2026-12-31", "2026-07-01 2026-09-30", "2026-01-01 2026-12-31")),
    ],
)
def test_the_presets(today: str, expected: tuple[str, ...]) -> None:
    day = dt.date.fromisoformat(today)
    found = [f"{period(day).start} {period(day).end}" for period in (this_month, last_quarter, this_year)]
    assert tuple(found) == expected
    assert last_year(day).end == dt.date(day.year - 1, 12, 31)


def test_the_months_that_a_period_touches() -> None:
    months = list(Period(dt.date(2025, 12, 31), dt.date(2026, 2, 1)).months)
    assert months == [dt.date(2025, 12, 1), dt.date(2026, 1, 1), dt.date(2026, 2, 1)]
