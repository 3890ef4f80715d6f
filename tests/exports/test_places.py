"""What an officer can point at in an answer, and how much a redaction takes out of it."""

from __future__ import annotations

from typing import Any

import pytest

from dsr.exports.places import fields_of, hits
from dsr.exports.redaction import Redaction

DATA: dict[str, Any] = {
    "email": "linda@example.com",
    "custom_fields": {"agent": "tom@example.com", "Agent / office": "tom@example.com", "empty": "", "none": None},
    "events": [
        {"type": "visit", "ip": "203.0.113.7", "meta": {"by": "tom@example.com"}},
        {"type": "visit", "ip": "203.0.113.8"},
    ],
    "tags": ["tom@example.com's friend", 7],
    "lists": [],
}


def test_the_fields_that_hold_something_and_how_often() -> None:
    assert fields_of([DATA, {"email": "other@example.com"}]) == {
        "email": 2,
        "custom_fields/agent": 1,
        "events/*/type": 2,
        "events/*/ip": 2,
        "events/*/meta/by": 1,
        "tags/*": 2,
    }


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("custom_fields/agent", "", {"custom_fields/agent": 1}),
        ("events/*/ip", "", {"events/*/ip": 2}),
        ("events/*/meta", "", {"events/*/meta": 1}),
        ("custom_fields", "", {"custom_fields": 1}),
        ("events/0/ip", "", {}),
        ("ip", "", {}),
        (
            "",
            "tom@example.com",
            {"custom_fields/agent": 1, "custom_fields/Agent / office": 1, "events/*/meta/by": 1, "tags/*": 1},
        ),
        ("events", "tom@", {"events/*/meta/by": 1}),
        ("events/*/ip", "203.0.113.8", {"events/*/ip": 1}),
        ("", "Tom@", {}),
        ("", "7", {"events/*/ip": 1, "tags/*": 1}),
    ],
)
def test_what_would_be_taken_out(path: str, text: str, found: dict[str, int]) -> None:
    assert hits(DATA, Redaction(path=path, text=text, reason="x")) == found


def test_however_deeply_it_is_nested() -> None:
    deep: Any = "tom@example.com"
    for _ in range(5_000):
        deep = {"a": [deep]}

    assert hits({"a": deep}, Redaction(text="tom@", reason="x")).total() == 1
