"""Events in the order of time, and which of them tells how a person came."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dsr.evidence.listing import ROW_LIMIT
from dsr.exports.tables import Row


def moment_of(value: object) -> datetime | str | None:
    """An ISO 8601 moment as an aware datetime (UTC where it has no offset); other text as it came."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            return value
        return read if read.tzinfo else read.replace(tzinfo=UTC)
    return str(value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """The newest events, how many there are in all, and the one that tells how the person came."""

    newest: Sequence[Row]
    total: int
    first_touch: Row | None


def course_of(events: Iterable[Row], *, limit: int = ROW_LIMIT) -> Course:
    """Go through the events once, whatever their order, and hold no more of them than `limit`."""
    total = 0
    first: Row | None = None
    first_at: datetime | None = None

    def walk() -> Iterator[Row]:
        nonlocal total, first, first_at
        for event in events:
            total += 1
            if event.get("channel") or event.get("utm_source"):
                moment = moment_of(event.get("date_created"))
                when = moment if isinstance(moment, datetime) else None
                # One with a date before all without; of equal ones the last.
                if first_at is None or (when is not None and when <= first_at):
                    first, first_at = event, when
            yield event

    newest = heapq.nlargest(limit, walk(), key=_time)
    return Course(newest=newest, total=total, first_touch=first)


def _time(event: Row) -> float:
    """Those without a readable moment come last, as they came."""
    moment = moment_of(event.get("date_created"))
    if not isinstance(moment, datetime):
        return float("-inf")
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
