"""A restore brings back nothing that was taken from a connection since the backup: no credential, no right."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from dsr import ledger
from dsr.actions import READS, Action
from dsr.backup import replaying
from dsr.connectors.segmetrics import Account
from dsr.exceptions import NeedsPerson
from dsr.models import AuditEntry, Connection, Credential, TagRun, TagTarget, User
from dsr.services import connections, credentials, noting
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import approve, file_case, give_key, make_connection, prepared, work
from tests.path.driving import draw_nothing
from tests.rewinding import Mark
from tests.services.test_tagging import begun

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(db: None, sandbox: Sandbox) -> Connection:
    return make_connection(sandbox, granted=[*READS, Action.ADD_CONTACT_TAGS], ids_unique_in_account=True)


def test_a_credential_that_was_revoked_since_signs_nothing(
    connection: Connection, administrator: User, sandbox: Sandbox
) -> None:
    other = make_connection(sandbox, name="Other")
    backup = Mark.here()
    credentials.revoke(connection=connection, actor=administrator)
    backup.rewind(ledger_too=False)
    assert "manage.py restore --finish" in ledger.refusal(), "nor is such a database served where it was put by hand"

    report = replaying.finish(api_keys={})

    assert report.credentials == 1
    row = Credential.objects.get(connection=connection)
    assert (row.status, bytes(row.secret_sealed)) == ("retired", b"")
    with pytest.raises(NeedsPerson):
        Account(connection)
    with Account(other) as account:
        account.control_read()


def test_one_whose_line_was_lost_is_known_by_the_daily_anchor(
    connection: Connection, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = Mark.here()
    with monkeypatch.context() as patch:
        patch.setattr(noting, "_quietly", lambda *_, **__: None)
        credentials.revoke(connection=connection, actor=administrator)
    noting.anchor()
    backup.rewind(ledger_too=False)

    assert replaying.finish(api_keys={}).credentials == 1


def test_one_that_was_revoked_is_not_used_for_the_looks_either(
    connection: Connection,
    officer: User,
    approver: User,
    administrator: User,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draw_nothing(monkeypatch)
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    backup = Mark.here()
    work()
    credentials.revoke(connection=connection, actor=administrator)
    backup.rewind(ledger_too=False)
    sandbox.reset_calls()

    assert not replaying.finish(api_keys={}).is_finished
    assert sandbox.calls() == []
    assert replaying.finish(api_keys={sandbox.account_id: sandbox.api_key}).is_finished


def test_no_right_comes_back_and_what_cannot_be_known_is_off_until_an_administrator_looks(
    connection: Connection, officer: User, approver: User, administrator: User, sandbox: Sandbox
) -> None:
    case = prepared(file_case(officer, connection), officer)
    approve(case, approver)
    run = begun(connection, officer)
    backup = Mark.here()
    left = [action for action in READS if action != Action.LIST_PRODUCTS]
    connections.grant(connection=connection, actor=administrator, actions=left)
    connections.take_delete_right(connection=connection, actor=administrator)
    backup.rewind(ledger_too=False)

    report = replaying.finish(api_keys={})

    assert report.switched_off == [connection.name]
    connection.refresh_from_db()
    assert (connection.granted, connection.may_delete, connection.ids_unique_in_account) == (left, False, False)
    assert AuditEntry.objects.get(verb="restored").facts["switched_off"] == 1
    assert TagRun.objects.get(pk=run.pk).stage == "thrown_away"
    assert not TagTarget.objects.exists()
    work()
    assert sandbox.deletes() == []
    connections.grant(connection=connection, actor=administrator, actions=connection.granted)
    connection.refresh_from_db()
    assert connection.switched_off_at is None, "somebody has looked"


def test_it_is_off_though_the_ledger_says_nothing(connection: Connection) -> None:
    backup = Mark.here()
    noting.anchor()
    backup.rewind(ledger_too=False)

    replaying.finish(api_keys={})

    connection.refresh_from_db()
    assert connection.granted == list(READS)
    assert not connection.may_delete
    assert connection.switched_off_at
    assert Credential.objects.get(connection=connection).status == "working", "it may read"


def test_whoever_restores_is_told(connection: Connection, administrator: User) -> None:
    backup = Mark.here()
    give_key(connection, "another")
    credentials.revoke(connection=connection, actor=administrator)
    backup.rewind(ledger_too=False)
    said = StringIO()

    call_command("restore", "--finish", stdout=said)

    assert "May only read now" in said.getvalue()
    assert connection.name in said.getvalue()
