"""A certification authority with a time-stamp server and a revocation list, all over HTTP on loopback."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from asn1crypto import keys, tsp  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from dsr import seal, stamping

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
DAY = dt.timedelta(days=1)


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """`answers` says how the time-stamp server behaves: well, or in one of the ways in which it fails."""

    def __init__(self) -> None:
        self.answers = "well"
        self.publishes = True
        self.revoked: list[int] = []
        self.asked: list[str | None] = []
        """The `Authorization` of each stamp that was asked for."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._key, self._stamp_key = _key(), _key()
        self.root = self._issue("Example Root", self._key, is_root=True)
        self._stamper = self._stamper_of(self._issue("Example Time", self._stamp_key, is_stamper=True))
        made = self._issue("Example Ltd", key := _key())
        private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        self.seal = seal.Seal(key=private, certificates=made.public_bytes(PEM) + self.root.public_bytes(PEM))
        """Of an organisation whose certificate this authority issued."""
        self.stamping = stamping.load(f"{self.address}/tsr", self.root.public_bytes(PEM))

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _issue(
        self, name: str, key: rsa.RSAPrivateKey, *, is_root: bool = False, is_stamper: bool = False
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        usage = x509.KeyUsage(
            digital_signature=not is_root, content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, key_cert_sign=is_root, crl_sign=is_root, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        where = x509.DistributionPoint([x509.UniformResourceIdentifier(f"{self.address}/crl")], None, None, None)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name("Example Root"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + 300 * DAY)
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if not is_root:
            builder = builder.add_extension(x509.CRLDistributionPoints([where]), critical=False)
        if is_stamper:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        return builder.sign(self._key, hashes.SHA256())

    def _stamper_of(self, certificate: x509.Certificate) -> DummyTimeStamper:
        key = self._stamp_key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        own, root = (asn1_x509.Certificate.load(row.public_bytes(DER)) for row in (certificate, self.root))
        return DummyTimeStamper(own, keys.PrivateKeyInfo.load(key), certs_to_embed=[root])  # type: ignore[arg-type]

    def revocation_list(self) -> bytes:
        now = dt.datetime.now(dt.UTC)
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.root.subject)
        builder = builder.last_update(now - DAY).next_update(now + DAY)
        for serial in self.revoked:
            row = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - DAY / 2).build()
            builder = builder.add_revoked_certificate(row)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(DER)

    def stamp(self, question: bytes) -> bytes:
        asked = tsp.TimeStampReq.load(question)
        if self.answers == "another digest":
            asked["message_imprint"]["hashed_message"] = b"\1" * 32
        if self.answers == "another nonce":
            asked["nonce"] = 4711
        self._stamper.fixed_dt = dt.datetime.now(dt.UTC) - 2 * DAY if self.answers == "another day" else None
        if self.answers == "refuses":
            return tsp.TimeStampResp({"status": {"status": "rejection"}}).dump()  # type: ignore[no-any-return]
        answer: bytes = self._stamper.request_tsa_response(asked).dump()
        if self.answers == "another key":
            at = answer.rindex(self._signature_of(answer))
            return answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :]
        return answer

    def _signature_of(self, answer: bytes) -> bytes:
        [signer] = tsp.TimeStampResp.load(answer)["time_stamp_token"]["content"]["signer_infos"]
        return bytes(signer["signature"].native)


WRONG_ANSWERS = (
    "error", "page", "garbage", "empty", "endless", "elsewhere", "refuses", "another digest", "another nonce",
    "another day", "another key", "slow",
)  # fmt: skip


def _handler(authority: Authority) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            if self.path != "/crl" or not authority.publishes:
                self.send_error(404)
                return
            self._say(200, authority.revocation_list(), "application/pkix-crl")

        def do_POST(self) -> None:
            question = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/elsewhere":
                authority.asked.append("followed elsewhere")
            else:
                authority.asked.append(self.headers["Authorization"])
            kind = "application/timestamp-reply"
            match authority.answers:
                case "error":
                    self._say(503, b"", kind)
                case "page":
                    self._say(200, b"<p>Please sign in", "text/html")
                case "garbage":
                    self._say(200, b"\x30\x03garbage", kind)
                case "empty":
                    self._say(200, b"", kind)
                case "endless":
                    self.send_response(200)
                    self.send_header("Content-Type", kind)
                    self.end_headers()
                    for _ in range(40):
                        self.wfile.write(b"\0" * 128 * 1024)
                case "elsewhere" if self.path != "/elsewhere":
                    self.send_response(307)
                    self.send_header("Location", f"{authority.address}/elsewhere")
                    self.end_headers()
                case "slow":
                    self.send_response(200)
                    self.send_header("Content-Type", kind)
                    self.end_headers()
                    for byte in authority.stamp(question)[:20]:  # one byte at a time is slow too
                        self.wfile.write(bytes([byte]))
                        self.wfile.flush()
                        time.sleep(0.1)
                case _:
                    self._say(200, authority.stamp(question), kind)

        def _say(self, status: int, content: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # who asked went away

    return Handler


@contextmanager
def authority() -> Iterator[Authority]:
    made = Authority()
    made.start()
    try:
        yield made
    finally:
        made.stop()
