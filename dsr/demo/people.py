"""The demo's people. Their password is public, so they are made in a demo only."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "demo-only-password"  # noqa: S105 - printed on every start; the demo listens on loopback alone


@dataclass(frozen=True)
class Person:
    email: str
    full_name: str
    role: str  # the name of a group made by a migration


PEOPLE = (
    Person("anna@example.com", "Anna Officer", "Privacy officer"),
    Person("otto@example.com", "Otto Officer", "Privacy officer"),
    Person("bea@example.com", "Bea Approver", "Approver"),
    Person("adi@example.com", "Adi Auditor", "Auditor"),
    Person("max@example.com", "Max Admin", "Administrator"),
    Person("mia@example.com", "Mia Admin", "Administrator"),
)
