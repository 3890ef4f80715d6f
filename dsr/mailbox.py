"""The mailbox to which mails come back, where one is set: where it is, and what is asked of it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

_PORTS = {"imaps": 993, "imap": 143}
_WRITE_IT = "Write it like imaps://user:password@imap.example.com/INBOX"


@dataclass(frozen=True)
class Mailbox:
    """User and password never show in a repr."""

    host: str
    port: int
    is_encrypted: bool
    user: str = field(repr=False)
    password: str = field(repr=False)
    folder: str = "INBOX"
    move_to: str = ""
    """The folder into which a bounce is moved once it is noted. Empty: it stays, flagged as read."""


def load(address: str) -> Mailbox:
    """From its address. Raises `ValueError` with a sentence, which doesn't quote the address."""
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS.get(parts.scheme, 0)
        asked = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise ValueError(f"It can't be read as an address. {_WRITE_IT}, special characters percent-encoded.") from None
    if parts.scheme not in _PORTS or not parts.hostname or not parts.username or not parts.password or parts.fragment:
        raise ValueError(f"{_WRITE_IT}, special characters percent-encoded.")
    if parts.scheme == "imap" and not _is_this_machine(parts.hostname):
        raise ValueError("Without encryption anybody on the way could read the password: use imaps://.")
    if set(asked) - {"move_to"} or len(asked.get("move_to", [""])) > 1:
        raise ValueError(f"{_WRITE_IT}, with ?move_to=Folder or nothing behind it.")
    made = Mailbox(
        host=parts.hostname,
        port=port,
        is_encrypted=parts.scheme == "imaps",
        user=unquote(parts.username),
        password=unquote(parts.password),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        move_to=asked.get("move_to", [""])[0],
    )
    if not all(name.isascii() and name.isprintable() for name in (made.folder, made.move_to)):
        raise ValueError("The name of a folder may hold Latin letters, digits and signs of ASCII alone.")
    if made.folder == made.move_to:
        raise ValueError("What was read can't be moved into the folder that it is in.")
    return made


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
