"""The execution log: every call of a whole case, for whom and why, and nothing personal."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable

import pytest
import time_machine
from django.conf import settings
from django.db.models import CharField
from django.utils import timezone

from dsr.connectors.segmetrics import Account, Purpose
from dsr.exceptions import NeedsPerson
from dsr.jobs import tasks
from dsr.models import Case, Connection, ExecutedCall, User
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, prepared, work

pytestmark = pytest.mark.django_db


def told(case: Case) -> list[tuple[str, str]]:
    """What was called for the case, on whose behalf; repeated ones once."""
    rows = ExecutedCall.objects.filter(case=case.reference).order_by("pk").select_related("on_behalf_of")
    return list(dict.fromkeys((row.action, str(row.on_behalf_of)) for row in rows))


def test_each_call_is_told_with_its_case_and_its_person(
    officer: User, approver: User, connection: Connection, sandbox: Sandbox
) -> None:
    case = file_case(officer, connection)
    prepared(case, officer)
    before = len(sandbox.calls())
    assert ExecutedCall.objects.count() == before
    approve(case, approver)
    work()
    assert ExecutedCall.objects.count() == len(sandbox.calls()) > before
    actions = told(case)
    assert ("search contacts", str(officer)) in actions
    assert ("delete contact", str(approver)) in actions
    assert ("delete invoice", str(approver)) in actions
    assert not [action for action, who in actions if action.startswith("delete") and who != str(approver)]
    deleted = ExecutedCall.objects.filter(action="delete contact")
    assert [(row.integration_id, row.attempt, row.status, row.error) for row in deleted] == [("int9", 1, 200, "")]
    assert all(row.request_id for row in deleted)


def words_of(rows: Iterable[ExecutedCall]) -> str:
    """All that is told of these calls, in small letters. Not the numbers that the database, the clock and chance give,
    in which any digits may stand: of the request and of the call they are looked at for what they are."""
    rows = list(rows)
    assert all(re.fullmatch("[0-9a-f]{16}", row.request_id) for row in rows)
    assert all(re.fullmatch(r"DSR-\d{4}-\d{6}", row.case) for row in rows)
    texts = [field.attname for field in ExecutedCall._meta.fields if isinstance(field, CharField)]
    told = [name for name in texts if name not in {"request_id", "case"}]
    return json.dumps([[getattr(row, name) for name in told] for row in rows]).lower()


def test_nothing_in_it_is_personal(officer: User, approver: User, connection: Connection) -> None:
    case = file_case(officer, connection)
    prepared(case, officer)
    approve(case, approver)
    work()
    rows = list(ExecutedCall.objects.all())
    assert {row.case for row in rows} == {case.reference}
    kept = words_of(rows)
    for word in ("linda", "example.com", "1004", *(row.value.lower() for row in case.identifiers.all())):
        assert word not in kept
    assert len(rows) > 5


def test_attempts_and_failures_are_told(connection: Connection, sandbox: Sandbox) -> None:
    sandbox.fault("server_error", times=1)
    with Account(connection) as account:
        account.control_read()
    rows = ExecutedCall.objects.order_by("pk")
    assert [(row.attempt, row.status, row.error, row.case) for row in rows] == [
        (1, 500, "ServerError", ""),
        (2, 200, "", ""),
    ]
    assert rows[0].on_behalf_of is None


def test_a_call_outside_of_the_grant_never_leaves_and_is_told(
    officer: User, connection: Connection, sandbox: Sandbox
) -> None:
    connection.granted = ["search_contacts"]
    with Account(connection, Purpose(on_behalf_of=officer)) as account, pytest.raises(NeedsPerson) as refused:
        account.read("1004")
    assert refused.value.code == "not_granted"
    assert sandbox.calls() == []
    row = ExecutedCall.objects.get()
    assert (row.action, row.attempt, row.status, row.error) == ("get contact", 0, None, "ActionNotAllowed")
    assert row.on_behalf_of == officer


def test_without_the_right_no_delete_leaves(connection: Connection, sandbox: Sandbox) -> None:
    """The services ask first; this is the last wall behind them."""
    connection.may_delete = False
    connection.granted = [*connection.granted, "delete_contact"]
    with Account(connection) as account, pytest.raises(NeedsPerson):
        account.delete(integration_id="int9", kind="contact", object_id="1004")
    assert sandbox.deletes() == []


def test_a_case_whose_call_is_not_granted_goes_to_a_person(officer: User, connection: Connection) -> None:
    connection.granted = ["get_contact", "get_attribution_report"]
    connection.save()
    case = file_case(officer, connection)
    work()
    case.refresh_from_db()
    assert (case.state, case.attention) == ("needs_attention", "not_granted")


def test_it_is_forgotten_when_its_days_are_over(connection: Connection) -> None:
    with Account(connection) as account:
        account.control_read()
    days: int = settings.ENV.execution_log_days
    with time_machine.travel(timezone.now() + dt.timedelta(days=days - 1)):
        tasks.retain()
        assert ExecutedCall.objects.exists()
    with time_machine.travel(timezone.now() + dt.timedelta(days=days + 1)):
        tasks.retain()
        assert not ExecutedCall.objects.exists()
