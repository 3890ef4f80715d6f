"""Events in the order of time, and which of them tells how a person came."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

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


def newest_first(events: Iterable[Row]) -> list[Row]:
    """Events by their moment, the newest first; those without a readable one come last, as they came."""

    def key(event: Row) -> float:
        moment = moment_of(event.get("date_created"))
        if not isinstance(moment, datetime):
            return float("-inf")
        return (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()

    return sorted(events, key=key, reverse=True)


def first_touch(newest: Sequence[Row]) -> Row | None:
    """The earliest event that carries a channel or a campaign source; None where there is none."""
    telling = [event for event in newest if event.get("channel") or event.get("utm_source")]
    dated = [event for event in telling if isinstance(moment_of(event.get("date_created")), datetime)]
    found = dated or telling
    return found[-1] if found else None
