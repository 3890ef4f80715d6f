"""No command prints a secret: what a command says ends up in tickets and logs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.test_env import COMPLETE

ROOT = Path(__file__).resolve().parents[2]
PASSWORDS = {
    "DATABASE_URL": "postgresql://dsr:hunter2-database@127.0.0.1:1/dsr",
    "DSR_EMAIL_URL": "smtp+tls://user:hunter2-mail@mail.example.com:587",
    "DSR_BOUNCE_IMAP_URL": "imaps://user:hunter2-imap@imap.example.com/INBOX",
}
SECRETS = [
    COMPLETE["DSR_SECRET_KEY"],
    COMPLETE["DSR_MASTER_KEY"],
    COMPLETE["DSR_SEARCH_KEY"],
    "m" * 32,
    "k" * 32,
    "hunter2",
]


@pytest.mark.parametrize(
    "command",
    [
        ["diffsettings"],
        ["check", "--deploy"],
        ["check", "--database", "default"],  # the database can't be reached: its error must not quote the password
        ["migrate"],
        ["audit", "head"],
        ["worker"],
        ["shell", "-c", "from django.conf import settings; print(settings.ENV)"],
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_no_command_prints_a_secret(command: list[str], tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("DSR_", "DATABASE"))}
    env |= COMPLETE | PASSWORDS | {"DSR_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "dsr.settings"}

    run = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *command],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    said = run.stdout + run.stderr
    assert said.strip()
    assert [secret for secret in SECRETS if secret in said] == []
