"""Where time stamps come from (RFC 3161): the operator's time-stamp server, and whose its stamps have to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from cryptography import x509


@dataclass(frozen=True)
class Stamping:
    """The server and what it asks for. User and password never show in a repr."""

    url: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    anchors: bytes = field(default=b"", repr=False)
    """Certificates (PEM) of the authority: a stamp has to lead up to one of them. Empty: any that the server gives."""

    @property
    def anchor_certificates(self) -> list[x509.Certificate]:
        return x509.load_pem_x509_certificates(self.anchors) if self.anchors else []


def load(address: str, anchors: bytes) -> Stamping:
    """From the address, which may hold user and password, and the authority's certificates (PEM), or none.

    Raises `ValueError` with a sentence, which doesn't quote the address. Over `http` the stamps alone say who gave
    them, so the certificates are needed there.
    """
    try:
        parts = urlsplit(address)
        place = f"{f'[{parts.hostname}]' if ':' in (parts.hostname or '') else parts.hostname}"
        place += f":{parts.port}" if parts.port else ""
    except ValueError:
        raise ValueError("It can't be read as an address.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.fragment:
        raise ValueError("Write it like https://tsa.example.com/tsr, or https://user:password@tsa.example.com/tsr.")
    if parts.scheme == "http" and not anchors:
        raise ValueError("Over http anybody on the way could answer: set DSR_TIMESTAMP_CA too, or use https.")
    made = Stamping(
        url=parts._replace(netloc=place).geturl(),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        anchors=anchors,
    )
    try:
        is_usable = not anchors or bool(made.anchor_certificates)
    except ValueError:
        is_usable = False
    if not is_usable:
        raise ValueError("DSR_TIMESTAMP_CA holds no certificate (PEM).")
    return made
