"""A mail server on loopback that takes mails, refuses them, or says nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

from tests.smoke.demo_process import free_ports

HANG = "hang"


class Server:
    """What it answers at RCPT and at DATA can be set, and whom it refuses; it keeps what it took."""

    def __init__(self) -> None:
        self.at_rcpt = self.at_data = "250 fine"
        self.refuses: set[str] = set()
        self.taken: list[Envelope] = []
        self.offered = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refuses:
            return "550 5.1.1 no such mailbox"
        if self.at_rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.at_rcpt

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.offered += 1
        if self.at_data == HANG:
            await asyncio.sleep(3)
        if self.at_data.startswith("250"):
            self.taken.append(envelope)
        return self.at_data

    @property
    def mails(self) -> list[Message]:
        return [message_from_bytes(row.content) for row in self.taken if isinstance(row.content, bytes)]


@contextlib.contextmanager
def serving(settings: Settings) -> Iterator[Server]:
    """One that runs meanwhile, and that mails go to."""
    handler = Server()
    (port,) = free_ports(1)
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 1
    settings.EMAIL_PORT = port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = False
    yield handler
    controller.stop()
