"""What an answer's visits tell, read once from front to back: however many they are, few are held."""

from __future__ import annotations

import datetime as dt
import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from dsr.exports.answer import Answer
from dsr.exports.origin import moment_of
from dsr.exports.tables import Row, as_row

Month = tuple[int, int]
Where = tuple[str, ...]
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_FIRST_YEAR = 1990
_PLACES = 2_000
"""Different places that are counted; an answer with more of them is not about one person's life."""


@dataclass(frozen=True, slots=True)
class Clock:
    """By which time zone months are counted, and after which year nothing can have happened yet."""

    zone: str
    last_year: int

    def day_of(self, moment: object) -> dt.date | None:
        """The day, or None for what is no moment, or one before there were shops on the net, or after the last year."""
        if not isinstance(moment, dt.datetime):
            return None
        try:
            day = moment.astimezone(ZoneInfo(self.zone)).date()
        except OverflowError:  # the year 1 or 9999, as broken data has it
            return None
        return day if _FIRST_YEAR <= day.year <= self.last_year else None


@dataclass(slots=True)
class Place:
    """How often, and from when to when."""

    count: int = 0
    first: dt.date | None = None
    last: dt.date | None = None

    def add(self, day: dt.date | None) -> None:
        self.count += 1
        if day:
            self.first = min(self.first or day, day)
            self.last = max(self.last or day, day)


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """The visits of one answer."""

    total: int
    newest: Sequence[Row]
    """The newest first; those without a readable moment last, as they came."""
    first_touch: Row | None
    """The earliest that says where it came from; None where none does."""
    by_month: Mapping[Month, int]
    places: Sequence[tuple[Where, Place]]
    """City, region and country as they came, the most frequent first."""


def tell(answer: Answer, *, clock: Clock, newest: int) -> Story:
    """Read the visits. A moment that no visit can have had counts in no month."""
    teller = _Teller(clock)
    ranked = ((*teller.took(at, event), event) for at, event in enumerate(map(as_row, answer.items("events"))))
    # By moment, then by place: no two are alike, so the rows themselves are never compared.
    kept = heapq.nlargest(newest, ranked)
    return Story(
        total=teller.total,
        newest=[event for _moment, _at, event in kept],
        first_touch=teller.touch,
        by_month=teller.months,
        places=sorted(teller.places.items(), key=lambda row: (-row[1].count, row[0])),
    )


def purchases_by_month(answer: Answer, *, clock: Clock) -> Iterator[Month]:
    """The month of each purchase that says when it was."""
    for order in answer.items("orders"):
        day = clock.day_of(moment_of(as_row(order).get("date_created")))
        if day:
            yield day.year, day.month


class _Teller:
    """Counts while the visits go by."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._touched: dt.datetime | None = None
        self.total = 0
        self.touch: Row | None = None
        self.months: Counter[Month] = Counter()
        self.places: dict[Where, Place] = {}

    def took(self, at: int, event: Row) -> tuple[float, int]:
        """Count the visit. Gives its rank: the newest is the greatest, of equal ones the first."""
        found = moment_of(event.get("date_created"))
        moment = found if isinstance(found, dt.datetime) else None
        day = self._clock.day_of(moment)
        self.total += 1
        self._look_whence(event, moment)
        self._look_where(event, day)
        if day:
            self.months[day.year, day.month] += 1
        return ((moment - _EPOCH).total_seconds() if moment else float("-inf")), -at

    def _look_whence(self, event: Row, moment: dt.datetime | None) -> None:
        if not (event.get("channel") or event.get("utm_source")):
            return
        is_earlier = moment and (self._touched is None or moment < self._touched)
        if self.touch is None or is_earlier:
            self.touch, self._touched = event, moment

    def _look_where(self, event: Row, day: dt.date | None) -> None:
        parts = (event.get(name) for name in ("city", "region", "country_code"))
        where = tuple(part for part in parts if isinstance(part, str) and part)
        if where and (where in self.places or len(self.places) < _PLACES):
            self.places.setdefault(where, Place()).add(day)
