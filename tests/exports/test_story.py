"""What is told of visits, read once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from dsr.exports.answer import Answer
from dsr.exports.story import Clock, Place, tell
from tests.exports.cast import MORNING

CLOCK = Clock("Europe/Berlin", 2027)


class OneWay(Answer):
    """Its events go by once for each asking, and nobody can ask twice."""

    asked: int

    def items(self, name: str) -> Iterator[Any]:
        assert name == "events"
        object.__setattr__(self, "asked", getattr(self, "asked", 0) + 1)
        assert self.asked == 1, "the visits are read once"
        return iter(self.data["events"])


def told(*events: Any, newest: int = 500) -> Any:
    return tell(
        OneWay(contact_id="1", fetched_at=MORNING, raw_name="x", data={"events": events}), clock=CLOCK, newest=newest
    )


def at(day: int, **more: Any) -> dict[str, Any]:
    return {"date_created": f"2026-03-{day:02d}T12:00:00+00:00", **more}


def test_the_newest_come_first_and_those_without_a_moment_last_as_they_came() -> None:
    story = told({"n": 1}, at(1), at(3), {"n": 2}, at(2), at(3, n=3))
    assert [row.get("n", row.get("date_created", "")[8:10]) for row in story.newest] == ["03", 3, "02", "01", 1, 2]
    assert story.total == 6
    assert [row.get("n") for row in told({"n": 1}, at(1), {"n": 2}, newest=2).newest] == [None, 1]


def test_the_first_touch_is_the_earliest_that_says_whence() -> None:
    story = told(at(9, channel="paid"), at(1), at(4, utm_source="x"), {"channel": "email"}, at(4, channel="late"))
    assert story.first_touch == at(4, utm_source="x")
    assert told({"channel": "email"}, {"channel": "paid"}).first_touch == {"channel": "email"}
    assert told({"channel": "email"}, at(9, channel="paid")).first_touch == at(9, channel="paid")
    assert told(at(1), 7, None).first_touch is None


def test_months_are_those_of_the_time_zone() -> None:
    story = told({"date_created": "2026-03-31T22:30:00+00:00"}, {"date_created": "2026-03-31T21:30:00+00:00"})
    assert story.by_month == {(2026, 4): 1, (2026, 3): 1}


def test_places_are_counted_with_their_days() -> None:
    story = told(
        at(5, city="Gent", country_code="BE"),
        at(2, city="Gent", country_code="BE"),
        {"city": "Gent", "country_code": "BE"},
        at(1, city=["odd"], region=7),
        at(1, country_code="DE"),
    )
    first, last = dt.date(2026, 3, 2), dt.date(2026, 3, 5)
    assert story.places[0] == (("Gent", "BE"), Place(3, first, last))
    assert [where for where, _place in story.places] == [("Gent", "BE"), ("DE",)]


def test_places_without_end_are_not_all_held() -> None:
    assert len(told(*({"city": f"c{number}"} for number in range(3000))).places) == 2000
