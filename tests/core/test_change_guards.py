"""What the database itself refuses about changes of safeguards, past every line of Python: straight SQL."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db import connection as database
from django.utils import timezone

from dsr.models import SafeguardChange, User
from tests.builders import make_user

pytestmark = pytest.mark.django_db

WEEK = dt.timedelta(days=7)


def insert(**values: Any) -> int:
    """An open change, or what the database says of this one."""
    now = timezone.now()
    row: dict[str, Any] = {
        "kind": "roles",
        "payload": "{}",
        "reason": "why not",
        "asked_at": now,
        "expires_at": now + WEEK,
    } | values
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO dsr_safeguardchange ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})",
            list(row.values()),
        )
    newest = SafeguardChange.objects.order_by("-pk").first()
    assert newest
    return newest.pk


def update(pk: int, **values: Any) -> None:
    with transaction.atomic(), database.cursor() as cursor:
        columns = ", ".join(f"{name} = %s" for name in values)
        cursor.execute(f"UPDATE dsr_safeguardchange SET {columns} WHERE id = %s", [*values.values(), pk])


@pytest.fixture
def people(db: None) -> list[int]:
    return [make_user(f"p{number}@example.com", f"P{number}").pk for number in range(3)]


@pytest.fixture
def change(people: list[int]) -> int:
    """Asked by the first about the third."""
    return insert(asked_by_id=people[0], subject_id=people[2])


def test_another_one_can_grant_it(change: int, people: list[int]) -> None:
    """The refusals below come from the rules, not from a broken statement."""
    update(change, granted_by_id=people[1], granted_at=timezone.now())
    assert SafeguardChange.objects.get().granted_by_id == people[1]


def test_whoever_asked_can_not(change: int, people: list[int]) -> None:
    with pytest.raises(IntegrityError):
        update(change, granted_by_id=people[0], granted_at=timezone.now())


def test_nor_whoever_it_is_about(change: int, people: list[int]) -> None:
    with pytest.raises(IntegrityError):
        update(change, granted_by_id=people[2], granted_at=timezone.now())
    with pytest.raises(IntegrityError):
        insert(asked_by_id=people[2], subject_id=people[2])


def test_nor_nobody(change: int) -> None:
    with pytest.raises(IntegrityError):
        update(change, granted_at=timezone.now())
    with pytest.raises(IntegrityError):
        update(change, declined_at=timezone.now())
    with pytest.raises(IntegrityError):
        insert(asked_by_id=None)


def test_somebody_without_a_moment_is_no_grant(change: int, people: list[int]) -> None:
    with pytest.raises(IntegrityError):
        update(change, granted_by_id=people[1])


@pytest.mark.parametrize("column", ["kind", "payload", "reason", "asked_by_id", "asked_at", "expires_at", "subject_id"])
def test_what_was_asked_stays(change: int, people: list[int], column: str) -> None:
    values: dict[str, Any] = {
        "kind": "delete_right",
        "payload": '{"roles": ["Administrator"]}',
        "reason": "another",
        "asked_by_id": people[1],
        "asked_at": timezone.now() - WEEK,
        "expires_at": timezone.now() + 2 * WEEK,
        "subject_id": people[1],
    }
    with pytest.raises(DatabaseError, match="only be decided"):
        update(change, **{column: values[column]})
    # Nor together with the decision, to grant something else than what was asked for.
    with pytest.raises(DatabaseError):
        update(change, granted_by_id=people[1], granted_at=timezone.now(), **{column: values[column]})


def test_a_subject_is_not_slipped_in_where_there_was_none(people: list[int]) -> None:
    pk = insert(asked_by_id=people[0])
    with pytest.raises(DatabaseError, match="only be decided"):
        update(pk, subject_id=people[2])


@pytest.mark.parametrize("end", ["granted", "declined", "withdrawn"])
def test_what_is_decided_stays_decided(change: int, people: list[int], end: str) -> None:
    now = timezone.now()
    ends: dict[str, dict[str, Any]] = {
        "granted": {"granted_by_id": people[1], "granted_at": now},
        "declined": {"declined_by_id": people[1], "declined_at": now},
        "withdrawn": {"withdrawn_at": now},
    }
    update(change, **ends[end])
    undone = dict.fromkeys(ends[end])
    for other in (*ends.values(), undone):
        with pytest.raises(DatabaseError, match="only be decided"):
            update(change, **other)


def test_two_ends_at_once_are_none(change: int, people: list[int]) -> None:
    now = timezone.now()
    with pytest.raises(IntegrityError):
        update(change, granted_by_id=people[1], granted_at=now, declined_by_id=people[1], declined_at=now)
    with pytest.raises(IntegrityError):
        update(change, granted_by_id=people[1], granted_at=now, withdrawn_at=now)


def test_after_its_time_it_is_not_granted(people: list[int]) -> None:
    then = timezone.now() - 2 * WEEK
    pk = insert(asked_by_id=people[0], asked_at=then, expires_at=then + WEEK)
    with pytest.raises(DatabaseError, match="only be decided"):
        update(pk, granted_by_id=people[1], granted_at=timezone.now())


def test_it_comes_open(people: list[int]) -> None:
    now = timezone.now()
    for decided in (
        {"granted_by_id": people[1], "granted_at": now},
        {"declined_by_id": people[1], "declined_at": now},
        {"withdrawn_at": now},
    ):
        with pytest.raises(DatabaseError, match="only be decided"):
            insert(asked_by_id=people[0], **decided)


def test_it_can_not_be_removed(change: int) -> None:
    with pytest.raises(DatabaseError, match="only be decided"), transaction.atomic(), database.cursor() as cursor:
        cursor.execute("DELETE FROM dsr_safeguardchange")
    with pytest.raises(DatabaseError), transaction.atomic():
        SafeguardChange.objects.all()._raw_delete(SafeguardChange.objects.db)


def test_nor_replaced_nor_emptied(change: int) -> None:
    database.check_constraints()  # PostgreSQL empties no table while checks are put off
    columns = "id, kind, payload, asked_by_id, asked_at, expires_at"
    replace = (
        f"INSERT OR REPLACE INTO dsr_safeguardchange ({columns}, reason) "
        f"SELECT {columns}, 'another' FROM dsr_safeguardchange"
    )
    sql = "TRUNCATE dsr_safeguardchange" if database.vendor == "postgresql" else replace
    with pytest.raises(DatabaseError, match="only be decided"), transaction.atomic(), database.cursor() as cursor:
        cursor.execute(sql)


def delete_past_django(pk: int) -> None:
    User.objects.filter(pk=pk)._raw_delete(User.objects.db)
    database.check_constraints()  # both databases put this check off to the commit


def test_who_asked_can_not_be_deleted(change: int, people: list[int]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        delete_past_django(people[0])


def test_a_deletion_does_not_come_before_its_approval(db: None) -> None:
    with database.cursor() as cursor:
        names = database.introspection.get_constraints(cursor, "dsr_approval")
    assert "deletion_not_before_its_approval" in names
