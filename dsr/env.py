"""Every setting of the installation, read once from the environment (and from `.env` beside `manage.py`).

`DSR_ENV` is `production` unless it says `demo` or `test`. Production has no default for a secret, a host or a data
place that would be unsafe; a missing one stops the start with a sentence that says what to set.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import os
import warnings
import zoneinfo
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import environ
import holidays
from django.core.exceptions import ImproperlyConfigured

from dsr import logo, mailbox, seal, stamping
from dsr.languages import LANGUAGES
from dsr.mailbox import Mailbox
from dsr.seal import Seal
from dsr.stamping import Stamping

SECRETS = (
    "DSR_SECRET_KEY",
    "DSR_MASTER_KEY",
    "DSR_OTHER_MASTER_KEYS",
    "DSR_SEARCH_KEY",
    "DSR_SIGNING_PASSWORD",
    "DSR_TIMESTAMP_URL",
    "DSR_OAUTH_CLIENT_SECRET",
    "DSR_EMAIL_URL",
    "DSR_BOUNCE_IMAP_URL",
    "DSR_BROKER_URL",
    "DSR_MCP_TOKEN",
    "DATABASE_URL",
)
"""Each may stand in a file instead, which `NAME_FILE` names: Docker's and systemd's way to hand secrets over."""

PROJECT = Path(__file__).resolve().parent.parent
KEY_BYTES = 32
MIN_SECRET_LENGTH = 50
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# What keeps mail to itself: a password link would be told as sent and reach nobody, or stand in a log.
_SENDS_NOTHING = ("console", "dummy", "filebased", "locmem")
_DATABASES = ("django.db.backends.sqlite3", "django.db.backends.postgresql")
_PREPARED_AFTER = 2
"""Uses of a statement in one connection, after which PostgreSQL keeps how it is read and planned."""
_EXECUTION_LOG_DAYS = 3 * 365 + 1
_CASE_KEEP_DAYS, _STOPPED_CASE_KEEP_DAYS = 3 * 365 + 1, 365
_MOST, _MOST_DAYS, _MOST_SECONDS = 10**9, 36_500, 30 * 24 * 60 * 60


def gettext_noop(text: str) -> str:
    """Mark a text for translation. Django's own function reads the settings, which are only being made here."""
    return text


# Ours are translated where they are shown; an organisation's own stand as they were written.
_RETENTION_REASON = gettext_noop(
    "we have to be able to show how the request was handled (Art. 5(2)) until claims and proceedings about it are out "
    "of time, three years after it was closed"
)
_STOPPED_RETENTION_REASON = gettext_noop(
    "the request was taken back or goes on in another case, so no decision of ours is left to be shown; a year answers "
    "questions about it"
)
_ADDRESS_LINES, _ADDRESS_LINE_LENGTH = 6, 80
_MAKE_KEY = 'python -c "import base64, os; print(base64.b64encode(os.urandom(32)).decode())"'


@dataclass(frozen=True)
class OAuth:
    """SegMetrics' authorization server, and who we are to it."""

    authorize_url: str
    token_url: str
    revoke_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str


@dataclass(frozen=True)
class Environment:
    """The settings, checked. Sizes are in bytes, times in seconds unless the name says otherwise."""

    name: str
    secret_key: str = field(repr=False)
    master_key: bytes = field(repr=False)
    other_master_keys: list[bytes] = field(repr=False)
    search_key: bytes = field(repr=False)
    allowed_hosts: list[str]
    base_url: str
    database: dict[str, Any] = field(repr=False)
    broker_url: str = field(repr=False)
    data_dir: Path
    ledger_dir: Path
    static_root: Path
    allow_loopback: bool
    country: str
    region: str
    time_zone: str
    organisation: str
    organisation_address: tuple[str, ...]
    organisation_logo: bytes = field(repr=False)
    """A PNG, or nothing."""
    document_language: str
    email: dict[str, Any] = field(repr=False)
    email_from: str
    mailbox: Mailbox | None
    verify_delays: list[int]
    job_retry_delays: list[int]
    halt_after: int
    """After how many faults in a row the work over a connection is stopped; 0 for never."""
    remind_days: list[int]
    silence_days: int
    """After how many days without an answer closing is proposed; 0 for never."""
    webhook_hosts: frozenset[str]
    """Hosts that a webhook may lead to though they are in a private network."""
    oauth: OAuth | None
    seal: Seal | None
    stamping: Stamping | None
    upload_limit: int
    answer_limit: int
    export_keep_days: int
    hand_over_days: int
    execution_log_days: int
    case_keep_days: int
    stopped_case_keep_days: int
    retention_reason: str
    stopped_retention_reason: str
    q_workers: int
    q_timeout: int
    worker_beat: int
    worker_stall: int
    trusted_proxies: int
    session_idle_minutes: int
    agents: bool
    """Whether AI clients may be let in at all, by a person's own token."""
    mcp_token: str = field(repr=False)
    """Whose rights `manage.py mcp` has; for that process alone."""
    log_level: str

    @property
    def is_demo(self) -> bool:
        return self.name == "demo"

    @property
    def is_production(self) -> bool:
        return self.name == "production"


def _key(env: environ.Env, name: str, what: str) -> bytes:
    text: str = env.str(name, default="")
    if not text:
        raise ImproperlyConfigured(
            f"{name} is not set. It is {what}: base64 of {KEY_BYTES} random bytes. Make one with: {_MAKE_KEY}"
        )
    return _decoded(name, text)


def _decoded(name: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"{name} must be base64 of exactly {KEY_BYTES} bytes. Make one with: {_MAKE_KEY}")
    return key


def _other_master_keys(env: environ.Env) -> list[bytes]:
    name = "DSR_OTHER_MASTER_KEYS"
    return [_decoded(name, text) for text in env.str(name, default="").split(",") if text.strip()]


def _secret_key(env: environ.Env, name: str) -> str:
    secret: str = env.str("DSR_SECRET_KEY", default="")
    if len(secret) < MIN_SECRET_LENGTH and name == "production":
        raise ImproperlyConfigured(
            f"DSR_SECRET_KEY is {'too short' if secret else 'not set'}. Set it to at least {MIN_SECRET_LENGTH} random "
            "characters; it signs sessions and queued tasks."
        )
    if not secret:
        raise ImproperlyConfigured("DSR_SECRET_KEY is not set. Set it to a long random text.")
    return secret


def _keys(env: environ.Env) -> tuple[bytes, bytes]:
    master = _key(env, "DSR_MASTER_KEY", "the key that wraps every case's data key; keep a copy in a safe")
    search = _key(env, "DSR_SEARCH_KEY", "the key of the search hashes; it must never change")
    if master == search:
        raise ImproperlyConfigured(
            "DSR_MASTER_KEY and DSR_SEARCH_KEY are the same. One leaked key must not open what the other protects: "
            f"before the first request is filed, make another one for DSR_SEARCH_KEY with: {_MAKE_KEY}"
        )
    return master, search


def _allow_loopback(env: environ.Env, name: str) -> bool:
    allowed: bool = env.bool("DSR_ALLOW_LOOPBACK", default=False)
    if allowed and name == "production":
        raise ImproperlyConfigured(
            "DSR_ALLOW_LOOPBACK is set. Unset it: it lets a connection point at this machine itself, and is for the "
            "sandbox of the demo and the tests."
        )
    return allowed


def _organisation(env: environ.Env, name: str) -> str:
    organisation: str = env.str("DSR_ORGANISATION", default="").strip()
    if not organisation and name == "production":
        raise ImproperlyConfigured(
            "DSR_ORGANISATION is not set. Set it to the controller's name; it stands on evidence and certificates."
        )
    return organisation or "Example Ltd"


def _organisation_address(env: environ.Env) -> tuple[str, ...]:
    text: str = env.str("DSR_ORGANISATION_ADDRESS", default="")
    lines = tuple(line.strip() for line in text.replace("|", "\n").splitlines() if line.strip())
    too_long = len(lines) > _ADDRESS_LINES or any(len(line) > _ADDRESS_LINE_LENGTH for line in lines)
    if too_long or not all(line.isprintable() for line in lines):
        raise ImproperlyConfigured(
            f"DSR_ORGANISATION_ADDRESS must be at most {_ADDRESS_LINES} lines of {_ADDRESS_LINE_LENGTH} characters, "
            "with | between them, for example 1 Mill Lane | 10115 Berlin | Germany."
        )
    return lines


def _organisation_logo(env: environ.Env) -> bytes:
    path: str = env.str("DSR_ORGANISATION_LOGO", default="")
    if not path:
        return b""
    try:
        with Path(path).open("rb") as file:
            return logo.load(file.read(logo.MOST_BYTES + 1))
    except OSError as error:
        raise ImproperlyConfigured(f"DSR_ORGANISATION_LOGO can't be read: {error.strerror}.") from None
    except ValueError as error:
        raise ImproperlyConfigured(f"DSR_ORGANISATION_LOGO can't be used. {error}") from None


def _document_language(env: environ.Env) -> str:
    language: str = env.str("DSR_DOCUMENT_LANGUAGE", default="en")
    if language not in LANGUAGES:
        raise ImproperlyConfigured(f"DSR_DOCUMENT_LANGUAGE must be one of {', '.join(LANGUAGES)}.")
    return language


def _email(env: environ.Env, name: str) -> dict[str, Any]:
    try:
        email: dict[str, Any] = env.email_url("DSR_EMAIL_URL", default="consolemail://")
    except (ImproperlyConfigured, ValueError, KeyError):  # their texts may quote the address with its password
        raise ImproperlyConfigured(
            "DSR_EMAIL_URL can't be read as an address. Write it like smtp+tls://user:password@mail.example.com:587, "
            "with special characters of the password percent-encoded."
        ) from None
    if name == "production" and email["EMAIL_BACKEND"].split(".")[-2] in _SENDS_NOTHING:
        raise ImproperlyConfigured(
            "DSR_EMAIL_URL must name a mail server, for example smtp+tls://user:password@mail.example.com:587. "
            "Without one, password links reach nobody."
        )
    return email


def _hosts(env: environ.Env, name: str) -> list[str]:
    hosts: list[str] = env.list("DSR_ALLOWED_HOSTS", default=[])
    if name == "production" and (not hosts or "*" in hosts):
        raise ImproperlyConfigured(
            "DSR_ALLOWED_HOSTS must name the host names under which this site is reached, for example "
            "DSR_ALLOWED_HOSTS=dsr.example.com. A star is not accepted."
        )
    return hosts or ["localhost", "127.0.0.1", "testserver"]


def _seconds(env: environ.Env, name: str, default: str) -> list[int]:
    text = env.str(name, default=default)
    try:
        delays = [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        delays = [-1]
    if not all(0 <= delay <= _MOST_SECONDS for delay in delays):
        raise ImproperlyConfigured(
            f"{name} must be whole seconds with commas between, none beyond {_MOST_SECONDS}, for example {default}."
        )
    return delays


def _days_before(env: environ.Env) -> list[int]:
    text = env.str("DSR_REMIND_DAYS", default="7,3,1")
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        raise ImproperlyConfigured("DSR_REMIND_DAYS must be days before the due date, for example 7,3,1; or empty.")
    return sorted({int(part) for part in parts})


def _whole(env: environ.Env, name: str, default: int, *, least: int, most: int = _MOST) -> int:
    text = env.str(name, default=str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))) or not least <= int(text) <= most:
        bounds = f"from {least} to {most}" if most < _MOST else f"of at least {least}"
        raise ImproperlyConfigured(f"{name} must be a whole number {bounds}, for example {default}.")
    return int(text)


def _days(env: environ.Env, name: str, default: int, *, least: int = 1) -> int:
    """No longer than a calendar can count: with more, dates are only found to be none when a case is closed."""
    return _whole(env, name, default, least=least, most=_MOST_DAYS)


def _kept(env: environ.Env, kind: str, default: int, default_reason: str) -> tuple[int, str]:
    """How long a closed case is kept, and why. The Regulation names no figure, so another one needs its own reason."""
    days_name, reason_name = f"DSR_{kind}CASE_KEEP_DAYS", f"DSR_{kind}RETENTION_REASON"
    days = _days(env, days_name, default)
    reason: str = env.str(reason_name, default=default_reason if days == default else "").strip()
    if not reason:
        raise ImproperlyConfigured(
            f"{reason_name} is not set. Say why closed cases are kept for {days} days ({days_name}), as the end of the "
            "sentence “The contents are kept until then because …”; it stands on each case."
        )
    return days, reason


def _time_zone(env: environ.Env) -> str:
    name: str = env.str("DSR_TIME_ZONE", default="Europe/Berlin")
    try:
        dt.datetime.now(zoneinfo.ZoneInfo(name))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise ImproperlyConfigured(f"DSR_TIME_ZONE must be a name like Europe/Berlin; {name!r} is not known.") from None
    return name


def _email_from(env: environ.Env, name: str) -> str:
    sender: str = env.str("DSR_EMAIL_FROM", default="")
    if name == "production" and not sender:
        raise ImproperlyConfigured(
            "DSR_EMAIL_FROM must be the sender of the site's mails, for example DSR Desk <dsr@your-company.example>."
        )
    return sender or "DSR Desk <dsr@example.com>"


def _mailbox(env: environ.Env) -> Mailbox | None:
    """Where mails come back to, where that is to be read. Its address holds a password, so no error quotes it."""
    address: str = env.str("DSR_BOUNCE_IMAP_URL", default="").strip()
    try:
        return mailbox.load(address) if address else None
    except ValueError as error:
        raise ImproperlyConfigured(f"DSR_BOUNCE_IMAP_URL can't be used. {error}") from None


def _seal(env: environ.Env) -> Seal | None:
    """The organisation's certificate, where one is set. One that has ended starts too: only signing refuses it."""
    path: str = env.str("DSR_SIGNING_CERTIFICATE", default="")
    if not path:
        return None
    password: str = env.str("DSR_SIGNING_PASSWORD", default="")
    try:
        return seal.load(Path(path).read_bytes(), password.encode() or None)
    except OSError as error:
        raise ImproperlyConfigured(f"DSR_SIGNING_CERTIFICATE can't be read: {error.strerror}.") from None
    except ValueError as error:
        raise ImproperlyConfigured(f"DSR_SIGNING_CERTIFICATE can't be used. {error}") from None


def _oauth(env: environ.Env, name: str) -> OAuth | None:
    """How connections sign in by OAuth, where that is set."""
    parts = ("AUTHORIZE_URL", "TOKEN_URL", "CLIENT_ID", "REVOKE_URL", "CLIENT_SECRET", "SCOPE")
    known = {part: env.str(f"DSR_OAUTH_{part}", default="").strip() for part in parts}
    if not any(known.values()):
        return None
    missing = [f"DSR_OAUTH_{part}" for part in parts[:3] if not known[part]]
    if missing:
        raise ImproperlyConfigured(
            f"{', '.join(missing)} is not set. Signing in to SegMetrics by OAuth takes DSR_OAUTH_AUTHORIZE_URL, "
            "DSR_OAUTH_TOKEN_URL and DSR_OAUTH_CLIENT_ID; unset the others to do without."
        )
    for part in ("AUTHORIZE_URL", "TOKEN_URL", "REVOKE_URL"):
        if name == "production" and known[part] and not known[part].startswith("https://"):
            raise ImproperlyConfigured(f"DSR_OAUTH_{part} must begin with https://.")
    return OAuth(**{part.lower(): value for part, value in known.items()})


def _stamping(env: environ.Env) -> Stamping | None:
    """The time-stamp server, where one is set. Its address may hold a password, so no error quotes it."""
    address: str = env.str("DSR_TIMESTAMP_URL", default="").strip()
    file: str = env.str("DSR_TIMESTAMP_CA", default="")
    if not address:
        if file:
            raise ImproperlyConfigured("DSR_TIMESTAMP_CA is set without DSR_TIMESTAMP_URL. Set both, or neither.")
        return None
    try:
        return stamping.load(address, Path(file).read_bytes() if file else b"")
    except OSError as error:
        raise ImproperlyConfigured(f"DSR_TIMESTAMP_CA can't be read: {error.strerror}.") from None
    except ValueError as error:
        raise ImproperlyConfigured(f"DSR_TIMESTAMP_URL can't be used. {error}") from None


def _log_level(env: environ.Env) -> str:
    level: str = env.str("DSR_LOG_LEVEL", default="INFO").upper()
    if level not in _LOG_LEVELS:
        raise ImproperlyConfigured(f"DSR_LOG_LEVEL must be one of {', '.join(_LOG_LEVELS)}.")
    return level


def _country(env: environ.Env) -> tuple[str, str]:
    country, region = env.str("DSR_COUNTRY", default="DE"), env.str("DSR_REGION", default="")
    try:
        holidays.country_holidays(country, subdiv=region or None)
    except NotImplementedError:
        raise ImproperlyConfigured(
            f"DSR_COUNTRY={country} with DSR_REGION={region or '(empty)'} is not known. Use an ISO 3166 country code "
            "(DE, FR, ES, IE, …) and a region of that country or none; the due dates need its public holidays."
        ) from None
    return country, region


def _database_address(env: environ.Env, default: str) -> dict[str, Any]:
    url = env.str("DATABASE_URL", default=default)
    try:
        with warnings.catch_warnings(action="ignore"):  # its warning quotes the address with its password
            database: dict[str, Any] = environ.Env.db_url_config(url)
        known = database.get("ENGINE") in _DATABASES and bool(database["NAME"])
    except (ImproperlyConfigured, ValueError, KeyError):
        known = False
    if not known:
        raise ImproperlyConfigured(
            "DATABASE_URL can't be read as an address. Write it like postgresql://user:password@host:5432/dsr, with "
            "special characters of the password percent-encoded, or leave it out for SQLite in DSR_DATA_DIR."
        )
    return database


def _database(env: environ.Env, data_dir: Path) -> dict[str, Any]:
    database = _database_address(env, f"sqlite:///{data_dir / 'dsr.sqlite3'}")
    if database["ENGINE"] == "django.db.backends.sqlite3":
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        database["OPTIONS"] = {
            # A write transaction takes its lock at its start, so that a read in it can't be stale at the write.
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
        }
    else:
        database["CONN_MAX_AGE"] = 60
        database["CONN_HEALTH_CHECKS"] = True
        # The server reads a statement once for each connection, not each time: an eighth of what an erasure takes.
        # What a pooler must do for it stands in docs/operations.md.
        kept = {"server_side_binding": True, "prepare_threshold": _PREPARED_AFTER}
        database["OPTIONS"] = kept | database.get("OPTIONS", {})
    return database


def _secret_files(env: environ.Env) -> dict[str, str]:
    """What stands in the files that `NAME_FILE` names, without the line's end."""
    found = {}
    for name in SECRETS:
        path: str = env.str(f"{name}_FILE", default="")
        if not path:
            continue
        if env.str(name, default=""):
            raise ImproperlyConfigured(f"{name} and {name}_FILE are both set. Unset one of them.")
        try:
            found[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it isn't text"
            raise ImproperlyConfigured(
                f"{name}_FILE names a file that can't be read: {why}. Its owner must be the user that runs this."
            ) from None
    return found


def _broker_url(env: environ.Env) -> str:
    """Redis as the queue's broker, or nothing for the database. The text may hold a password, so no error quotes it."""
    url: str = env.str("DSR_BROKER_URL", default="").strip()
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"redis", "rediss"} and parts.hostname and parts.port != 0
        usable = usable and (parts.path.strip("/") or "0").isdigit()
    except ValueError:
        usable = False
    if not usable:
        raise ImproperlyConfigured(
            "DSR_BROKER_URL must be empty (the queue is in the database) or the address of a Redis with the number of "
            "a database that is this installation's alone: redis://:password@host:6379/0, or rediss:// for TLS."
        )
    # Without these a Redis that doesn't answer would hold a page for ever.
    query = {"socket_timeout": "10", "socket_connect_timeout": "5"} | dict(parse_qsl(parts.query))
    return parts._replace(query=urlencode(query)).geturl()


def _environment() -> environ.Env:
    env = environ.Env()
    if env.str("DSR_ENV", default="") != "test":  # a developer's own installation is none of the tests' business
        environ.Env.read_env(PROJECT / ".env")
    env.ENVIRON = {**os.environ, **_secret_files(env)}
    return env


def read() -> Environment:
    """Read and check everything. Raises `ImproperlyConfigured` with a sentence that says what to set."""
    env = _environment()
    name = env.str("DSR_ENV", default="production")
    if name not in {"production", "demo", "test"}:
        raise ImproperlyConfigured("DSR_ENV must be production (the default), demo or test.")
    data_dir = Path(env.str("DSR_DATA_DIR", default=str(PROJECT / "data"))).resolve()
    country, region = _country(env)
    base_url = env.str("DSR_BASE_URL", default="").rstrip("/")
    if name == "production" and not base_url.startswith("https://"):
        raise ImproperlyConfigured(
            "DSR_BASE_URL must be the address people type, with https, for example https://dsr.example.com. "
            "Links in mails are made from it."
        )
    master_key, search_key = _keys(env)
    case_keep_days, retention_reason = _kept(env, "", _CASE_KEEP_DAYS, _RETENTION_REASON)
    stopped_case_keep_days, stopped_retention_reason = _kept(
        env, "STOPPED_", _STOPPED_CASE_KEEP_DAYS, _STOPPED_RETENTION_REASON
    )
    return Environment(
        name=name,
        secret_key=_secret_key(env, name),
        master_key=master_key,
        other_master_keys=_other_master_keys(env),
        search_key=search_key,
        allowed_hosts=_hosts(env, name),
        base_url=base_url or "http://localhost:8000",
        database=_database(env, data_dir),
        broker_url=_broker_url(env),
        data_dir=data_dir,
        ledger_dir=Path(env.str("DSR_LEDGER_DIR", default="") or data_dir / "ledger").resolve(),
        static_root=Path(env.str("DSR_STATIC_ROOT", default=str(PROJECT / "static-root"))),
        allow_loopback=_allow_loopback(env, name),
        country=country,
        region=region,
        time_zone=_time_zone(env),
        organisation=_organisation(env, name),
        organisation_address=_organisation_address(env),
        organisation_logo=_organisation_logo(env),
        document_language=_document_language(env),
        email=_email(env, name),
        email_from=_email_from(env, name),
        mailbox=_mailbox(env),
        verify_delays=_seconds(env, "DSR_VERIFY_DELAYS", "60,300,1800"),
        job_retry_delays=_seconds(env, "DSR_JOB_RETRY_DELAYS", "15,60,300"),
        halt_after=_whole(env, "DSR_HALT_AFTER", 5, least=0),
        remind_days=_days_before(env),
        silence_days=_days(env, "DSR_SILENCE_DAYS", 30, least=0),
        webhook_hosts=frozenset(host.strip().lower() for host in env.list("DSR_WEBHOOK_HOSTS", default=[]) if host),
        oauth=_oauth(env, name),
        seal=_seal(env),
        stamping=_stamping(env),
        upload_limit=_whole(env, "DSR_UPLOAD_LIMIT_MB", 10, least=1) * 1024 * 1024,
        answer_limit=_whole(env, "DSR_ANSWER_LIMIT_MB", 1024, least=1) * 1024 * 1024,
        export_keep_days=_days(env, "DSR_EXPORT_KEEP_DAYS", 30),
        execution_log_days=_days(env, "DSR_EXECUTION_LOG_DAYS", _EXECUTION_LOG_DAYS),
        hand_over_days=_days(env, "DSR_HAND_OVER_DAYS", 14),
        case_keep_days=case_keep_days,
        stopped_case_keep_days=stopped_case_keep_days,
        retention_reason=retention_reason,
        stopped_retention_reason=stopped_retention_reason,
        q_workers=_whole(env, "DSR_Q_WORKERS", 2, least=1),
        q_timeout=_whole(env, "DSR_Q_TIMEOUT", 120, least=30),
        worker_beat=_whole(env, "DSR_WORKER_BEAT_SECONDS", 15, least=1),
        worker_stall=_whole(env, "DSR_WORKER_STALL_SECONDS", 420, least=1),
        trusted_proxies=_whole(env, "DSR_TRUSTED_PROXIES", 1 if name == "production" else 0, least=0),
        session_idle_minutes=_whole(env, "DSR_SESSION_IDLE_MINUTES", 30, least=1),
        agents=env.bool("DSR_AGENTS", default=False),
        mcp_token=env.str("DSR_MCP_TOKEN", default="").strip(),
        log_level=_log_level(env),
    )
