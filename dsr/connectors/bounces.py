"""The mailbox to which mails come back, by IMAP. Looking leaves no trace; only what is settled is marked."""

from __future__ import annotations

import contextlib
import datetime as dt
import imaplib
import re
import ssl
from collections.abc import Iterator
from email import message_from_bytes
from typing import Any

from dsr.delivery_status import is_notification
from dsr.exceptions import DsrError
from dsr.mailbox import Mailbox

_SECONDS = 10
_DAYS = 30
"""A mail server gives up within days: what is older was looked at before."""
_MOST = 200
"""Unread mails that are looked at in one go, the newest."""
_ENOUGH = 64 * 1024
"""Of each: the report, and the head of the mail that came back. The rest is our own letter."""
_UID = re.compile(rb"\bUID (\d+)")


class MailboxClosed(DsrError):
    """The mailbox can't be read; `code` says why, without a word of the server's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Opened:
    """A mailbox after the sign-in, with its folder open."""

    def __init__(self, connection: imaplib.IMAP4, *, move_to: str) -> None:
        self._connection = connection
        self._move_to = move_to

    def notifications(self) -> Iterator[tuple[bytes, bytes]]:
        """(number, beginning) of each unread mail that says it is a delivery status notification, the newest first."""
        since = imaplib.Time2Internaldate(dt.datetime.now(dt.UTC) - dt.timedelta(days=_DAYS))[1:12]
        found = _asked(self._connection, "SEARCH", "UNSEEN", "SINCE", since.strip())
        uids = sorted((found[0] or b"").split(), key=int, reverse=True)[:_MOST]
        heads = self._fetched(uids, "BODY.PEEK[HEADER.FIELDS (CONTENT-TYPE)]") if uids else {}
        for uid in uids:
            if uid in heads and is_notification(message_from_bytes(heads[uid])):
                # Peeked, so that a mail which is none of ours stays unread.
                yield from self._fetched([uid], f"BODY.PEEK[]<0.{_ENOUGH}>").items()

    def settle(self, uid: bytes) -> None:
        """Flag it as read, and move it where that is set: it isn't looked at again."""
        _asked(self._connection, "STORE", uid.decode(), "+FLAGS.SILENT", r"(\Seen)")
        if self._move_to:
            _asked(self._connection, "MOVE", uid.decode(), _quoted(self._move_to))

    def _fetched(self, uids: list[bytes], what: str) -> dict[bytes, bytes]:
        answer = _asked(self._connection, "FETCH", b",".join(uids).decode(), f"({what})")
        found = {}
        # imaplib splits an answer at its literal: (before, literal), after. The number stands on either side.
        for row, after in zip(answer, [*answer[1:], b""], strict=True):
            if isinstance(row, tuple):
                uid = _UID.search(row[0]) or _UID.search(after if isinstance(after, bytes) else b"")
                if uid:
                    found[uid.group(1)] = row[1]
        return found


@contextlib.contextmanager
def opened(mailbox: Mailbox) -> Iterator[Opened]:
    """Sign in and open the folder. Raises `MailboxClosed`, here and from whatever is asked of it."""
    connection = _connected(mailbox)
    try:
        _sign_in(connection, mailbox)
        _choose(connection, mailbox)
        yield Opened(connection, move_to=mailbox.move_to)
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            connection.logout()


def _connected(mailbox: Mailbox) -> imaplib.IMAP4:
    try:
        if mailbox.is_encrypted:
            # Left to itself, imaplib takes any certificate.
            trusted = ssl.create_default_context()
            return imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=trusted, timeout=_SECONDS)
        return imaplib.IMAP4(mailbox.host, mailbox.port, timeout=_SECONDS)
    except ssl.SSLCertVerificationError:
        raise MailboxClosed("certificate") from None
    except (OSError, imaplib.IMAP4.error):
        raise MailboxClosed("unreachable") from None


def _sign_in(connection: imaplib.IMAP4, mailbox: Mailbox) -> None:
    secret = f"\0{mailbox.user}\0{mailbox.password}".encode()
    try:
        connection.authenticate("PLAIN", lambda _challenge: secret)
    except (OSError, imaplib.IMAP4.abort):
        raise MailboxClosed("unreachable") from None
    except imaplib.IMAP4.error:
        raise MailboxClosed("sign_in") from None


def _choose(connection: imaplib.IMAP4, mailbox: Mailbox) -> None:
    """Open the folder; where mails are to be moved, look first whether that can be, before one is touched."""
    if mailbox.move_to:
        if b"MOVE" not in b" ".join(_said(connection.capability)).upper().split():
            raise MailboxClosed("no_move")
        _said(connection.status, _quoted(mailbox.move_to), "(MESSAGES)", refused="folder")
    _said(connection.select, _quoted(mailbox.folder), refused="folder")


def _asked(connection: imaplib.IMAP4, command: str, *arguments: str) -> list[Any]:
    return _said(connection.uid, command, *arguments)


def _said(ask: Any, *arguments: str, refused: str = "unclear") -> list[Any]:
    """The answer. The server's words are dropped: they may quote a name or an address."""
    try:
        kind, answer = ask(*arguments)
    except (OSError, imaplib.IMAP4.abort):
        raise MailboxClosed("unreachable") from None
    except imaplib.IMAP4.error:
        raise MailboxClosed(refused) from None
    if kind != "OK":
        raise MailboxClosed(refused)
    return list(answer)


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
