"""SQLite's INSERT OR REPLACE deletes without a DELETE trigger: the guards refuse it by themselves."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.db import connection as database

from dsr.models import Approval, CaseActor, Connection, User
from tests.builders import approve, file_case, prepared

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("sqlite" not in database.vendor, reason="PostgreSQL has no INSERT OR REPLACE"),
]


def replace(table: str, columns: str, values: tuple[Any, ...]) -> None:
    marks = ", ".join(["%s"] * len(values))
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute(f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})", values)


def test_who_had_a_hand_cannot_be_replaced(connection: Connection, officer: User, approver: User) -> None:
    case = prepared(file_case(officer, connection), officer)
    row = CaseActor.objects.filter(case=case, act="prepared").get()
    with pytest.raises(DatabaseError, match="had a hand"):
        replace("dsr_caseactor", "id, case_id, user_id, act, at", (row.pk, case.pk, approver.pk, "x", row.at))
    row.refresh_from_db()
    assert row.user_id == officer.pk


def test_an_approval_cannot_be_replaced(connection: Connection, officer: User, approver: User) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    row = Approval.objects.get(case=case)
    columns = "id, case_id, plan_id, approver_id, fingerprint, approved_at, voided_at"
    other = (row.pk + 1, case.pk, row.plan_id, approver.pk, row.fingerprint, row.approved_at, None)
    with pytest.raises(DatabaseError, match="only be voided"):
        replace("dsr_approval", columns, other)
    assert Approval.objects.get().pk == row.pk
