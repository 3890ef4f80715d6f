"""What an officer can point at in an answer, and how much a redaction takes out of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

from dsr.exports import answer as reading
from dsr.exports.answer import Answer, LongList, read_answer
from dsr.exports.places import fields_of, found_by
from dsr.exports.records import ContactExport
from dsr.exports.redaction import Redaction, places

DATA: dict[str, Any] = {
    "email": "linda@example.com",
    "custom_fields": {"agent": "tom@example.com", "Agent / office": "Ask TOM@example.com", "a~b": 1, "empty": ""},
    "events": [
        {"type": "visit", "ip": "203.0.113.7", "meta": {"by": "tom@example.com"}},
        {"type": "visit", "ip": "203.0.113.8", "url": "https://example.com/?by=tom%40example.com"},
    ],
    "tags": ["friend of tom@example.com", 7],
    "lists": [],
}


def read(data: Any, contact_id: str = "1004") -> Answer:
    raw = json.dumps({"data": data, "meta": {"agent": "tom@example.com"}}).encode()
    contact = ContactExport(contact_id=contact_id, fetched_at=dt.datetime.now(dt.UTC), raw=lambda: [raw])
    return read_answer(contact, raw_name="raw/x.json")


@pytest.fixture(params=[10, 1_000_000], ids=["long lists", "short lists"])
def answers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[Answer]:
    monkeypatch.setattr(reading, "SHORT_LIST", request.param)
    return [read(DATA), read({"email": "other@example.com"}, "2087")]


def test_the_fields_that_hold_something_and_how_often(answers: list[Answer]) -> None:
    assert fields_of(answers) == {
        "email": 2,
        "custom_fields/agent": 1,
        "custom_fields/Agent ~1 office": 1,
        "custom_fields/a~0b": 1,
        "events/*/type": 2,
        "events/*/ip": 2,
        "events/*/url": 1,
        "events/*/meta/by": 1,
        "tags/*": 2,
    }


def test_each_of_these_paths_is_one_that_takes_something_out(answers: list[Answer]) -> None:
    for path, count in fields_of(answers).items():
        assert found_by(answers, Redaction(path=path, reason="x")) == {path: count}


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ({"text": "tom@example.com"}, {"custom_fields": 2, "events": 2, "tags": 1, "": 2}),
        ({"text": "tom@example.com", "contact_id": "1004"}, {"custom_fields": 2, "events": 2, "tags": 1, "": 1}),
        ({"text": "tom@example.com", "path": "custom_fields"}, {"custom_fields": 2}),
        ({"path": "events"}, {"events": 1}),
        ({"text": "nobody@example.com"}, {}),
        ({"path": "no/such/field"}, {}),
    ],
)
def test_what_would_be_taken_out(answers: list[Answer], what: dict[str, str], found: dict[str, int]) -> None:
    assert found_by(answers, Redaction(**what, reason="x")) == found


def test_it_is_as_much_as_is_really_taken_out(answers: list[Answer]) -> None:
    for text in ("tom@example.com", "example", "203.0.113", "visit", "agent", "left out", "custom_fields"):
        redaction = Redaction(text=text, reason="x")
        assert found_by(answers, redaction).total() == places(answers, [redaction])[0]


def test_the_answer_is_walked_through_once(answers: list[Answer]) -> None:
    walks: list[str] = []

    def counted(name: str, held: LongList) -> LongList:
        def walk() -> Iterator[Any]:
            walks.append(name)
            yield from held.walk()

        return dataclasses.replace(held, walk=walk)

    long = [
        dataclasses.replace(row, long={name: counted(name, held) for name, held in row.long.items()}) for row in answers
    ]
    assert found_by(long, Redaction(text="tom@example.com", reason="x"))["events"] == 2
    assert walks == [name for row in answers for name in row.long]
