"""Where something stands in an answer: what an officer can point at, and how much a redaction would take out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dsr.exports.redaction import EVERY, Redaction

Place = tuple[tuple[str, ...], Any]
"""The names that lead to a value, `*` for an entry of a list, and the value."""


def places_in(data: Mapping[str, Any]) -> Iterator[Place]:
    """Every value under `data`, the ones that hold others before these. However deeply they are nested."""
    waiting: list[Place] = [((), data)]
    while waiting:
        path, value = waiting.pop()
        if path:
            yield path, value
        if isinstance(value, Mapping):
            waiting += [((*path, str(key)), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, EVERY), inner) for inner in value]


def fields_of(datas: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """The fields that hold something themselves, by their path, with how often each stands there.

    One whose name can't be told apart in a path isn't among them; what is in it can be taken out as a text.
    """
    return Counter(
        "/".join(path)
        for data in datas
        for path, value in places_in(data)
        if not isinstance(value, Mapping | list) and value not in (None, "") and not any("/" in name for name in path)
    )


def hits(data: Mapping[str, Any], redaction: Redaction) -> Counter[str]:
    """What this redaction takes out of an answer: how many values, by their path."""
    return Counter("/".join(path) for path, value in places_in(data) if _is_hit(path, value, redaction))


def _is_hit(path: tuple[str, ...], value: object, redaction: Redaction) -> bool:
    asked = tuple(redaction.path.split("/")) if redaction.path else ()
    if not redaction.text:
        return path == asked
    return path[: len(asked)] == asked and _as_text(value).find(redaction.text) >= 0


def _as_text(value: object) -> str:
    """A value that stands by itself, as it is written; of one that holds others only these count."""
    if isinstance(value, Mapping | list) or value is None or isinstance(value, bool):
        return ""
    return str(value)
