"""What a mail server says of a mail that it couldn't deliver: a delivery status notification (RFC 3464).

Anybody can write one, so nothing in it is believed but a Message-ID that nobody can guess; and only that and the code
are taken out of it: the other texts hold addresses and words of strangers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.utils import collapse_rfc2231_value

_CODE = re.compile(r"[45]\.\d{1,3}\.\d{1,3}(?!\d)", re.ASCII)
_MESSAGE_ID = re.compile(r"<([!-;=?-~]{1,500})>")  # printable, and no angle brackets


@dataclass(frozen=True)
class Bounce:
    """A mail came back for good."""

    message_id: str
    """Without the angle brackets."""
    code: str
    """As of RFC 3463, such as “5.1.1”; empty where the server gives none."""


def is_notification(message: Message) -> bool:
    """Whether the head of a mail says that it is one."""
    kind = message.get_param("report-type", "")
    is_report = message.get_content_type() == "multipart/report"
    return is_report and collapse_rfc2231_value(kind or "").strip().lower() == "delivery-status"


def read(content: bytes) -> Bounce | None:
    """The bounce that this mail tells of; None for any other mail, and where delivery is only late.

    It may be cut off behind the head of the mail that came back.
    """
    whole = message_from_bytes(content)
    if not is_notification(whole):
        return None
    parts = _parts(whole)
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    failed = [block for block in _parts(status) if _first_word(block["Action"]) == "failed"]
    message_id = _message_id_of_returned(parts) or _id_in(whole["In-Reply-To"])
    if not failed or not message_id:
        return None
    code = _CODE.match(_text(failed[0]["Status"]))
    return Bounce(message_id=message_id, code=code.group() if code else "")


def _parts(whole: Message | None) -> list[Message]:
    """Of a mail, or the blocks of its report."""
    parts = whole.get_payload() if whole else []
    return [part for part in parts if isinstance(part, Message)] if isinstance(parts, list) else []


def _message_id_of_returned(parts: list[Message]) -> str:
    """Of the mail itself, or of its head alone, behind the two parts that speak of it."""
    for part in parts[1:]:
        if part.get_content_type() == "message/rfc822":
            return next((_id_in(mail["Message-ID"]) for mail in _parts(part)), "")
        if part.get_content_type() == "text/rfc822-headers":
            head = message_from_bytes(bytes(part.get_payload(decode=True) or b""))
            return _id_in(head["Message-ID"])
    return ""


def _id_in(value: object) -> str:
    found = _MESSAGE_ID.search(_text(value))
    return found.group(1) if found else ""


def _first_word(value: object) -> str:
    return (_text(value).lower().split() or [""])[0]


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()
