"""The queue's two brokers: the database, inside the transaction, and Redis, once it is committed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import os

import pytest
from django.conf import settings as live
from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from dsr import checks, queue
from dsr.jobs import heartbeat, sweeping
from dsr.models import Case, Connection, Heartbeat, Job, User
from dsr.services import matching
from tests.builders import file_case, work

URL = "redis://:hunter2@127.0.0.1:1/0"
"""Nobody listens there."""


@pytest.fixture
def told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Redis is the broker; the ids that it was told."""
    ids: list[int] = []
    settings.ENV = dataclasses.replace(settings.ENV, broker_url=URL)
    monkeypatch.setattr(queue, "async_task", lambda _func, job_id: ids.append(job_id))
    return ids


@pytest.mark.django_db
def test_redis_hears_of_a_job_only_once_it_is_committed(
    told: list[int],
    connection: Connection,
    officer: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks() as waiting:
        case = file_case(officer, connection)
    assert told == [], "not while it could still be rolled back"
    for tell in waiting:
        tell()
    assert told == [case.jobs.get().pk]


@pytest.mark.django_db(transaction=True)
def test_redis_hears_nothing_of_what_was_rolled_back(told: list[int], connection: Connection, officer: User) -> None:
    case = file_case(officer, connection)
    work()
    told.clear()
    with transaction.atomic():
        matching.search_again(case=case, actor=officer)
        transaction.set_rollback(True)
    assert told == []


@pytest.mark.django_db(transaction=True)
def test_a_redis_that_is_away_fails_no_act_and_the_sweep_brings_the_job(
    connection: Connection,
    officer: User,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, broker_url=URL)
    monkeypatch.setattr("django_q.conf.Conf.ORM", None)
    monkeypatch.setattr("django_q.conf.Conf.REDIS", URL)
    with caplog.at_level(logging.DEBUG):
        case = file_case(officer, connection)
    assert Case.objects.get().state == "received"
    assert "ConnectionError" in caplog.text
    assert "hunter2" not in caplog.text

    monkeypatch.setattr("django_q.conf.Conf.ORM", "default")  # Redis is back
    settings.ENV = dataclasses.replace(settings.ENV, broker_url="")
    Job.objects.update(enqueued_at=timezone.now() - dt.timedelta(minutes=2))
    assert sweeping.sweep() == 1
    assert [row.args() for row in OrmQ.objects.all()] == [(case.jobs.get().pk,)]


def test_a_broker_that_is_not_the_settings_is_reported(settings: Settings) -> None:
    by_database, by_redis = live.Q_CLUSTER, {**live.Q_CLUSTER, "orm": None, "redis": URL}
    for url, cluster, is_well in [
        ("", by_database, True),
        ("", by_redis, False),
        (URL, by_redis, True),
        (URL, by_database, False),
        (URL, {**by_redis, "redis": "redis://elsewhere/0"}, False),
        ("", {**by_database, "broker_class": "some.Broker"}, False),
    ]:
        settings.ENV = dataclasses.replace(settings.ENV, broker_url=url)
        settings.Q_CLUSTER = cluster
        found = checks.queue_shares_the_database()
        assert [row.id for row in found] == ([] if is_well else ["dsr.E021"]), (url, cluster)
        assert "hunter2" not in str(found)


@pytest.mark.django_db
def test_a_beat_is_asked_for_unless_something_waits() -> None:
    heartbeat.enqueue_beat()
    heartbeat.enqueue_beat()
    assert [row.func() for row in OrmQ.objects.all()] == [heartbeat.BEAT]

    # What a killed cluster had taken stays leased to it for minutes; nobody waits for it.
    OrmQ.objects.update(lock=timezone.now() + dt.timedelta(minutes=5))
    heartbeat.enqueue_beat()
    assert OrmQ.objects.count() == 2


@pytest.mark.django_db
def test_a_worker_looks_at_its_own_beats_and_the_site_at_anybodys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSR_WORKER_NAME", "stuck:1")
    Heartbeat.objects.create(worker="another:2", at=timezone.now())
    assert heartbeat.own_beat_age() is None
    assert heartbeat.is_alive()
    heartbeat.beat()
    assert heartbeat.own_beat_age() is not None


@pytest.mark.django_db
def test_a_starting_worker_forgets_its_dead_and_leaves_the_living(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "here")
    monkeypatch.setenv("DSR_WORKER_NAME", "here:0")
    now, long_ago = timezone.now(), timezone.now() - dt.timedelta(days=2)
    alive = f"here:{os.getpid()}"
    for name, at in [("here:0", now), ("here:999999999", now), (alive, now), ("there:1", now), ("there:2", long_ago)]:
        Heartbeat.objects.create(worker=name, at=at)
    heartbeat.clear()
    assert set(Heartbeat.objects.values_list("worker", flat=True)) == {alive, "there:1"}
