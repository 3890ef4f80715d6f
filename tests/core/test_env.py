"""Settings: production starts only when it is complete, and each refusal says what to set."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as live
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from dsr import checks, env
from tests.evidence.logo import a_logo

COMPLETE = {
    "DSR_ENV": "production",
    "DSR_SECRET_KEY": "s" * 60,
    "DSR_MASTER_KEY": base64.b64encode(b"m" * 32).decode(),
    "DSR_SEARCH_KEY": base64.b64encode(b"k" * 32).decode(),
    "DSR_ALLOWED_HOSTS": "dsr.example.com",
    "DSR_BASE_URL": "https://dsr.example.com/",
    "DSR_ORGANISATION": "Acme Ltd",
    "DSR_EMAIL_URL": "smtp+tls://mail.example.com:587",
    "DSR_EMAIL_FROM": "dsr@example.com",
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
    assert found.hand_over_days == 14
    assert found.database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "secure_delete=ON" in found.database["OPTIONS"]["init_command"]


def test_the_database_keeps_what_its_address_asks_of_the_connection(setting: pytest.MonkeyPatch) -> None:
    setting.setenv("DATABASE_URL", "postgresql://dsr:secret@db.example.com:5432/dsr?sslmode=verify-full")
    options = env.read().database["OPTIONS"]
    assert options["sslmode"] == "verify-full"
    assert options["server_side_binding"] is True


@pytest.mark.parametrize("name", sorted(set(COMPLETE) - {"DSR_ENV"}))
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
        ("DSR_ALLOW_LOOPBACK", "1"),
        ("DSR_ORGANISATION", "  "),
        ("DSR_ORGANISATION_ADDRESS", "|".join(["line"] * 7)),
        ("DSR_ORGANISATION_ADDRESS", "x" * 81),
        ("DSR_ORGANISATION_ADDRESS", "1 Mill Lane\u202e"),
        ("DSR_DOCUMENT_LANGUAGE", "it"),
        ("DSR_EMAIL_URL", "consolemail://"),
        ("DSR_EMAIL_URL", "dummymail://"),
        ("DSR_EMAIL_URL", "memorymail://"),
        ("DSR_EMAIL_URL", "filemail:///var/mail"),
        ("DSR_COUNTRY", "Atlantis"),
        ("DSR_REGION", "ATLANTIS"),
        ("DSR_TIME_ZONE", "Mars/Olympus"),
        ("DSR_VERIFY_DELAYS", "soon"),
        ("DSR_VERIFY_DELAYS", "60,99999999999"),
        ("DSR_JOB_RETRY_DELAYS", "-5"),
        ("DSR_UPLOAD_LIMIT_MB", "0"),
        ("DSR_UPLOAD_LIMIT_MB", "²"),
        ("DSR_EXPORT_KEEP_DAYS", "-1"),
        ("DSR_EXPORT_KEEP_DAYS", "9999999"),
        ("DSR_HAND_OVER_DAYS", "0"),
        ("DSR_SILENCE_DAYS", "999999"),
        ("DSR_EXECUTION_LOG_DAYS", "1" * 5_000),
        ("DSR_CASE_KEEP_DAYS", "0"),
        ("DSR_STOPPED_CASE_KEEP_DAYS", "a year"),
        ("DSR_RETENTION_REASON", "  "),
        ("DSR_STOPPED_RETENTION_REASON", ""),
        ("DSR_Q_TIMEOUT", "5"),
        ("DSR_Q_WORKERS", "many"),
        ("DSR_SESSION_IDLE_MINUTES", "0"),
        ("DSR_LOG_LEVEL", "LOUD"),
        ("DSR_BOUNCE_IMAP_URL", "imap.example.com"),
        ("DSR_BOUNCE_IMAP_URL", "imap://user:password@imap.example.com"),
        ("DSR_BOUNCE_IMAP_URL", "imap://user:password@localhost.example.com"),
        ("DSR_BOUNCE_IMAP_URL", "pop3s://user:password@imap.example.com"),
        ("DSR_BOUNCE_IMAP_URL", "imaps://imap.example.com"),
        ("DSR_BOUNCE_IMAP_URL", "imaps://user@imap.example.com"),
        ("DSR_BOUNCE_IMAP_URL", "imaps://user:password@/INBOX"),
        ("DSR_BOUNCE_IMAP_URL", "imaps://user:password@imap.example.com/Entw%C3%BCrfe"),
        ("DSR_BOUNCE_IMAP_URL", "imaps://user:password@imap.example.com/IN%0D%0ABOX"),
        ("DSR_BOUNCE_IMAP_URL", "imaps://user:password@imap.example.com/?move_to=INBOX"),
        ("DSR_BOUNCE_IMAP_URL", "imaps://user:password@imap.example.com/?moveto=Done"),
        ("DSR_BROKER_URL", "amqp://host/0"),
        ("DSR_BROKER_URL", "redis://"),
        ("DSR_BROKER_URL", "redis://host:port/0"),
        ("DSR_BROKER_URL", "redis://host/queue"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(setting: pytest.MonkeyPatch, name: str, value: str) -> None:
    setting.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as refused:
        env.read()
    assert name in str(refused.value)


def test_the_most_days_that_can_be_set_are_days_of_the_calendar(setting: pytest.MonkeyPatch) -> None:
    setting.setenv("DSR_EXPORT_KEEP_DAYS", "36500")
    today, longest = dt.date(2026, 11, 2), dt.timedelta(days=env.read().export_keep_days)
    assert today - longest < today < today + longest


@pytest.mark.parametrize("kind", ["", "STOPPED_"])
def test_another_retention_needs_a_reason_of_its_own(setting: pytest.MonkeyPatch, kind: str) -> None:
    setting.setenv(f"DSR_{kind}CASE_KEEP_DAYS", "1825")
    with pytest.raises(ImproperlyConfigured, match=f"DSR_{kind}RETENTION_REASON is not set"):
        env.read()
    setting.setenv(f"DSR_{kind}RETENTION_REASON", "our sector's authority asks for five years")
    assert env.read()


@pytest.mark.parametrize("name", ["DSR_SECRET_KEY", "DSR_MASTER_KEY", "DSR_SEARCH_KEY"])
def test_a_refusal_does_not_print_the_secret(setting: pytest.MonkeyPatch, name: str) -> None:
    setting.setenv(name, "hunter2-is-my-secret")
    with pytest.raises(ImproperlyConfigured) as refused:
        env.read()
    assert "hunter2" not in str(refused.value)


def test_a_broker_is_used_as_it_is_set_and_never_shown(setting: pytest.MonkeyPatch) -> None:
    assert env.read().broker_url == ""
    setting.setenv("DSR_BROKER_URL", "rediss://:hunter2@redis.example.com:6380/3?socket_timeout=20")
    found = env.read()
    assert found.broker_url.startswith("rediss://:hunter2@redis.example.com:6380/3?")
    assert "socket_timeout=20" in found.broker_url
    assert "socket_connect_timeout=5" in found.broker_url, "a Redis that doesn't answer holds no page"
    assert "hunter2" not in repr(found)
    setting.setenv("DSR_BROKER_URL", "redis://:hunter2@host:none/0")
    with pytest.raises(ImproperlyConfigured) as refused:
        env.read()
    assert "hunter2" not in str(refused.value)


def test_the_mailbox_for_bounces(setting: pytest.MonkeyPatch) -> None:
    assert env.read().mailbox is None, "off unless it is set"
    for address, refused in (
        ("imaps://anna:hunter2@imap.example.com:none/", "can't be read as an address"),
        ("imaps://anna:hunter2@imap.example.com/#x", "Write it like"),
        ("imap://anna:hunter2@imap.example.com/", "use imaps://"),
        ("imaps://anna:hunter2@imap.example.com/?move_to=a&move_to=b", "or nothing behind it"),
    ):
        setting.setenv("DSR_BOUNCE_IMAP_URL", address)
        with pytest.raises(ImproperlyConfigured, match=refused) as refusal:
            env.read()
        assert "hunter2" not in str(refusal.value)
    for address, made in (
        ("imaps://a%40b:hunter2%2F@imap.example.com", ("imap.example.com", 993, True, "INBOX", "")),
        ("imaps://a%40b:hunter2%2F@[::1]:9993/Came%20back/?move_to=Done", ("::1", 9993, True, "Came back", "Done")),
        ("imap://a%40b:hunter2%2F@127.0.0.1", ("127.0.0.1", 143, False, "INBOX", "")),
        ("imap://a%40b:hunter2%2F@localhost:1143/", ("localhost", 1143, False, "INBOX", "")),
    ):
        setting.setenv("DSR_BOUNCE_IMAP_URL", address)
        found = env.read().mailbox
        assert found
        assert (found.host, found.port, found.is_encrypted, found.folder, found.move_to) == made
        assert (found.user, found.password) == ("a@b", "hunter2/")
        assert "hunter2" not in repr(env.read())


@pytest.mark.parametrize("name", ["production", "demo", "test"])
def test_equal_keys_are_refused_everywhere(setting: pytest.MonkeyPatch, name: str) -> None:
    setting.setenv("DSR_ENV", name)
    setting.setenv("DSR_SEARCH_KEY", COMPLETE["DSR_MASTER_KEY"])
    with pytest.raises(ImproperlyConfigured, match="are the same") as refused:
        env.read()
    assert COMPLETE["DSR_MASTER_KEY"] not in str(refused.value)


@pytest.mark.parametrize("name", ["demo", "test"])
def test_what_is_no_production_has_defaults_for_all_but_its_keys(setting: pytest.MonkeyPatch, name: str) -> None:
    setting.setenv("DSR_ENV", name)
    setting.setenv("DSR_ALLOW_LOOPBACK", "1")
    for unset in ("DSR_ORGANISATION", "DSR_EMAIL_URL", "DSR_EMAIL_FROM", "DSR_ALLOWED_HOSTS", "DSR_BASE_URL"):
        setting.delenv(unset)
    found = env.read()
    assert found.organisation
    assert found.allow_loopback


def test_the_letterhead_is_read_from_the_environment(setting: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert (env.read().organisation_address, env.read().organisation_logo, env.read().document_language) == (
        (),
        b"",
        "en",
    )
    (tmp_path / "logo.png").write_bytes(a_logo())
    setting.setenv("DSR_ORGANISATION_ADDRESS", "1 Mill Lane | 10115 Berlin |\nGermany ")
    setting.setenv("DSR_ORGANISATION_LOGO", str(tmp_path / "logo.png"))
    setting.setenv("DSR_DOCUMENT_LANGUAGE", "de")
    found = env.read()
    assert found.organisation_address == ("1 Mill Lane", "10115 Berlin", "Germany")
    assert found.organisation_logo.startswith(b"\x89PNG")
    assert found.document_language == "de"
    assert "PNG" not in repr(found), "no picture in an error page"


def test_a_logo_that_cannot_be_used_stops_the_start_with_its_reason(
    setting: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    setting.setenv("DSR_ORGANISATION_LOGO", str(tmp_path / "none.png"))
    with pytest.raises(ImproperlyConfigured, match="DSR_ORGANISATION_LOGO can't be read: No such file"):
        env.read()
    (tmp_path / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    setting.setenv("DSR_ORGANISATION_LOGO", str(tmp_path / "logo.svg"))
    with pytest.raises(ImproperlyConfigured, match=r"DSR_ORGANISATION_LOGO can't be used\. It isn't a PNG"):
        env.read()


@pytest.mark.parametrize("command", [["manage.py", "check"], ["-c", "import dsr.wsgi"]])
def test_no_entrance_starts_an_unsafe_production(setting: pytest.MonkeyPatch, command: list[str]) -> None:
    setting.setenv("DSR_ALLOW_LOOPBACK", "1")
    setting.setenv("DJANGO_SETTINGS_MODULE", "dsr.settings")
    ended = subprocess.run(
        [sys.executable, *command], cwd=env.PROJECT, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode != 0
    assert "DSR_ALLOW_LOOPBACK is set. Unset it" in ended.stderr


def test_a_lease_that_is_too_short_is_reported(settings: Settings) -> None:
    assert checks.lease_outlasts_the_work() == []
    settings.Q_CLUSTER = live.Q_CLUSTER | {"retry": 240, "timeout": 120, "workers": 2, "queue_limit": 1}
    assert [row.id for row in checks.lease_outlasts_the_work()] == ["dsr.E020"]


def test_a_site_that_is_no_production_is_reported_at_deployment(settings: Settings) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, name="production")
    assert checks.is_production() == []
    settings.ENV = dataclasses.replace(settings.ENV, name="demo")
    assert [row.id for row in checks.is_production()] == ["dsr.E030"]


@pytest.mark.parametrize("name", ["DSR_SECRET_KEY", "DSR_MASTER_KEY", "DSR_SEARCH_KEY", "DSR_EMAIL_URL"])
def test_a_secret_can_stand_in_a_file(setting: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    file = tmp_path / "secret"
    file.write_text(COMPLETE[name] + "\n")
    setting.delenv(name)
    setting.setenv(f"{name}_FILE", str(file))
    read = env.read()
    assert read.secret_key == COMPLETE["DSR_SECRET_KEY"]
    assert (read.master_key, read.search_key) == (b"m" * 32, b"k" * 32)
    assert read.email["EMAIL_HOST"] == "mail.example.com"


def test_a_database_address_can_stand_in_a_file(setting: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("postgresql://dsr:hunter2@db:5432/dsr\n")
    setting.setenv("DATABASE_URL_FILE", str(tmp_path / "secret"))
    assert (env.read().database["PASSWORD"], env.read().database["NAME"]) == ("hunter2", "dsr")


def test_a_secret_file_that_is_missing_or_doubtful_is_told(setting: pytest.MonkeyPatch, tmp_path: Path) -> None:
    setting.setenv("DSR_MASTER_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(ImproperlyConfigured, match="DSR_MASTER_KEY and DSR_MASTER_KEY_FILE are both set"):
        env.read()
    setting.delenv("DSR_MASTER_KEY")
    with pytest.raises(ImproperlyConfigured, match="DSR_MASTER_KEY_FILE names a file that can't be read"):
        env.read()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://dsr:hunter2@db:port/dsr"),
        ("DATABASE_URL", "mysql://dsr:hunter2@db/dsr"),
        ("DATABASE_URL", "nothing hunter2"),
        ("DSR_EMAIL_URL", "smtp://user:hunter2@mail.example.com:port"),
        ("DSR_EMAIL_URL", "post://user:hunter2@mail.example.com"),
    ],
)
def test_an_address_with_a_password_is_never_quoted(
    setting: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder, name: str, value: str
) -> None:
    setting.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=name) as refusal:
        env.read()
    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert "hunter2" not in "".join(str(warning.message) for warning in recwarn)
