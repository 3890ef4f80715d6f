"""Memory doesn't grow with the number of events: not in a package's making, not in its reading."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from dsr.connectors import seeing
from dsr.exports import ContactExport, build_package
from dsr.exports.answer import read_answer
from dsr.exports.data import write_access_data
from dsr.exports.reading import as_json_text, as_table
from dsr.exports.redaction import Redaction, places, redacted
from dsr.exports.tables import write_table
from tests.bench.people import visit
from tests.exports.cast import MORNING, PRODUCTS, a_header

FEW, MANY = 600, 4_000
MAY_GROW = 1_000_000
"""Bytes; what the answer grows by is three times as much, and thirty times once it is parsed."""
RULES = [Redaction(text="article-7", reason="r"), Redaction(path="events/*/ip_address", reason="s")]


def raw(events: int) -> Iterator[bytes]:
    yield b'{"data": {"contact_id": "1004", "events": ['
    for number in range(events):
        yield (b"," if number else b"") + json.dumps(visit(number)).encode()
    yield b"]}}"


def exported(events: int) -> ContactExport:
    return ContactExport(contact_id="1004", fetched_at=MORNING, raw=lambda: raw(events))


class Nowhere:
    def write(self, data: bytes) -> int:
        return len(data)


def build(events: int) -> None:
    target = cast("Any", Nowhere())
    build_package(target, header=a_header(), contacts=[exported(events)], products=PRODUCTS)


def hand_over(events: int) -> None:
    answer = read_answer(exported(events), raw_name="")
    assert places([answer], RULES)[1] == events
    taken = [redacted(answer, RULES)]
    for _ in write_table("events", taken):
        pass
    for _ in write_access_data(header=a_header(), answers=taken):
        pass


def look(events: int) -> None:
    assert seeing.seen(raw(events), contact_id="1004").summary["event_count"] == events


class Growing(io.RawIOBase):
    """So many rows of a table, made as they are read."""

    def __init__(self, rows: int) -> None:
        self._rows, self._at = rows, 0

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        if self._at == self._rows:
            return 0
        self._at += 1
        line = b'"a","b"\r\n'
        target[: len(line)] = line
        return len(line)


def read_in_place(rows: int) -> None:
    assert as_table(cast("Any", io.BufferedReader(Growing(rows)))).total == rows - 1
    as_json_text(cast("Any", io.BufferedReader(Growing(rows))))


@pytest.mark.parametrize("act", [build, hand_over, look, read_in_place])
def test_memory_does_not_grow_with_the_events(act: Callable[[int], None], settings: Any) -> None:
    act(10)  # what is loaded once

    def peak(events: int) -> int:
        tracemalloc.start()
        try:
            act(events)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few = peak(FEW)
    assert peak(MANY) < few + MAY_GROW
