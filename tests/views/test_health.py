"""`/healthz` says whether everything is up, and nothing else."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from dsr.jobs import heartbeat
from dsr.models import Heartbeat


def test_all_is_up_once_a_worker_has_run_a_task(client: Client, db: None) -> None:
    heartbeat.beat()

    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"web": "ok", "database": "ok", "worker": "ok", "ledger": "ok"}


def test_no_worker(client: Client, db: None) -> None:
    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["worker"] == "down"


def test_a_worker_that_has_stopped_counts_as_none(client: Client, db: None) -> None:
    Heartbeat.objects.create(worker="gone", at=timezone.now() - dt.timedelta(days=1))

    assert client.get("/healthz").status_code == 503


def test_no_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> bool:
        raise DatabaseError("secret place")

    monkeypatch.setattr(heartbeat, "is_alive", fail)

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["database"] == "down"
    assert b"secret" not in answer.content
