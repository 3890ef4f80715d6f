"""Several workers find the same token about to end: one renews it, all go on, and the refresh token is spent once."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.db import connection as database
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from dsr.connectors import signing
from dsr.connectors.segmetrics import Account
from dsr.connectors.signing import Tokens
from dsr.env import OAuth
from dsr.exceptions import NeedsPerson
from dsr.models import Connection, Credential
from segmetrics_client import Token
from segmetrics_client.sandbox.testing import Sandbox
from tests.ops.waiting import eventually
from tests.races.together import Meeting, at_once

WORKERS = 4


@pytest.fixture
def row(connection: Connection, sandbox: Sandbox, settings: Settings) -> Credential:
    """A sign-in whose access token is over."""
    address = sandbox.oauth_url
    known = OAuth(
        f"{address}/authorize", f"{address}/token", f"{address}/revoke", "sandbox-desk", "sandbox-client-secret", ""
    )
    settings.ENV = dataclasses.replace(settings.ENV, oauth=known)
    Credential.retire(Credential.objects.all())
    token = sandbox.token()
    made = Credential(connection=connection, kind="oauth", status="working", created_at=timezone.now())
    made.seal_tokens(access=token.access_token, refresh=token.refresh_token)
    made.expires_at = timezone.now()
    made.save()
    sandbox.reset_calls()
    return made


def read() -> None:
    with Account(Connection.objects.get()) as account:
        account.control_read()


def test_workers_that_renew_at_once(
    row: Credential, sandbox: Sandbox, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not guarded:
        monkeypatch.setattr(Tokens, "claim", lambda _: True)
    meeting, load = Meeting(guarded=guarded, of=WORKERS), Tokens.load

    def and_meet(self: Tokens) -> Token:
        token = load(self)
        meeting.wait()
        return token

    monkeypatch.setattr(Tokens, "load", and_meet)
    if guarded:  # so that the others really come while it is being renewed
        sandbox.fault("slow", object="token", delay=0.7)

    raised = at_once(*[read] * WORKERS)

    row.refresh_from_db()
    if not guarded:
        assert len(sandbox.renewals()) > 1, "the refresh token was spent twice, which ends the consent"
        assert any(isinstance(error, NeedsPerson) for error in raised)
        return
    assert raised == [None] * WORKERS
    assert len(sandbox.renewals()) == 1
    assert (row.generation, row.renewing_until) == (2, None)
    assert [call.status for call in sandbox.calls() if call.host == "read"] == [200] * WORKERS, "nobody had the old one"


_WORKER = """
import dataclasses, sys
import django
django.setup()
from django.conf import settings
from django.db import connections
from dsr.env import OAuth
url, name = sys.argv[1:3]
known = OAuth(f"{url}/authorize", f"{url}/token", f"{url}/revoke", "sandbox-desk", "sandbox-client-secret", "")
settings.ENV = dataclasses.replace(settings.ENV, oauth=known)
connections.settings["default"]["NAME"] = name
from dsr.connectors.segmetrics import Account
from dsr.models import Connection
print("ready", flush=True)
sys.stdin.readline()
with Account(Connection.objects.get()) as account:
    account.control_read()
print("read", flush=True)
"""


def begun(sandbox: Sandbox, settings: Settings) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DSR_DATA_DIR": str(settings.ENV.data_dir),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", _WORKER, sandbox.oauth_url, str(database.settings_dict["NAME"])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
        env=environment,
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("go\n")
    process.stdin.flush()


def test_processes_that_renew_at_once(row: Credential, sandbox: Sandbox, settings: Settings) -> None:
    sandbox.fault("slow", object="token", delay=0.7)
    processes = [begun(sandbox, settings) for _ in range(3)]
    for process in processes:
        go(process)
    said = [process.communicate(timeout=60)[0] for process in processes]
    assert said == ["read\n"] * 3
    assert len(sandbox.renewals()) == 1
    row.refresh_from_db()
    assert (row.generation, row.renewing_until) == (2, None)


@pytest.mark.parametrize("spent", [False, True])
def test_killed_while_it_renews(row: Credential, sandbox: Sandbox, settings: Settings, spent: bool) -> None:
    """Its lease ends by itself. Whether the server had spent the refresh token by then decides what comes after."""
    sandbox.fault("slow" if spent else "drop_before", object="token", delay=6.0)
    process = begun(sandbox, settings)
    go(process)
    assert eventually(sandbox.renewals, within=30), "its question is at the server, which takes its time"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    row.refresh_from_db()
    assert row.renewing_until
    assert row.generation == 1
    assert not Tokens(row.pk).claim(), "nobody else renews while it may still be alive"
    if spent:
        assert eventually(lambda: sandbox.renewals()[0].status == 200, within=30), "an answer to the one who is gone"
    Credential.objects.filter(pk=row.pk).update(renewing_until=F("renewing_until") - signing._LEASE)

    if spent:
        with pytest.raises(NeedsPerson) as asked:
            read()
        assert asked.value.code == "key_refused"
        row.refresh_from_db()
        assert row.refused_at, "the page says: sign in again"
        assert row.renewing_until is None
    else:
        read()
        row.refresh_from_db()
        assert row.generation == 2


def test_a_new_key_that_works_in_two_workers_at_once_takes_over_once(row: Credential, sandbox: Sandbox) -> None:
    new = Credential(connection=row.connection, kind="api_key", created_at=timezone.now())
    new.seal_key(sandbox.api_key)
    new.save()
    together = threading.Barrier(2)

    def work() -> None:
        with Account(Connection.objects.get()) as account:
            together.wait(timeout=30)
            account.control_read()

    assert at_once(work, work) == [None, None]
    assert [entry.status for entry in Credential.objects.filter(status__in=["new", "working"])] == ["working"]
    assert Credential.objects.get(status="working").pk == new.pk
