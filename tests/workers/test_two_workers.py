"""Two real workers on one PostgreSQL: both work, every case ends with its certificate, nothing has its effect twice."""

from __future__ import annotations

import dataclasses
import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
import redis
from django.conf import settings as live
from django.db import connection as database
from pytest_django import Settings

from dsr.models import Case, Document, Job
from dsr.permissions import Role
from tests.builders import allow_changes, make_connection, make_user
from tests.chaos import checks
from tests.chaos.office import Office
from tests.chaos.place import Place
from tests.ops.waiting import eventually
from tests.smoke.demo_process import free_ports

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        live.ENV.database["ENGINE"] != "django.db.backends.postgresql", reason="DATABASE_URL names no PostgreSQL"
    ),
]

CASES = 12
DONE_WITHIN = 300.0
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
WORKERS = ("first", "second")
TAKEN = "dsr-tests:taken"
"""The key in a Redis database that a test has for itself."""

_LEDGER = """
CREATE TABLE claims (job bigint, worker text);
CREATE FUNCTION note_claim() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO claims VALUES (NEW.id, current_setting('application_name')); RETURN NEW; END $$;
CREATE TRIGGER note_claim AFTER UPDATE ON dsr_job FOR EACH ROW
    WHEN (NEW.status = 'running' AND NEW.attempts > OLD.attempts) EXECUTE FUNCTION note_claim();
"""
_NO_LEDGER = "DROP TRIGGER note_claim ON dsr_job; DROP FUNCTION note_claim; DROP TABLE claims"


@pytest.fixture
def claims() -> Iterator[None]:
    """The database itself writes down which worker took which job, by the name of its connection."""
    with database.cursor() as cursor:
        cursor.execute(_LEDGER)
    yield
    with database.cursor() as cursor:
        cursor.execute(_NO_LEDGER)


@pytest.fixture
def place(claims: None, tmp_path: Path) -> Iterator[Place]:
    (sandbox_port,) = free_ports(1)
    place = Place(tmp_path, sandbox_port=sandbox_port)
    try:
        place.start_sandbox()
        yield place
    finally:
        place.stop(grace=0)  # nothing is at work any more


@pytest.fixture(params=["orm", "redis"])
def broker_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The queue in the database, or in a Redis database that no other test process has, of this run or another."""
    if request.param == "orm":
        yield ""
        return
    number = free_redis_database()  # fails where there is no Redis: it is needed here
    url = f"{REDIS}/{number}"
    client = redis.Redis.from_url(url)
    client.delete("django_q:dsr:q")
    # The people's acts run in this process; they have to tell the same broker as the workers ask.
    monkeypatch.setattr("django_q.conf.Conf.ORM", None)
    monkeypatch.setattr("django_q.conf.Conf.REDIS", url)
    yield url
    client.delete("django_q:dsr:q", TAKEN)
    client.close()


def free_redis_database() -> int:
    """One that this test alone has, from the last one down; the first ones may be an installation's.

    A run that is killed gives its own back after an hour.
    """
    with closing(redis.Redis.from_url(REDIS)) as server:
        count = int(str(server.config_get("databases")["databases"]))
    for number in range(count - 1, 0, -1):
        with closing(redis.Redis.from_url(f"{REDIS}/{number}")) as client:
            if client.set(TAKEN, os.getpid(), nx=True, ex=3600):
                return number
    raise AssertionError(f"Each database of {REDIS} is taken by a test. A key {TAKEN} there says so.")


def worker_environment(place: Place, name: str, broker_url: str) -> dict[str, str]:
    """The worker's own settings, on the database of this test."""
    row = database.settings_dict
    password = f":{quote(row['PASSWORD'])}" if row["PASSWORD"] else ""
    address = f"{quote(row['USER'])}{password}@{row['HOST']}:{row['PORT'] or 5432}/{row['NAME']}"
    return {
        "DJANGO_SETTINGS_MODULE": "dsr.settings",
        "DATABASE_URL": f"postgresql://{address}?application_name={name}",
        "DSR_BROKER_URL": broker_url,
        "DSR_DATA_DIR": str(place.folder),
        "DSR_JOB_RETRY_DELAYS": "1,1,1",
        "DSR_VERIFY_DELAYS": "1,1,1",
        "DSR_WORKER_BEAT_SECONDS": "1",
        "DSR_LOG_LEVEL": "WARNING",
    }


def test_two_workers(place: Place, broker_url: str, settings: Settings) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, broker_url=broker_url)
    make_user("anna@example.com", "Anna Officer", Role.PRIVACY_OFFICER)
    make_user("bea@example.com", "Bea Approver", Role.APPROVER)
    allow_changes(make_connection(place.sandbox))
    office = Office(place.sandbox, random.Random(7), at_once=CASES)
    for _ in range(CASES):
        office.file()
    office.takes_new = False
    for name in WORKERS:
        place.start_worker(name, env=worker_environment(place, name, broker_url))

    assert eventually(lambda: office.work() == 0, within=DONE_WITHIN), state_of(place)

    with database.cursor() as cursor:
        cursor.execute("SELECT job, worker FROM claims")
        claimed = cursor.fetchall()
    by_worker = Counter(worker for _job, worker in claimed)
    assert set(by_worker) == set(WORKERS), by_worker
    assert len(claimed) == len({job for job, _worker in claimed}) == Job.objects.count()
    cases = Case.objects.filter(state="completed", outcome__in=["erased", "changed"])
    assert cases.count() == CASES, state_of(place)
    assert Document.objects.filter(kind="certificate", case__in=cases).count() == CASES
    calls = place.sandbox.calls()
    assert checks.done_twice(calls, office.cases) == []
    assert checks.wrong_deletions(place.sandbox, calls, office.cases.values()) == []
    assert checks.lost(place.sandbox, office.cases) == []
    assert checks.wrong_certificates(office.cases) == []
    assert checks.broken_chain() == []


def state_of(place: Place) -> str:
    states = Counter(Case.objects.values_list("state", flat=True))
    return f"{dict(states)}\n" + "\n".join(f"{worker.name}:\n{worker.last_lines()}" for worker in place.workers)
