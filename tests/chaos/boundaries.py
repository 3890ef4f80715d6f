"""The steps of an erasure and of a change at which the worker is killed in turn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dsr.states import CHANGES
from tests.chaos.subjects import Subject, Thing

_HELD: dict[str, Any] = {"kind": "slow", "delay": 5.0, "effect": False}
"""The call arrives, nobody answers, nothing happens at SegMetrics."""
_LATE: dict[str, Any] = {"kind": "slow", "delay": 5.0}
"""The call arrives, and takes effect when its worker is long dead."""
_AFTER: dict[str, Any] = {"kind": "drop_after"}
"""It takes effect, and the worker hears nothing of it."""


@dataclass(frozen=True)
class Boundary:
    """Either a call, armed ahead of the people's act that leads to it, or what a job says that it does."""

    name: str
    before: str = ""
    """The state whose next act leads here; "" is the filing."""
    call: dict[str, Any] = field(default_factory=dict)
    path: str = ""
    deletes: str = ""
    """The object that has gone once the call took effect."""
    doing: str = ""
    changes: bool = False
    """Whether it is one of a request that changes a contact; where an approval goes before, others never come there."""

    def is_on_the_way_of(self, subject: Subject) -> bool:
        if self.deletes:
            return self.thing(subject) is not None
        return self.before != "awaiting_approval" or self.changes == (subject.kind in CHANGES)

    def rule(self, subject: Subject) -> dict[str, Any]:
        thing = self.thing(subject)
        return self.call | {"path": self.path.format(id=thing[1] if thing else subject.contact_id, n=subject.number)}

    def thing(self, subject: Subject) -> Thing | None:
        return next((row for row in sorted(subject.things) if row[0] == self.deletes), None)


def _reads(name: str, before: str, path: str, after: int = 0) -> Boundary:
    return Boundary(name, before, {**_HELD, "method": "GET", "after": after}, path)


def _deletes(kind: str) -> list[Boundary]:
    path = rf"/{kind}/{{id}}$"
    return [
        Boundary(
            f"erase: {kind}, {when}",
            "awaiting_approval",
            {**how, "method": "DELETE", "object": kind},
            path,
            deletes=kind,
        )
        for when, how in (("before the effect", _HELD), ("effect after the kill", _LATE), ("after the effect", _AFTER))
    ]


def _changes(kind: str, path: str) -> list[Boundary]:
    return [
        Boundary(f"change: {kind}, {when}", "awaiting_approval", {**how, "method": "POST"}, path, changes=True)
        for when, how in (("before the effect", _HELD), ("effect after the kill", _LATE), ("after the effect", _AFTER))
    ]


BOUNDARIES = [
    _reads("search: control read", "", r"/report/"),
    _reads("search: lookup", "", r"/contact/subject{n}(@|%40)"),
    _reads("search: read", "", r"/contact/{id}$"),
    _reads("prepare: control read", "review", r"/report/"),
    _reads("prepare: read", "review", r"/contact/{id}$"),
    _reads("prepare: products", "review", r"/products"),
    Boundary("prepare: export", doing="exporting"),
    Boundary("prepare: evidence", doing="drawing_evidence"),
    _reads("erase: live check", "awaiting_approval", r"/contact/{id}$"),
    *_deletes("invoice"),
    *_deletes("subscription"),
    _reads("erase: read before the contact", "awaiting_approval", r"/contact/{id}$", after=1),
    *_deletes("contact"),
    _reads("verify: lookup by email", "awaiting_approval", r"/contact/subject{n}(@|%40)"),
    Boundary("verify: looking again", doing="looking_again"),
    _reads("verify: control read", "awaiting_approval", r"/report/"),
    Boundary("certify: certificate", doing="drawing_certificate"),
    *_changes("fields or tags", r"/contact$|/tags/"),
]
