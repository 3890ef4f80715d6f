"""The audit log: the database refuses every change, and one made past it is found."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.db import connection as database

from dsr import audit, checks, fingerprint, triggers
from dsr.models import AuditEntry, Connection, Reason, User
from tests.builders import file_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(officer: User) -> list[AuditEntry]:
    """Five entries."""
    return [audit.record(actor=officer, verb="tested", facts={"number": number}) for number in range(5)]


def run(sql: str, *params: Any) -> None:
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute(sql, params)


def insert(*, how: str = "INSERT", **changes: Any) -> None:
    """An entry past `audit.record`, with a hash that is right for what it says."""
    sequence, last = audit.head()
    body: dict[str, Any] = {
        "sequence": sequence + 1,
        "at": "2026-01-01T00:00:00.000+00:00",
        "case": "",
        "actor": "worker",
        "verb": "forged",
        "facts": {},
        "reason_digest": "",
        "previous": last,
    } | changes
    digest = body.pop("hash", None) or fingerprint.digest(body)
    facts = fingerprint.canonical(body["facts"]).decode()
    row = body | {"facts": facts, "hash": digest}
    columns = ", ".join(f'"{name}"' for name in row)
    run(
        f"{how} INTO dsr_auditentry ({columns}) VALUES ({', '.join(['%s'] * len(row))})",
        *row.values(),
    )


def test_an_entry_follows_from_the_one_before(chain: list[AuditEntry]) -> None:
    assert chain[0].previous == audit.GENESIS
    assert [row.previous for row in chain[1:]] == [row.hash for row in chain[:-1]]
    assert [row.sequence for row in chain] == [1, 2, 3, 4, 5]
    assert audit.head() == (5, chain[-1].hash)
    assert audit.verify() is None


def test_the_hash_can_be_computed_by_anyone_from_what_is_stored(chain: list[AuditEntry]) -> None:
    stored = AuditEntry.objects.get(sequence=3)
    assert fingerprint.digest(audit.body_of(stored)) == stored.hash
    assert dt.datetime.fromisoformat(stored.at).utcoffset() == dt.timedelta(0)


@pytest.mark.parametrize("column", ["at", "actor", "verb", "case", "facts", "reason_digest", "previous", "hash"])
def test_no_column_can_be_changed(chain: list[AuditEntry], column: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        run(f'UPDATE dsr_auditentry SET "{column}" = "{column}" WHERE sequence = 3')
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEntry.objects.filter(sequence=3).update(**{column: "x"})


def test_nothing_can_be_removed(chain: list[AuditEntry]) -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        run("DELETE FROM dsr_auditentry WHERE sequence = 5")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEntry.objects.all().delete()
    if database.vendor == "postgresql":
        with pytest.raises(DatabaseError, match="append-only"):
            run("TRUNCATE dsr_auditentry CASCADE")
    assert audit.head()[0] == 5


@pytest.mark.parametrize("sequence", [0, 3, 5, 7, 1000])
def test_nothing_can_be_put_in_out_of_order(chain: list[AuditEntry], sequence: int) -> None:
    with pytest.raises(DatabaseError):
        insert(sequence=sequence)
    assert audit.verify() is None


@pytest.mark.parametrize("previous", [audit.GENESIS, "f" * 64, ""])
def test_nor_with_another_predecessor(chain: list[AuditEntry], previous: str) -> None:
    with pytest.raises(DatabaseError, match="newest"):
        insert(previous=previous)


def test_an_entry_cannot_be_replaced(chain: list[AuditEntry]) -> None:
    if database.vendor == "sqlite":
        for how in ("INSERT OR REPLACE", "REPLACE"):
            with pytest.raises(DatabaseError):
                insert(how=how, sequence=3, previous=chain[1].hash)
            with pytest.raises(DatabaseError):
                insert(how=how, hash=chain[2].hash)
        with pytest.raises(DatabaseError, match="append-only"):
            run("UPDATE OR REPLACE dsr_auditentry SET sequence = 3 WHERE sequence = 4")
    else:
        with pytest.raises(DatabaseError):
            run(
                "INSERT INTO dsr_auditentry SELECT * FROM dsr_auditentry WHERE sequence = 3 "
                "ON CONFLICT (sequence) DO UPDATE SET verb = 'forged'"
            )
    assert [row.verb for row in AuditEntry.objects.all()] == ["tested"] * 5
    assert audit.verify() is None


def _change(column: str, value: Any) -> None:
    AuditEntry.objects.filter(sequence=3).update(**{column: value})


def _swap() -> None:
    run("UPDATE dsr_auditentry SET sequence = 99 WHERE sequence = 2")
    run("UPDATE dsr_auditentry SET sequence = 2 WHERE sequence = 3")
    run("UPDATE dsr_auditentry SET sequence = 3 WHERE sequence = 99")


def _insert_between() -> None:
    run("UPDATE dsr_auditentry SET sequence = 6 WHERE sequence = 5")
    insert(sequence=5, previous=AuditEntry.objects.get(sequence=4).hash)


def _rehash() -> None:
    """The forger knows how the hash is made, and makes it anew for the changed entry."""
    entry = AuditEntry.objects.get(sequence=3)
    entry.verb = "forged"
    AuditEntry.objects.filter(sequence=3).update(verb="forged", hash=fingerprint.digest(audit.body_of(entry)))


TAMPERED: dict[str, tuple[Callable[[], None], int]] = {
    "a verb": (lambda: _change("verb", "forged"), 3),
    "a fact": (lambda: _change("facts", {"number": 7}), 3),
    "an actor": (lambda: _change("actor", "U-9999"), 3),
    "a time": (lambda: _change("at", "2020-01-01T00:00:00.000+00:00"), 3),
    "a hash": (lambda: _change("hash", "e" * 64), 3),
    "a previous hash": (lambda: _change("previous", "e" * 64), 3),
    "a case": (lambda: _change("case", "DSR-2026-000099"), 3),
    "a reason's digest": (lambda: _change("reason_digest", "e" * 64), 3),
    "an entry gone": (lambda: run("DELETE FROM dsr_auditentry WHERE sequence = 3"), 3),
    "the first gone": (lambda: run("DELETE FROM dsr_auditentry WHERE sequence = 1"), 1),
    "two swapped": (_swap, 2),
    "one put in between": (_insert_between, 6),
    "one changed and hashed anew": (_rehash, 4),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_with_the_guards_lifted_tampering_is_found(chain: list[AuditEntry], what: str) -> None:
    tamper, first_broken = TAMPERED[what]
    triggers.lift(database)
    tamper()
    triggers.install(database)
    broken = audit.verify()
    assert broken is not None
    assert broken.sequence == first_broken


def test_a_missing_guard_is_reported() -> None:
    assert checks.triggers_are_there(databases=["default"]) == []
    triggers.lift(database)
    found = checks.triggers_are_there(databases=["default"])
    triggers.install(database)
    assert [row.id for row in found] == ["dsr.E010"]
    assert checks.triggers_are_there(databases=["default"]) == []


def test_an_act_that_fails_leaves_no_entry(connection: Connection, officer: User) -> None:
    def act_and_fail() -> None:
        with transaction.atomic():
            audit.record(actor=officer, verb="tested", case=case, reason="a reason")
            raise OSError

    case = file_case(officer, connection)
    before = audit.head()
    with pytest.raises(OSError):  # noqa: PT011
        act_and_fail()
    assert audit.head() == before
    assert not Reason.objects.filter(case=case).exists()
    assert audit.verify() is None


def test_a_reason_is_sealed_and_the_log_has_its_keyed_digest(connection: Connection, officer: User) -> None:
    case = file_case(officer, connection)
    entry = audit.record(actor=officer, verb="tested", case=case, reason="Linda said so")
    again = audit.record(actor=officer, verb="tested", case=case, reason="Linda said so")
    reason = Reason.objects.get(entry=entry)
    assert reason.text == "Linda said so"
    assert b"Linda" not in bytes(reason.text_sealed)
    assert entry.reason_digest == again.reason_digest != ""
    assert entry.reason_digest != hashlib.sha256(b"Linda said so").hexdigest()


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_refused(officer: User) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        audit.record(actor=officer, verb="tested")
    assert audit.head() == (0, audit.GENESIS)
