"""Connections go to addresses that were allowed, and to no other that the name may lead to a moment later."""

import datetime as dt
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from segmetrics_client import ApiKey, ConnectionDropped, InvalidSetting, RetryPolicy, SegMetrics
from segmetrics_client.sandbox.testing import Sandbox

from .resolver import Resolver
from .wire import played

HOST = "api.example.com"
METADATA = "169.254.169.254"


def here_only(address: str) -> bool:
    return address == "127.0.0.1"


class Https:
    """A server on loopback whose certificate is for ``api.example.com``. It notes the Host header of each call."""

    def __init__(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.trusted = folder / "server.pem"
        self.trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private = folder / "server.key"
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        hosts: list[str] = []
        self.hosts = hosts

        class Answer(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hosts.append(self.headers["Host"])
                body = b'{"data": {"contact_id": "1004"}}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_DELETE = do_GET  # noqa: N815 - the name is that of the base class

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None:
                """A client that hangs up over the certificate is what is tested here."""

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.trusted, private)
        self.server = Server(("127.0.0.1", 0), Answer)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port: int = self.server.server_port


@pytest.fixture(scope="module")
def _https(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Https]:
    https = Https(tmp_path_factory.mktemp("tls"))
    thread = threading.Thread(target=https.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield https
    https.server.shutdown()
    thread.join(timeout=5)
    https.server.server_close()


@pytest.fixture
def https(_https: Https, monkeypatch: pytest.MonkeyPatch) -> Https:
    """The client trusts that one certificate, and checks it as in earnest."""
    context = ssl.create_default_context(cafile=str(_https.trusted))
    monkeypatch.setattr("segmetrics_client.transport._tls", lambda: context)
    _https.hosts.clear()
    return _https


def session(port: int, *, host: str = HOST, **options: Any) -> SegMetrics:
    settings: dict[str, Any] = {
        "account_id": "a1",
        "auth": ApiKey("k"),
        "rate_per_minute": None,
        "retry": RetryPolicy(attempts=2, first_wait=0.0),
        "timeout": 5.0,
        "allow_address": here_only,
    }
    return SegMetrics(**(settings | options), read_url=f"https://{host}:{port}")


def test_a_call_goes_to_the_address_and_keeps_the_name(https: Https, resolver: Resolver) -> None:
    resolver.answers[HOST] = [["127.0.0.1"]]
    with session(https.port) as segmetrics:
        assert segmetrics.contacts.get("1004").contact_id == "1004"
    assert https.hosts == [f"{HOST}:{https.port}"]


def test_the_name_is_looked_up_once_so_a_second_answer_comes_too_late(https: Https, resolver: Resolver) -> None:
    resolver.answers[HOST] = [["127.0.0.1"], [METADATA]]
    with session(https.port) as segmetrics:
        segmetrics.contacts.get("1004")
        segmetrics.contacts.get("1004")
    assert resolver.asked == [HOST]
    assert set(resolver.connected) == {"127.0.0.1"}
    assert len(https.hosts) == 2


def test_a_certificate_for_another_name_is_refused(https: Https, resolver: Resolver) -> None:
    resolver.answers["other.example.com"] = [["127.0.0.1"]]
    with session(https.port, host="other.example.com") as segmetrics, pytest.raises(ConnectionDropped):
        segmetrics.contacts.get("1004")
    assert https.hosts == []


def test_two_names_behind_one_address_share_no_connection(https: Https, resolver: Resolver) -> None:
    resolver.answers |= {HOST: [["127.0.0.1"]], "other.example.com": [["127.0.0.1"]]}
    other = f"https://other.example.com:{https.port}"
    with session(https.port, import_url=other, integration_id="int9") as segmetrics:
        segmetrics.contacts.get("1004")
        with pytest.raises(ConnectionDropped):
            segmetrics.contacts.delete("1004")
    assert https.hosts == [f"{HOST}:{https.port}"]


@pytest.mark.parametrize("found", [[METADATA], ["10.0.0.7"], ["127.0.0.1", METADATA]])
def test_an_address_that_is_not_allowed_is_never_connected_to(
    https: Https, resolver: Resolver, found: list[str]
) -> None:
    resolver.answers[HOST] = [found]
    with session(https.port) as segmetrics, pytest.raises(InvalidSetting, match="must not be called") as caught:
        segmetrics.contacts.get("1004")
    assert resolver.connected == []
    assert caught.value.__context__ is None
    assert https.hosts == []


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "localhost", "[::1]", "0"])
def test_odd_spellings_of_this_machine_lead_nowhere(host: str) -> None:
    with session(1, host=host, allow_address=lambda _: False) as segmetrics, pytest.raises(InvalidSetting):
        segmetrics.contacts.get("1004")


def test_where_one_address_is_dead_the_next_is_taken(https: Https, resolver: Resolver) -> None:
    resolver.answers[HOST] = [["127.0.0.2", "127.0.0.1"]]
    with session(https.port, allow_address=lambda address: address.startswith("127.")) as segmetrics:
        assert segmetrics.contacts.get("1004")


def test_where_no_address_answers_the_name_is_looked_up_again(https: Https, resolver: Resolver) -> None:
    resolver.answers[HOST] = [["127.0.0.2"], ["127.0.0.1"]]
    with session(https.port, allow_address=lambda address: address.startswith("127.")) as segmetrics:
        assert segmetrics.contacts.get("1004")
    assert resolver.asked == [HOST, HOST]


def test_a_name_that_is_not_there_can_be_tried_again(resolver: Resolver) -> None:
    with session(443) as segmetrics, pytest.raises(ConnectionDropped) as caught:
        segmetrics.contacts.get("1004")
    assert (caught.value.sent, caught.value.attempts) == (False, 2)


def test_no_proxy_of_the_environment_is_asked(
    https: Https, resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolver.answers[HOST] = [["127.0.0.1"]]
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with session(https.port) as segmetrics:
        assert segmetrics.contacts.get("1004")


def test_the_sandbox_works_as_before(sandbox: Sandbox) -> None:
    sandbox.add_contact(contact_id="1004")
    with sandbox.client(allow_address=here_only) as segmetrics:
        segmetrics.contacts.delete("1004")
        assert segmetrics.account_reachable()


def test_a_transport_of_ones_own_is_not_silently_unchecked() -> None:
    with pytest.raises(InvalidSetting):
        played(lambda _: httpx.Response(200), allow_address=here_only)
