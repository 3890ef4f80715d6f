"""What an officer leaves out of an access package: another person's data, with a reason each (Art. 15(4)).

Texts are looked for without regard to case, in values and in keys, also where they are written otherwise: as in web
addresses (percent-encoded), as JSON escapes or HTML entities, with a Unicode character composed or not. Numbers are
looked at as they are written. Not found is what is spelt or abbreviated otherwise, hashed or encoded (Base64): that
takes a path.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from dsr.exports.answer import Answer, LongList
from dsr.exports.tables import COLUMNS
from dsr.exports.wanted import Wanted

EVERY = "*"
_encode = json.JSONEncoder(ensure_ascii=False).encode
_DOCUMENTED = frozenset({*COLUMNS, *(name for names in COLUMNS.values() for name in names)})
"""Names that stand in each package as headings, whoever it is about: they aren't touched."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Redaction:
    """One thing to leave out of what is handed over; the encrypted export keeps it.

    `contact_id` is the answer it is about, empty for all. `path` names keys under `data`, with `*` for each entry of a
    list: `custom_fields/agent`, `events/*/meta`; empty for everywhere. In a key a slash is written `~1` and a tilde
    `~0`, as in JSON pointers. `text` is what is taken out there wherever it stands within a value; empty takes out the
    whole value. One of `path` and `text` is given. `reason` is told.
    """

    contact_id: str = ""
    path: str = ""
    text: str = ""
    reason: str


class LeftOut(str):
    """What stands in the place of a whole value: readable as text, and known by programs."""

    __slots__ = ("reason",)
    reason: str


def redacted(answer: Answer, redactions: Sequence[Redaction]) -> Answer:
    """The answer without what is to be left out, marked in the active language. Its long lists are read as before."""
    return _Taker(answer.contact_id, redactions).answer(answer) if redactions else answer


def reasons(redactions: Sequence[Redaction]) -> list[str]:
    """Why something is left out, as it may be told: without the texts themselves, which a reason may quote."""
    wanted = [Wanted(row.text) for row in redactions if row.text.strip()]
    told = []
    for reason in (row.reason for row in redactions):
        for text in wanted:
            reason, _count = text.replaced(reason, "…")  # noqa: PLW2901
        told.append(reason)
    return told


def redacted_names(names: Mapping[str, str], redactions: Sequence[Redaction]) -> dict[str, str]:
    """The catalogue's names, by product, without the texts that are left out everywhere."""
    taker = _Taker("", redactions)
    return {key: str(taker.beside(name)) for key, name in names.items()}


def places(answers: Sequence[Answer], redactions: Sequence[Redaction]) -> list[int]:
    """How often each redaction finds something in the whole, untouched answers. An officer is told of a 0."""
    found = [0] * len(redactions)
    for answer in answers if redactions else ():  # else all of each would be read to count nothing
        taker = _Taker(answer.contact_id, redactions)
        taken = taker.answer(answer)
        for name in taken.long:
            for _item in taken.items(name):
                pass
        found = [before + more for before, more in zip(found, taker.found, strict=True)]
    return found


def places_by_name(answers: Sequence[Answer], redaction: Redaction) -> Counter[str]:
    """How often a text without a path stands under each name of the untouched data; elsewhere, under no name."""
    found: Counter[str] = Counter()
    for answer in answers:
        for name in (*answer.data, *answer.long):
            taker = _Taker(answer.contact_id, [redaction])
            for item in answer.items(name) if name in answer.long else (answer.data[name],):
                taker.beside(item)
            found[name] += taker.found[0]
        taker = _Taker(answer.contact_id, [redaction])
        # The names themselves, and what stands beside the data.
        taker.beside(dict.fromkeys((*answer.data, *answer.long)) | {"": dict(answer.beside)})
        found[""] += taker.found[0]
    return +found


@dataclass(frozen=True, slots=True)
class _Rule:
    number: int
    wanted: Wanted | None
    mark: str
    reason: str


@dataclass(slots=True)
class _Node:
    """A place that a path names, and the places below it."""

    rules: list[_Rule] = field(default_factory=list)
    below: dict[str, _Node] = field(default_factory=dict)

    def add(self, path: str, rule: _Rule) -> None:
        node = self
        for step in path.split("/"):
            node = node.below.setdefault(step.replace("~1", "/").replace("~0", "~"), _Node())
        node.rules.append(rule)

    def at(self, key: str) -> list[_Node]:
        return [node for step in (key, EVERY) if (node := self.below.get(step))]


class _Taker:
    """Takes out of one answer what the redactions say; `found` counts for each of them."""

    def __init__(self, contact_id: str, redactions: Sequence[Redaction]) -> None:
        self.found = [0] * len(redactions)
        self._everywhere: list[_Rule] = []
        self._root = _Node()
        for number, (row, reason) in enumerate(zip(redactions, reasons(redactions), strict=True)):
            if row.contact_id not in ("", contact_id):
                continue
            wanted = Wanted(row.text) if row.text.strip() else None
            rule = _Rule(number, wanted, _("[left out: %(reason)s]") % {"reason": reason}, reason)
            if row.path:
                self._root.add(row.path, rule)
            elif wanted:
                self._everywhere.append(rule)

    def answer(self, answer: Answer) -> Answer:
        data: dict[str, Any] = dict(self._taken(dict(answer.data), [self._root]))
        long: dict[str, LongList] = {}
        for name, held in answer.long.items():
            nodes = self._root.at(name)
            whole = self._whole(rule for node in nodes for rule in node.rules)
            if whole:
                data[name] = whole
            else:
                key = self._key(name, self._everywhere)
                long[key] = LongList(count=held.count, walk=partial(self._walk, held, nodes))
        return dataclasses.replace(
            answer, data=data, long=long, beside=self.beside(dict(answer.beside)), is_redacted=True
        )

    def beside(self, value: Any) -> Any:
        """What stands under no path."""
        return self._without(value, self._everywhere)

    def _walk(self, held: LongList, nodes: Sequence[_Node]) -> Iterator[Any]:
        rules = [rule for node in nodes for rule in node.rules]
        for number, item in enumerate(held.walk()):
            below = [lower for node in nodes for lower in node.at(str(number))]
            yield self._taken(self._without(item, rules), below)

    def _taken(self, value: Any, nodes: Sequence[_Node]) -> Any:
        return self._without(self._by_path(value, nodes), self._everywhere)

    def _by_path(self, value: Any, nodes: Sequence[_Node]) -> Any:
        """Only what the paths lead to is looked at."""
        for node in nodes:
            whole = self._whole(node.rules)
            if whole:
                return whole
            value = self._without(value, node.rules)
            if node.below and isinstance(value, dict):
                keys = [key for key in (value if EVERY in node.below else node.below) if key in value]
                value = {**value, **{key: self._by_path(value[key], node.at(key)) for key in keys}}
            elif node.below and isinstance(value, list):
                value = [self._by_path(item, node.at(str(at))) for at, item in enumerate(value)]
        return value

    def _without(self, value: Any, rules: Sequence[_Rule]) -> Any:
        """The value without the texts. Most entries of most lists hold none: they are looked through as a whole."""
        if not rules or value is None or isinstance(value, bool | LeftOut):
            return value
        if isinstance(value, dict | list):
            with suppress(RecursionError):
                text = _encode(value)
                if not any(rule.wanted and rule.wanted.stands_in(text) for rule in rules):
                    return value
        return self._walked(value, rules)

    def _walked(self, value: Any, rules: Sequence[_Rule]) -> Any:
        if value is None or isinstance(value, bool | LeftOut):
            return value
        if isinstance(value, str):
            return self._text(value, rules)
        if isinstance(value, dict):
            taken: dict[str, Any] = {}
            for key, item in value.items():
                taken[_free(self._key(key, rules), taken)] = self._walked(item, rules)
            return taken
        if isinstance(value, list):
            return [self._walked(item, rules) for item in value]
        hit = next((rule for rule in rules if rule.wanted and rule.wanted.stands_in(str(value))), None)
        return self._left_out(hit) if hit else value

    def _text(self, value: str, rules: Sequence[_Rule]) -> str:
        for rule in rules:
            if rule.wanted:
                value, count = rule.wanted.replaced(value, rule.mark)
                self.found[rule.number] += count
        return value

    def _key(self, key: str, rules: Sequence[_Rule]) -> str:
        return key if key in _DOCUMENTED else self._text(key, rules)

    def _whole(self, rules: Iterable[_Rule]) -> LeftOut | None:
        rule = next((rule for rule in rules if rule.wanted is None), None)
        return self._left_out(rule) if rule else None

    def _left_out(self, rule: _Rule) -> LeftOut:
        self.found[rule.number] += 1
        value = LeftOut(rule.mark)
        value.reason = rule.reason
        return value


def _free(key: str, taken: Mapping[str, Any]) -> str:
    number, name = 1, key
    while name in taken:
        number += 1
        name = f"{key} ({number})"
    return name
