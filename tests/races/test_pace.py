"""Threads and processes that call one account: no slot is anybody's twice, and patience asked of one holds the others.

Counted by slots, not by watches: what the row gave away is what was called, and a few slots at most that nobody used.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection as database
from django.utils import timezone

from dsr.connectors import pacing
from dsr.connectors.pacing import SharedPace, account_of
from dsr.models import Connection, Pace
from segmetrics_client.sandbox.testing import Sandbox
from tests.races.together import Meeting, at_once

_CALLS = 30
_PROGRAM = """
import sys
import django
django.setup()
from dsr.connectors.segmetrics import Account
from dsr.exceptions import Postponed
from dsr.models import Connection
print("ready", flush=True)
sys.stdin.readline()
made = 0
try:
    with Account(Connection.objects.get()) as account:
        for _ in range(int(sys.argv[1])):
            account.look_up("email", "nobody@example.com")
            made += 1
except Postponed:
    print("postponed", flush=True)
print(made, flush=True)
"""


@pytest.fixture(autouse=True)
def _no_slots_of_others() -> Iterator[None]:
    pacing._leased.clear()
    yield
    pacing._leased.clear()  # they lie minutes ahead, and the next test would wait for them


def given_away(connection: Connection, *, since: dt.datetime) -> int:
    """How many slots the row has leased since."""
    spacing = dt.timedelta(minutes=1) / connection.rate_per_minute
    return round((Pace.objects.get(pk=account_of(connection)).next_at - since) / spacing)


def write_anyhow(self: SharedPace, _seen: pacing._Row, **changes: dt.datetime) -> bool:
    return bool(Pace.objects.filter(pk=self._account).update(**changes))


def test_two_threads_never_lease_the_same_slots(
    connection: Connection, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read the row before either writes. The guard: the UPDATE holds only for the row that was read."""
    ahead = timezone.now() + dt.timedelta(seconds=50)  # nearer than what counts as of another clock
    Pace.objects.create(account=account_of(connection), next_at=ahead, held_until=ahead - dt.timedelta(days=1))
    meeting, read = Meeting(guarded=False), SharedPace._read

    def read_then_meet(self: SharedPace) -> pacing._Row:
        row = read(self)
        meeting.wait()
        return row

    monkeypatch.setattr(SharedPace, "_read", read_then_meet)
    if not guarded:
        monkeypatch.setattr(SharedPace, "_write", write_anyhow)

    assert at_once(SharedPace(connection)._lease, SharedPace(connection)._lease) == [None, None]

    assert given_away(connection, since=ahead) == (20 if guarded else 10)


def start(connection: Connection, sandbox: Sandbox, calls: int) -> subprocess.Popen[str]:
    row = database.settings_dict
    url = (
        f"sqlite:///{row['NAME']}"
        if database.vendor == "sqlite"
        else f"postgresql://{row['USER']}:{row['PASSWORD']}@{row['HOST']}:{row['PORT'] or 5432}/{row['NAME']}"
    )
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": url,
        "DSR_DATA_DIR": str(settings.ENV.data_dir),
    }
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(calls)],
        cwd=Path(__file__).parents[2],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def run_together(*processes: subprocess.Popen[str]) -> list[list[str]]:
    """Let them go once all are ready; what each said."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return [process.communicate(timeout=120)[0].split() for process in processes]


def test_two_processes_share_one_pace(connection: Connection, sandbox: Sandbox) -> None:
    Connection.objects.update(rate_per_minute=1_200)
    connection.refresh_from_db()
    first, second = start(connection, sandbox, _CALLS), start(connection, sandbox, _CALLS)
    began = timezone.now()
    Pace.objects.create(account=account_of(connection), next_at=began, held_until=began - dt.timedelta(days=1))

    assert run_together(first, second) == [[str(_CALLS)], [str(_CALLS)]]

    assert len(sandbox.calls()) == 2 * _CALLS
    assert given_away(connection, since=began) >= 2 * _CALLS, "each call had a slot of its own"


def test_patience_asked_of_one_process_holds_the_other(connection: Connection, sandbox: Sandbox) -> None:
    sandbox.fault("rate_limit", retry_after=3_600, times=1)
    first = start(connection, sandbox, 1)
    assert run_together(first) == [["postponed", "0"]]

    assert run_together(start(connection, sandbox, 1)) == [["postponed", "0"]]

    assert len(sandbox.calls()) == 1, "nobody called again"
