"""Which channel an order is attributed to, from a contact's own events: the first touch, and the last before the order.

An answer may be larger than memory, so of each event only its instant and the number of its channel are kept.
"""

from __future__ import annotations

import datetime as dt
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from segmetrics_client import Order
from segmetrics_client.values import moment

_MOST_CHANNELS, _LONGEST = 200, 80
OTHER = "…"
"""All channels beyond the two hundredth together."""


@dataclass(frozen=True, slots=True)
class Sale:
    """One order. `cents` is nothing where the amount can't be read, `on` where the day can't."""

    order_id: str
    on: dt.date | None
    cents: int | None
    is_refunded: bool
    last_channel: str
    """Of the last event before it that says one; empty where none does."""


class Touches:
    """The events that say a channel or a source."""

    def __init__(self) -> None:
        self._at, self._channel = array("d"), array("H")
        self._names: dict[str, int] = {}

    def add(self, name: str, when: dt.datetime) -> None:
        self._at.append(when.timestamp())
        self._channel.append(self._number(name))

    def last_before(self, moments: Iterable[dt.datetime | None]) -> list[str]:
        """For each moment the channel of the last touch by then, or nothing."""
        order = sorted(range(len(self._at)), key=self._at.__getitem__)
        at = array("d", (self._at[place] for place in order))
        names = list(self._names)
        found = []
        for when in moments:
            place = bisect_right(at, when.timestamp()) if when else 0
            found.append(names[self._channel[order[place - 1]]] if place else "")
        return found

    def _number(self, name: str) -> int:
        name = name[:_LONGEST]
        if name not in self._names and len(self._names) >= _MOST_CHANNELS:
            name = OTHER
        return self._names.setdefault(name, len(self._names))


class Amounts:
    """The orders as they come, before it is known which touches there were."""

    def __init__(self) -> None:
        self._rows: list[tuple[object, dt.datetime | None, int | None, bool]] = []

    def add(self, order: Order) -> None:
        self._rows.append((order.order_id, moment(order.date_created), _paid(order), order.is_refunded is True))

    def sales(self, touches: Touches) -> tuple[Sale, ...]:
        last = touches.last_before(row[1] for row in self._rows)
        return tuple(
            Sale(str(order_id), when.date() if when else None, cents, is_refunded, channel)
            for (order_id, when, cents, is_refunded), channel in zip(self._rows, last, strict=True)
        )


def _paid(order: Order) -> int | None:
    """What was paid; where that isn't said, the total of an order that counts as paid."""
    if isinstance(order.total_paid, int):
        return order.total_paid
    return order.total if order.total_paid is None and order.is_paid is True and isinstance(order.total, int) else None
