"""Delivery status notifications: what is taken out of them, and what isn't. Anybody may have written them."""

from __future__ import annotations

import pytest

from dsr.delivery_status import Bounce, read
from tests.notifications import KINDS, notification

OURS = "<12.0123456789abcdef0123456789abcdef@example.com>"
BOUNCE = Bounce(message_id=OURS[1:-1], code="5.1.1")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_usual_kinds_are_read(kind: str) -> None:
    assert read(notification(OURS, kind=kind)) == BOUNCE
    assert read(notification(OURS, kind=kind).replace(b"\n", b"\r\n")) == BOUNCE


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", "", "not failed"])
def test_what_is_late_or_arrived_is_no_bounce(kind: str, action: str) -> None:
    assert read(notification(OURS, kind=kind, action=action)) is None


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("5.1.1", "5.1.1"),
        ("5.1.1 (bad destination mailbox address)", "5.1.1"),
        ("4.4.7", "4.4.7"),
        ("5.7.606", "5.7.606"),
        ("2.0.0", ""),
        ("5.1.1234", ""),
        ("linda.dare@example.com", ""),
        ("٥.١.١", ""),
        ("", ""),
    ],
)
def test_nothing_but_a_code_is_taken_as_the_code(written: str, code: str) -> None:
    assert read(notification(OURS, code=written)) == Bounce(message_id=BOUNCE.message_id, code=code)


def test_other_mails_are_none() -> None:
    bounce = notification(OURS)
    for other in (
        b"",
        b"\xff\xfe\x00",
        b"Subject: Out of office\nIn-Reply-To: " + OURS.encode() + b"\n\nI am away.",
        bounce.replace(b"report-type=delivery-status", b"report-type=disposition-notification"),
        bounce.replace(b"multipart/report", b"multipart/mixed"),
        bounce.replace(b"message/delivery-status", b"text/plain"),
        bounce.replace(b"report-type=delivery-status;\n\tboundary=", b"report-type=delivery-status; limit="),
        bounce.replace(OURS.encode(), b"none"),
        bounce.replace(OURS.encode(), b"<" + b"x" * 600 + b">"),
    ):
        assert read(other) is None


def test_of_several_recipients_the_one_that_failed_counts() -> None:
    two = notification(OURS).replace(
        b"Final-Recipient:", b"Final-Recipient: rfc822; other@example.com\nAction: delivered\n\nFinal-Recipient:", 1
    )
    assert read(two) == BOUNCE


def test_the_mail_that_came_back_says_which_it_was_and_not_a_thread_around_it() -> None:
    """Somebody answered our letter by hand, and that answer came back."""
    other = notification("<another@example.com>", kind="exchange")
    threaded = other.replace(b"In-Reply-To: <another@example.com>", b"In-Reply-To: " + OURS.encode())
    assert read(threaded) == Bounce(message_id="another@example.com", code="5.1.1")


def test_cut_off_anywhere_it_is_read_as_the_same_or_as_nothing() -> None:
    for kind in KINDS:
        whole = notification(OURS, kind=kind)
        found = {read(whole[:length]) for length in range(0, len(whole), 7)}
        assert {row.message_id for row in found if row} == {BOUNCE.message_id}
        assert BOUNCE in found
