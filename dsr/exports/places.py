"""Where something stands in an answer: what an officer can point at, and how much a redaction would take out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dsr.exports.answer import Answer
from dsr.exports.redaction import EVERY, Redaction, places, places_by_name

Steps = tuple[str, ...]


def fields_of(answers: Sequence[Answer]) -> Counter[str]:
    """The fields that hold something themselves, by the path that a redaction names them by, and how often they do."""
    found: Counter[Steps] = Counter()
    for answer in answers:
        found.update(_fields(answer.data, ()))
        for name in answer.long:
            for item in answer.items(name):
                found.update(_fields(item, (name, EVERY)))
    return Counter({_path(steps): count for steps, count in found.items()})


def found_by(answers: Sequence[Answer], redaction: Redaction) -> Counter[str]:
    """How often a redaction finds something, by the first name of the path; under no name what stands elsewhere."""
    if not redaction.path:
        return places_by_name(answers, redaction)
    return +Counter({redaction.path: places(answers, [redaction])[0]})


def _fields(value: Any, steps: Steps) -> Iterator[Steps]:
    """However deeply they are nested."""
    waiting: list[tuple[Steps, Any]] = [(steps, value)]
    while waiting:
        steps, value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += [((*steps, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*steps, EVERY), inner) for inner in value]
        elif steps and value not in (None, ""):
            yield steps


def _path(steps: Steps) -> str:
    return "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)
