"""What an officer leaves out of an access package: another person's data, with a reason each (Art. 15(4)).

Texts are looked for without regard to case, in values and in keys, also where they are written otherwise: as in web
addresses (percent-encoded), as JSON escapes or HTML entities, with a Unicode character composed or not. Numbers are
looked at as they are written. Not found is what is spelt or abbreviated otherwise, hashed or encoded (Base64): that
takes a path.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from dsr.exports.answer import Answer, LongList
from dsr.exports.tables import COLUMNS
from dsr.exports.wanted import Wanted

EVERY = "*"
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
    for answer in answers:
        taker = _Taker(answer.contact_id, redactions)
        taken = taker.answer(answer)
        for name in taken.long:
            for _item in taken.items(name):
                pass
        found = [before + more for before, more in zip(found, taker.found, strict=True)]
    return found


@dataclass(frozen=True, slots=True)
class _Rule:
    number: int
    steps: tuple[str, ...]
    wanted: Wanted | None
    mark: str
    reason: str

    def left_out(self) -> LeftOut:
        value = LeftOut(self.mark)
        value.reason = self.reason
        return value


_Pending = Sequence[tuple[tuple[str, ...], _Rule]]
_Live = Sequence[_Rule]


class _Taker:
    """Takes out of one answer what the redactions say; `found` counts for each of them."""

    def __init__(self, contact_id: str, redactions: Sequence[Redaction]) -> None:
        self.found = [0] * len(redactions)
        wanted = [Wanted(row.text) if row.text.strip() else None for row in redactions]
        rules = [
            _rule(number, row, wanted[number], reason)
            for number, (row, reason) in enumerate(zip(redactions, reasons(redactions), strict=True))
            if row.contact_id in ("", contact_id) and (row.path or wanted[number])
        ]
        self._pending = [(rule.steps, rule) for rule in rules if rule.steps]
        self._live = [rule for rule in rules if not rule.steps]

    def answer(self, answer: Answer) -> Answer:
        data: dict[str, Any] = dict(self._take(dict(answer.data), self._pending, self._live))
        long: dict[str, LongList] = {}
        for name, held in answer.long.items():
            pending, live = self._arrived(self._below(self._pending, name), self._live)
            whole = next((rule for rule in live if rule.wanted is None), None)
            if whole:
                data[name] = self._left_out(whole)
            else:
                long[self._key(name, live)] = LongList(count=held.count, walk=self._walk(held, pending, live))
        beside = self.beside(dict(answer.beside))
        return dataclasses.replace(answer, data=data, long=long, beside=beside, is_redacted=True)

    def beside(self, value: Any) -> Any:
        """What stands under no path."""
        return self._take(value, (), self._live)

    def _walk(self, held: LongList, pending: _Pending, live: _Live) -> Any:
        def walk() -> Iterator[Any]:
            for number, item in enumerate(held.walk()):
                yield self._take(item, self._below(pending, str(number)), live)

        return walk

    def _take(self, value: Any, pending: _Pending, live: _Live) -> Any:
        if pending:
            pending, live = self._arrived(pending, live)
            whole = next((rule for rule in live if rule.wanted is None), None)
            if whole:
                return self._left_out(whole)
        return self._inside(value, pending, live) if pending or live else value

    def _inside(self, value: Any, pending: _Pending, live: _Live) -> Any:
        if isinstance(value, str):
            return self._text(value, live)
        if isinstance(value, dict):
            taken: dict[str, Any] = {}
            for key, item in value.items():
                taken[self._free(self._key(key, live), taken)] = self._take(item, self._below(pending, key), live)
            return taken
        if isinstance(value, list):
            return [self._take(item, self._below(pending, str(at)), live) for at, item in enumerate(value)]
        if value is None or isinstance(value, bool):
            return value
        hit = next((rule for rule in live if rule.wanted and rule.wanted.stands_in(str(value))), None)
        return self._left_out(hit) if hit else value

    def _text(self, value: str, live: _Live) -> str:
        for rule in live:
            if rule.wanted:
                value, count = rule.wanted.replaced(value, rule.mark)
                self.found[rule.number] += count
        return value

    def _key(self, key: str, live: _Live) -> str:
        return key if key in _DOCUMENTED else self._text(key, live)

    def _left_out(self, rule: _Rule) -> LeftOut:
        self.found[rule.number] += 1
        return rule.left_out()

    @staticmethod
    def _below(pending: _Pending, key: str) -> _Pending:
        return [(steps[1:], rule) for steps, rule in pending if steps[0] in (EVERY, key)] if pending else ()

    @staticmethod
    def _arrived(pending: _Pending, live: _Live) -> tuple[_Pending, _Live]:
        there = [rule for steps, rule in pending if not steps]
        return [row for row in pending if row[0]], ([*live, *there] if there else live)

    @staticmethod
    def _free(key: str, taken: Mapping[str, Any]) -> str:
        number, name = 1, key
        while name in taken:
            number += 1
            name = f"{key} ({number})"
        return name


def _rule(number: int, redaction: Redaction, wanted: Wanted | None, reason: str) -> _Rule:
    steps = tuple(step.replace("~1", "/").replace("~0", "~") for step in redaction.path.split("/") if redaction.path)
    return _Rule(number, steps, wanted, _("[left out: %(reason)s]") % {"reason": reason}, reason)
