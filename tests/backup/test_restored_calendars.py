"""A restore brings no calendar address and no token back: one that was ended since the backup would answer again."""

from __future__ import annotations

import dataclasses

import pytest
from pytest_django import Settings

from dsr.backup import replaying
from dsr.models import AgentToken, Connection, User
from dsr.services import agent_tokens, calendars, credentials, noting
from segmetrics_client.sandbox.testing import Sandbox
from tests.builders import give_key
from tests.rewinding import Mark

pytestmark = pytest.mark.django_db


def test_an_address_that_was_ended_since_the_backup_answers_nothing(officer: User) -> None:
    token = calendars.make(actor=officer)
    backup = Mark.here()
    calendars.end(actor=officer)
    noting.anchor()
    backup.rewind(ledger_too=False)
    assert calendars.reader_of(token) == officer

    replaying.finish(api_keys={})

    assert calendars.reader_of(token) is None


def test_neither_does_a_token_for_an_ai_client(officer: User, settings: Settings) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, agents=True)
    token = agent_tokens.make(actor=officer, days=30)
    backup = Mark.here()
    agent_tokens.end(actor=officer)
    noting.anchor()
    backup.rewind(ledger_too=False)
    assert agent_tokens.used(token) == officer

    replaying.finish(api_keys={})

    assert not AgentToken.objects.exists()


def test_neither_does_a_credential_of_ones_own(approver: User, connection: Connection, sandbox: Sandbox) -> None:
    own = give_key(connection, sandbox.api_key, user=approver)
    backup = Mark.here()
    credentials.take_own_back(connection=connection, actor=approver)
    noting.anchor()
    backup.rewind(ledger_too=False)
    assert credentials.has_own(connection, approver)

    replaying.finish(api_keys={})

    own.refresh_from_db()
    assert (own.status, bytes(own.secret_sealed)) == ("retired", b"")
