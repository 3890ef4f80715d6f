"""A real IMAP server (pymap) on loopback, with mails in memory; and TLS in front of it."""

from __future__ import annotations

import contextlib
import datetime as dt
import imaplib
import ipaddress
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.smoke.demo_process import free_ports

USER, PASSWORD = "mail-reader", "hunter2-imap"
_COMMAND = "from pymap.main import main; main()"


class ImapServer:
    """Each test has folders of its own."""

    def __init__(self, port: int) -> None:
        self.port = port

    @property
    def address(self) -> str:
        return f"imap://{USER}:{PASSWORD}@127.0.0.1:{self.port}/"

    def make(self, folder: str) -> None:
        with self._signed_in() as client:
            client.create(f'"{folder}"')

    def put(self, folder: str, content: bytes, *, seen: bool = False, days_ago: int = 0) -> None:
        at = dt.datetime.now(dt.UTC) - dt.timedelta(days=days_ago)
        with self._signed_in() as client:
            client.append(f'"{folder}"', r"(\Seen)" if seen else "()", at.timestamp(), content.replace(b"\n", b"\r\n"))

    def flags(self, folder: str) -> list[str]:
        """Of each mail in the folder, in the order in which they came; “Recent” says nothing of ours."""
        with self._signed_in() as client:
            client.select(f'"{folder}"', readonly=True)
            _kind, rows = client.fetch("1:*", "(FLAGS)")
            found = [re.findall(rb"\\(\w+)", row) for row in rows if isinstance(row, bytes)]
            return [b" ".join(flag for flag in row if flag != b"Recent").decode() for row in found]

    @contextlib.contextmanager
    def _signed_in(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=5) as client:
            client.login(USER, PASSWORD)
            yield client


@contextlib.contextmanager
def imap_server() -> Iterator[ImapServer]:
    (port,) = free_ports(1)
    demo = ["dict", "--demo-data", "--demo-user", USER, "--demo-password", PASSWORD]
    process = subprocess.Popen(
        [sys.executable, "-c", _COMMAND, "--host", "127.0.0.1", "--port", str(port), "--no-tls", *demo]
    )
    try:
        _wait_for(port, process)
        yield ImapServer(port)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > until or process.poll() is not None:  # pymap isn't installed, say
                raise
            time.sleep(0.05)
        else:
            return


def certificate(folder: Path) -> Path:
    """A certificate of 127.0.0.1 with its key, signed by itself."""
    key, now, name = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC), "Example Mail"
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    place = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=10))
        .add_extension(place, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "mail.pem"
    path.write_bytes(private + made.public_bytes(pem))
    return path


@contextlib.contextmanager
def tls_in_front_of(port: int, pem: Path) -> Iterator[int]:
    """Takes TLS and hands it on in the clear. Gives the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_take, args=(listening, context, port), daemon=True).start()
        yield listening.getsockname()[1]


def _take(listening: socket.socket, context: ssl.SSLContext, port: int) -> None:
    while True:
        try:
            client, _address = listening.accept()
        except OSError:
            return  # the test is over
        try:
            outside = context.wrap_socket(client, server_side=True)
        except OSError:
            client.close()  # the client doesn't trust us
            continue
        inside = socket.create_connection(("127.0.0.1", port))
        for here, there in ((outside, inside), (inside, outside)):
            threading.Thread(target=_pump, args=(here, there), daemon=True).start()


def _pump(here: socket.socket, there: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := here.recv(65_536):
            there.sendall(chunk)
    for end in (here, there):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
