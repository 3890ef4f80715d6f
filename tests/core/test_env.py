"""Settings: production starts only when it is complete, and each refusal says what to set."""

from __future__ import annotations

import base64
import dataclasses
from pathlib import Path

import pytest
from django.conf import settings as live
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from dsr import checks, env

COMPLETE = {
    "DSR_ENV": "production",
    "DSR_SECRET_KEY": "s" * 60,
    "DSR_MASTER_KEY": base64.b64encode(b"m" * 32).decode(),
    "DSR_SEARCH_KEY": base64.b64encode(b"k" * 32).decode(),
    "DSR_ALLOWED_HOSTS": "dsr.example.com",
    "DSR_BASE_URL": "https://dsr.example.com/",
    "DSR_ORGANISATION": "Acme Ltd",
}


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A complete production environment, and nothing else of ours."""
    for name in ("DATABASE_URL", "DSR_ALLOW_LOOPBACK", "DSR_EMAIL_URL", "DSR_VERIFY_DELAYS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (COMPLETE | {"DSR_DATA_DIR": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_a_complete_production_starts(setting: pytest.MonkeyPatch) -> None:
    found = env.read()
    assert found.is_production
    assert found.base_url == "https://dsr.example.com"
    assert found.allow_loopback is False
    assert found.verify_delays == [60, 300, 1800]
    assert found.export_keep_days == 30
    assert found.database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "secure_delete=ON" in found.database["OPTIONS"]["init_command"]


@pytest.mark.parametrize(
    "name", ["DSR_SECRET_KEY", "DSR_MASTER_KEY", "DSR_SEARCH_KEY", "DSR_ALLOWED_HOSTS", "DSR_BASE_URL"]
)
def test_without_one_of_these_it_does_not_start(setting: pytest.MonkeyPatch, name: str) -> None:
    setting.delenv(name)
    with pytest.raises(ImproperlyConfigured, match=name):
        env.read()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DSR_ENV", "staging"),
        ("DSR_SECRET_KEY", "short"),
        ("DSR_MASTER_KEY", "not base64!"),
        ("DSR_MASTER_KEY", base64.b64encode(b"m" * 31).decode()),
        ("DSR_SEARCH_KEY", base64.b64encode(b"m" * 33).decode()),
        ("DSR_ALLOWED_HOSTS", "*"),
        ("DSR_ALLOWED_HOSTS", "dsr.example.com,*"),
        ("DSR_BASE_URL", "http://dsr.example.com"),
        ("DSR_COUNTRY", "Atlantis"),
        ("DSR_REGION", "ATLANTIS"),
        ("DSR_TIME_ZONE", "Mars/Olympus"),
        ("DSR_VERIFY_DELAYS", "soon"),
        ("DSR_JOB_RETRY_DELAYS", "-5"),
        ("DSR_UPLOAD_LIMIT_MB", "0"),
        ("DSR_UPLOAD_LIMIT_MB", "²"),
        ("DSR_EXPORT_KEEP_DAYS", "-1"),
        ("DSR_Q_TIMEOUT", "5"),
        ("DSR_Q_WORKERS", "many"),
        ("DSR_LOG_LEVEL", "LOUD"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(setting: pytest.MonkeyPatch, name: str, value: str) -> None:
    setting.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as refused:
        env.read()
    assert name in str(refused.value)


@pytest.mark.parametrize("name", ["DSR_SECRET_KEY", "DSR_MASTER_KEY", "DSR_SEARCH_KEY"])
def test_a_refusal_does_not_print_the_secret(setting: pytest.MonkeyPatch, name: str) -> None:
    setting.setenv(name, "hunter2-is-my-secret")
    with pytest.raises(ImproperlyConfigured) as refused:
        env.read()
    assert "hunter2" not in str(refused.value)


def test_equal_keys_are_reported(settings: Settings) -> None:
    assert checks.keys_differ() == []
    settings.ENV = dataclasses.replace(settings.ENV, search_key=settings.ENV.master_key)
    assert [row.id for row in checks.keys_differ()] == ["dsr.E022"]


def test_a_lease_that_is_too_short_is_reported(settings: Settings) -> None:
    assert checks.lease_outlasts_the_work() == []
    settings.Q_CLUSTER = live.Q_CLUSTER | {"retry": 240, "timeout": 120, "workers": 2, "queue_limit": 1}
    assert [row.id for row in checks.lease_outlasts_the_work()] == ["dsr.E020"]


def test_a_queue_elsewhere_is_reported(settings: Settings) -> None:
    assert checks.queue_shares_the_database() == []
    settings.Q_CLUSTER = {key: value for key, value in live.Q_CLUSTER.items() if key != "orm"}
    assert [row.id for row in checks.queue_shares_the_database()] == ["dsr.E021"]


def test_a_production_that_lacks_a_name_or_trusts_loopback_is_reported(settings: Settings) -> None:
    production = dataclasses.replace(settings.ENV, name="production", organisation="Acme", allow_loopback=False)
    settings.ENV = production
    assert checks.production_is_complete() == []
    for change in ({"organisation": ""}, {"allow_loopback": True}, {"name": "demo"}):
        settings.ENV = dataclasses.replace(production, **change)  # type: ignore[arg-type]
        assert [row.id for row in checks.production_is_complete()] == ["dsr.E030"]
