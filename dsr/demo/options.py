"""Where the demo listens and keeps its data, and the environment that its processes run in."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

SECRETS_FILE = "demo-secrets.json"
_OURS = ("DSR_", "DATABASE_URL", "DJANGO_")


@dataclass(frozen=True)
class Options:
    """`data_dir` is absolute."""

    web_port: int
    sandbox_port: int
    data_dir: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def sandbox_address(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def mail_dir(self) -> Path:
        return self.data_dir / "mail"


def environment(options: Options, demo_secrets: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of the demo's processes.

    Every setting is given a value here, so that neither a `.env` nor a variable meant for a real installation
    reaches the demo: a real DATABASE_URL would get people with a public password.
    """
    data_dir = options.data_dir
    outside = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return {
        **outside,
        **demo_secrets,
        "DJANGO_SETTINGS_MODULE": "dsr.settings",
        "PYTHONUNBUFFERED": "1",
        "DSR_ENV": "demo",
        "DSR_ALLOWED_HOSTS": "localhost,127.0.0.1",
        "DSR_BASE_URL": options.address,
        "DATABASE_URL": f"sqlite:///{quote(str(data_dir / 'dsr.sqlite3'))}",
        "DSR_BROKER_URL": "",
        "DSR_DATA_DIR": str(data_dir),
        "DSR_LEDGER_DIR": str(data_dir / "ledger"),
        "DSR_STATIC_ROOT": str(data_dir / "static"),
        "DSR_ALLOW_LOOPBACK": "1",
        "DSR_COUNTRY": "DE",
        "DSR_REGION": "",
        "DSR_TIME_ZONE": "Europe/Berlin",
        "DSR_ORGANISATION": "Acme GmbH (demo)",
        "DSR_ORGANISATION_ADDRESS": "Data protection|Musterstraße 1|10115 Berlin",
        "DSR_ORGANISATION_LOGO": "",
        "DSR_DOCUMENT_LANGUAGE": "en",
        # Mails are files in the data folder: a mail on the console would put personal data into a log.
        "DSR_EMAIL_URL": f"filemail:///{quote(str(options.mail_dir))}",
        "DSR_EMAIL_FROM": "DSR Desk demo <dsr@example.com>",
        "DSR_BOUNCE_IMAP_URL": "",
        # Seconds instead of minutes, so that a look at the whole path doesn't take half an hour.
        "DSR_VERIFY_DELAYS": "5,10,20",
        "DSR_JOB_RETRY_DELAYS": "3,5,10",
        "DSR_HALT_AFTER": "5",
        "DSR_REMIND_DAYS": "7,3,1",
        "DSR_SILENCE_DAYS": "30",
        "DSR_WEBHOOK_HOSTS": "",
        "DSR_UPLOAD_LIMIT_MB": "10",
        "DSR_ANSWER_LIMIT_MB": "1024",
        "DSR_EXPORT_KEEP_DAYS": "30",
        "DSR_HAND_OVER_DAYS": "14",
        "DSR_EXECUTION_LOG_DAYS": "1096",
        "DSR_CASE_KEEP_DAYS": "1096",
        "DSR_STOPPED_CASE_KEEP_DAYS": "365",
        "DSR_RETENTION_REASON": "this is a demo with invented people",
        "DSR_STOPPED_RETENTION_REASON": "this is a demo with invented people",
        "DSR_Q_WORKERS": "2",
        "DSR_Q_TIMEOUT": "120",
        "DSR_WORKER_BEAT_SECONDS": "15",
        "DSR_WORKER_STALL_SECONDS": "420",
        "DSR_TRUSTED_PROXIES": "0",
        "DSR_OTHER_MASTER_KEYS": "",
        "DSR_SIGNING_CERTIFICATE": "",
        "DSR_SIGNING_PASSWORD": "",
        "DSR_OAUTH_AUTHORIZE_URL": f"{options.sandbox_address}/oauth/authorize",
        "DSR_OAUTH_TOKEN_URL": f"{options.sandbox_address}/oauth/token",
        "DSR_OAUTH_REVOKE_URL": f"{options.sandbox_address}/oauth/revoke",
        "DSR_OAUTH_CLIENT_ID": "sandbox-desk",
        "DSR_OAUTH_CLIENT_SECRET": "sandbox-client-secret",
        "DSR_OAUTH_SCOPE": "",
        "DSR_TIMESTAMP_URL": "",
        "DSR_TIMESTAMP_CA": "",
        "DSR_SESSION_IDLE_MINUTES": "60",
        "DSR_AGENTS": "1",
        "DSR_MCP_TOKEN": "",
        "DSR_LOG_LEVEL": "INFO",
    }


def secrets_of(data_dir: Path) -> dict[str, str]:
    """The demo's own keys: made on the first run, readable by their owner alone, then kept."""
    path = data_dir / SECRETS_FILE
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text())
        return kept
    made = {
        "DSR_SECRET_KEY": secrets.token_urlsafe(64),
        "DSR_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "DSR_SEARCH_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    # Written beside and renamed: a half-written file would lock the demo's data away for good.
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(made, file)
    partial.rename(path)
    return made
