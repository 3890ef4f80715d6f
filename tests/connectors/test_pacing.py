"""One pace for an account: leased slots, who shares them, and a `Retry-After` that everybody honours."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from django.db import transaction
from django.utils import timezone

from dsr.connectors import pacing
from dsr.connectors.pacing import SharedPace, account_of
from dsr.exceptions import Postponed
from dsr.models import Connection, Pace

pytestmark = pytest.mark.django_db


class FrozenClock:
    """Its sleeps are noted and take no time; `monotonic` moves with them."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.at = 1_000.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


@pytest.fixture(autouse=True)
def _no_slots_of_others() -> None:
    pacing._leased.clear()


def slots_of(pace: SharedPace, clock: FrozenClock, calls: int) -> list[float]:
    made = []
    for _ in range(calls):
        pace.wait()
        made.append(clock.at)
    return made


def next_at(connection: Connection) -> dt.datetime:
    return Pace.objects.get(pk=account_of(connection)).next_at


def all_later(connection: Connection, *, since: dt.datetime) -> None:
    """From here on nothing is made up for: the next free slot lies ahead of the database's time."""
    pacing._leased.clear()
    Pace.objects.update_or_create(
        pk=account_of(connection), defaults={"next_at": since, "held_until": since - dt.timedelta(days=1)}
    )


def paced(connection: Connection, rate: int) -> Connection:
    Connection.objects.filter(pk=connection.pk).update(rate_per_minute=rate)
    connection.refresh_from_db()
    return connection


@pytest.mark.parametrize(("rate", "leased"), [(60, 1), (119, 1), (240, 4), (6_000, 10), (60_000, 10)])
def test_a_lease_holds_no_more_than_a_second_and_ten_slots(connection: Connection, rate: int, leased: int) -> None:
    ahead = timezone.now() + dt.timedelta(seconds=30)
    all_later(paced(connection, rate), since=ahead)
    SharedPace(connection, FrozenClock()).wait()
    assert next_at(connection) - ahead == leased * (dt.timedelta(minutes=1) / rate)


def test_calls_are_made_at_their_slots(connection: Connection) -> None:
    all_later(paced(connection, 600), since=timezone.now() + dt.timedelta(seconds=30))
    clock = FrozenClock()
    made = slots_of(SharedPace(connection, clock), clock, 10)
    assert [later - earlier for earlier, later in pairwise(made)] == pytest.approx([0.1] * 9)


def test_what_nobody_used_is_let_go_but_for_ten_calls(connection: Connection) -> None:
    """An account that nobody called for a day isn't flooded: ten at once, then the pace."""
    all_later(paced(connection, 60), since=timezone.now() - dt.timedelta(days=1))
    clock = FrozenClock()
    slots_of(SharedPace(connection, clock), clock, 10)
    assert sum(clock.slept) == 0
    # The clock of the test stands still while the database's goes on: what is asked for next is a second away, or less.
    assert dt.timedelta(0) < next_at(connection) + dt.timedelta(seconds=1) - timezone.now() <= dt.timedelta(seconds=2)


def test_slots_that_were_leased_long_ago_are_not_used(connection: Connection) -> None:
    clock = FrozenClock()
    pace = SharedPace(paced(connection, 6_000), clock)
    pace.wait()
    assert len(pacing._leased[account_of(connection)]) == 9
    clock.at += 3_600
    pace.wait()
    assert len(pacing._leased[account_of(connection)]) == 9, "nine of an hour ago would have come at once"


def test_the_lower_rate_of_two_connections_to_one_account_counts(connection: Connection) -> None:
    slow = Connection.objects.get(pk=paced(connection, 6_000).pk)
    slow.pk, slow.name, slow.rate_per_minute, slow.read_url = None, "The same, slowly", 120, slow.read_url + "/"
    slow.save()
    ahead = timezone.now() + dt.timedelta(seconds=30)
    all_later(connection, since=ahead)
    SharedPace(connection, FrozenClock()).wait()
    assert next_at(connection) - ahead == dt.timedelta(seconds=1)


def test_patience_asked_of_one_is_had_by_all(connection: Connection) -> None:
    """Another process has slots already, leased before SegMetrics asked for patience: they are not used before it."""
    pace = SharedPace(paced(connection, 6_000))
    pace.wait()
    assert len(pacing._leased[account_of(connection)]) == 9
    SharedPace(connection).hold(0.5)
    pace.wait()
    assert timezone.now() >= Pace.objects.get().held_until


def test_work_that_would_wait_long_is_put_off(connection: Connection) -> None:
    pace = SharedPace(connection, FrozenClock())
    pace.wait()
    pace.hold(60)
    with pytest.raises(Postponed) as kept:
        pace.wait()
    assert kept.value.delay == pytest.approx(60, abs=5)


def test_patience_is_never_shortened_and_has_an_end(connection: Connection) -> None:
    pace = SharedPace(connection, FrozenClock())
    pace.hold(float("inf"))
    until = Pace.objects.get().held_until
    pace.hold(1)
    assert Pace.objects.get().held_until == until
    assert until <= timezone.now() + dt.timedelta(hours=1)
    assert Pace.objects.get().next_at >= until


@pytest.mark.parametrize("hours", [0, 2])
def test_a_clock_that_was_set_back_stops_nobody(connection: Connection, hours: int) -> None:
    """As where a machine starts with a wrong clock and is put right: the row lies hours ahead, and so do its holds."""
    ahead = timezone.now() + dt.timedelta(hours=2)
    held_until = timezone.now() + dt.timedelta(hours=hours)
    Pace.objects.create(account=account_of(connection), next_at=ahead, held_until=held_until)
    clock = FrozenClock()

    slots_of(SharedPace(paced(connection, 60), clock), clock, 3)

    assert sum(clock.slept) <= 4
    assert next_at(connection) < timezone.now() + dt.timedelta(seconds=5)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_leased_inside_a_transaction(connection: Connection) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        SharedPace(connection, FrozenClock()).wait()
