"""One pace for an account, across all processes and machines: a row in the database, from which slots are leased.

A slot is a moment at which one call may be made; slots stand `60 s ÷ rate` apart. A process takes up to ten in a row
by one conditional UPDATE and uses them at their times, so that the row is written once for ten calls. What nobody used
is let go, but for one second's worth (ten calls at least): so much may be made up for at once. Times are the
database's, since machines' clocks differ.
"""

from __future__ import annotations

import datetime as dt
import os
from collections import deque
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from dsr.attention import Attention
from dsr.exceptions import Postponed
from dsr.models import Connection, Pace
from segmetrics_client import Call, Clock
from segmetrics_client.clock import SYSTEM_CLOCK

_MOST_SLOTS = 10
_SECONDS = 60
"""In a minute."""
_LONGEST_HOLD = 60 * 60
"""The most, in seconds, that a `Retry-After` is obeyed; nothing sleeps for days unseen."""
_FARTHEST = dt.timedelta(minutes=1)
"""Beyond it no slot lies, however many processes wait: each leases for a second at most, and then uses that up."""
_PATIENCE = 5.0
"""How long, in seconds, a call itself waits for a `Retry-After` to pass; work that would wait longer is put off."""

_leased: dict[str, deque[float]] = {}
"""This process's slots by account, on its own monotonic clock. Two threads that find none both lease some: no harm."""
os.register_at_fork(after_in_child=_leased.clear)  # a slot is used once


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    next_at: dt.datetime
    held_until: dt.datetime
    faults: int
    now: dt.datetime

    @property
    def patient_until(self) -> dt.datetime:
        """As it stands, unless nobody can have written it by this clock: then the clock was set back since."""
        is_possible = self.held_until <= self.now + dt.timedelta(seconds=_LONGEST_HOLD)
        return self.held_until if is_possible else self.now

    @property
    def free_at(self) -> dt.datetime:
        """The first slot that nobody has leased, likewise."""
        return self.next_at if self.next_at <= max(self.now, self.patient_until) + _FARTHEST else self.now


class SharedPace:
    """The pace of a connection's account, as the client asks for it before each attempt."""

    def __init__(self, connection: Connection, clock: Clock = SYSTEM_CLOCK) -> None:
        self._connection, self._clock = connection, clock
        self._account = account_of(connection)
        self._slots = _leased.setdefault(self._account, deque())
        # Put together once: it is asked before each call.
        rows = Pace.objects.filter(pk=self._account)
        self._row = rows.values("next_at", "held_until", "faults", now=Now())
        self._has_faults = False

    def wait(self) -> None:
        """Sleep until the next call may be made. Raises `Postponed` where SegMetrics asked for more patience.

        The row is read before each call, after the sleep: so a `Retry-After` that another process was told counts here
        too, and for slots that were leased before it.
        """
        while True:
            slot = self._slot()
            self._clock.sleep(max(0.0, slot - self._clock.monotonic()))
            row = self._read()
            self._has_faults = row.faults > 0
            if slot >= self._clock.monotonic() + _held(row):
                return

    def hold(self, seconds: float) -> None:
        """SegMetrics asked for patience: nobody calls this account for so long."""
        patience = dt.timedelta(seconds=min(seconds, _LONGEST_HOLD))
        while True:
            row = self._read()
            until = row.now + patience
            if self._write(row, next_at=max(row.free_at, until), held_until=max(row.patient_until, until)):
                return

    def note(self, call: Call) -> None:
        """The client's hook after each attempt: one that worked ends a row of faults."""
        if self._has_faults and not call.error:
            forget_faults(self._connection)

    def _slot(self) -> float:
        """The next one of this process; those that came too long ago are let go."""
        while True:
            try:
                slot = self._slots.popleft()
            except IndexError:
                self._lease()
                continue
            # One that was leased for the past already is kept for as long again.
            if slot > self._clock.monotonic() - 2 * _spare(self._connection.rate_per_minute).total_seconds():
                return slot

    def _lease(self) -> None:
        rate = self._rate()
        spacing = dt.timedelta(minutes=1) / rate
        count = min(max(1, rate // _SECONDS), _MOST_SLOTS)
        while True:
            row = self._read()
            if _held(row) > _PATIENCE:
                raise Postponed(Attention.UNREACHABLE, delay=_held(row))
            first = max(row.free_at, row.patient_until, row.now - _spare(rate))
            if self._write(row, next_at=first + count * spacing):
                break
        base = self._clock.monotonic() + (first - row.now).total_seconds()
        self._slots.extend(base + number * spacing.total_seconds() for number in range(count))

    def _rate(self) -> int:
        """Calls a minute: the lowest that a connection in use to this account allows."""
        others = Connection.objects.filter(account_id=self._connection.account_id, is_active=True)
        rates = [other.rate_per_minute for other in others if account_of(other) == self._account]
        return min([self._connection.rate_per_minute, *rates])

    def _read(self) -> _Row:
        while True:
            for row in self._row.all():
                return _Row(**row)
            long_ago = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
            with transaction.atomic():  # its own: whoever is killed here leaves what is around it whole
                Pace.objects.bulk_create(
                    [Pace(account=self._account, next_at=long_ago, held_until=long_ago)], ignore_conflicts=True
                )

    def _write(self, seen: _Row, **changes: dt.datetime) -> bool:
        """Change the row if it is still as it was seen. Never inside a transaction: others would wait for its end."""
        with transaction.atomic(durable=True):
            unchanged = Pace.objects.filter(pk=self._account, next_at=seen.next_at, held_until=seen.held_until)
            return bool(unchanged.update(**changes))


def account_of(connection: Connection) -> str:
    """By what an account is known: two connections that lead to one share its pace."""
    return f"{connection.import_url.rstrip('/')} {connection.read_url.rstrip('/')} {connection.account_id}"


def count_fault(connection: Connection) -> int:
    """A run ended in a fault that hits everything. Says how many did in a row."""
    rows = Pace.objects.filter(pk=account_of(connection))
    rows.update(faults=F("faults") + 1)
    return rows.values_list("faults", flat=True).first() or 1


def forget_faults(connection: Connection) -> None:
    """The row of faults is over."""
    Pace.objects.filter(pk=account_of(connection), faults__gt=0).update(faults=0)


def _held(row: _Row) -> float:
    """For how many seconds more SegMetrics wants to be left alone; negative where that is over."""
    return (row.patient_until - row.now).total_seconds()


def _spare(rate: int) -> dt.timedelta:
    """How far back a slot may lie: what one second holds, and ten calls at least, may be made up for at once."""
    return dt.timedelta(minutes=1) / rate * max(_MOST_SLOTS, rate // _SECONDS)
