"""The one module that knows httpx: to change the HTTP library, change this file."""

import functools
import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, TypeAlias

import httpx

from .answers import Answer
from .errors import AnswerTooLarge, ConnectionDropped, InvalidSetting, SegMetricsError, Timeout, UnexpectedAnswer

#: What ``SegMetrics(transport=...)`` takes.
HttpTransport: TypeAlias = httpx.BaseTransport


class Sink(Protocol):
    """Where an answer is written to that isn't held in memory."""

    def write(self, data: bytes, /) -> object: ...


_quiet: ContextVar[bool] = ContextVar("segmetrics_client_quiet", default=False)


class _OurCallsAreQuiet(logging.Filter):
    """httpx logs each URL at INFO, and ours hold emails. Drop that for our own calls, and for them alone."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002
        return not _quiet.get()


# A filter acts on the very logger that it is added to, never on its children: so each one by name.
for _name in (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
):
    logging.getLogger(_name).addFilter(_OurCallsAreQuiet())


_HEAD = 256


class Wire:
    """A pool of connections: one request goes out, the whole answer comes back, or a typed error."""

    def __init__(
        self,
        *,
        timeout: float,
        max_answer_bytes: int,
        max_download_bytes: int,
        loopback_only: bool,
        transport: HttpTransport | None,
        allow_address: Callable[[str], bool] | None = None,
    ) -> None:
        if transport is not None and allow_address is not None:
            raise InvalidSetting("A transport of your own checks its own addresses: give it, or allow_address.")
        self._max_answer_bytes = max_answer_bytes
        self._max_download_bytes = max_download_bytes
        self._client = httpx.Client(
            transport=_CheckedAddresses(allow_address) if allow_address is not None else transport,
            timeout=timeout,
            follow_redirects=False,
            # A proxy named in the environment must not see what is meant for this very machine, and would connect to
            # wherever it likes.
            trust_env=not loopback_only and allow_address is None,
            verify=_tls(),
            headers={"Accept": "application/json", "User-Agent": "segmetrics-client/0.1"},
        )

    def exchange(
        self,
        method: str,
        url: str,
        *,
        action: str,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        into: Callable[[], Sink] | None = None,
    ) -> Answer:
        """Send one request. Raises TransportFailed for no answer, UnexpectedAnswer for an unreadable one.

        With ``into`` the body of a success is written to what that gives, and the answer's content is only its
        beginning.
        """
        sent_headers = dict(headers or {})
        content: bytes | None = None
        if body is not None:
            content = json.dumps(body, allow_nan=False).encode("ascii")
            sent_headers["Content-Type"] = "application/json"
        try:
            with (
                _hushed(),
                self._client.stream(
                    method, url, headers=sent_headers, params=params or None, content=content, data=form
                ) as response,
            ):
                if into is not None and response.is_success:
                    received = self._pass_on(response, into(), action=action)
                else:
                    received = self._read(response, action=action)
                named = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, received, named)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            failure = _translate(error, action)
        # Not raised in the handler: httpx quotes the URL, and a chained error would carry it along.
        raise failure

    def close(self) -> None:
        self._client.close()

    def _read(self, response: httpx.Response, *, action: str) -> bytes:
        return b"".join(_up_to(self._max_answer_bytes, response, action=action))

    def _pass_on(self, response: httpx.Response, sink: Sink, *, action: str) -> bytes:
        """Write the body on as it comes; its first bytes are returned, which tell JSON from an error page."""
        head = b""
        for chunk in _up_to(self._max_download_bytes, response, action=action):
            head += chunk[: max(0, _HEAD - len(head))]
            sink.write(chunk)
        return head


def _up_to(limit: int, response: httpx.Response, *, action: str) -> Iterator[bytes]:
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > limit:
            raise AnswerTooLarge(
                f"The answer to “{action}” is larger than {limit} bytes and was left. "
                "Raise the limit on the size of an answer, or ask for less.",
                action=action,
                status=response.status_code,
                attempts=1,
            )
        yield chunk


class _AddressRefused(httpx.TransportError):
    """The host's name leads somewhere that ``allow_address`` doesn't let through."""


class _CheckedAddresses(httpx.BaseTransport):
    """Looks a host's name up, has every address of it allowed, and connects to just these, never to the name.

    Looked up by us and then once more by the connection, a name could lead to two places. The certificate is still
    checked against the name. Each host has its own pool: two of them behind one address would share a connection
    whose certificate was checked for one alone.
    """

    _KEPT = 60.0
    """Seconds until a name is looked up again; its connections are kept for less."""

    def __init__(self, allow: Callable[[str], bool]) -> None:
        self._allow = allow
        self._pools: dict[str, httpx.HTTPTransport] = {}
        self._found: dict[str, tuple[float, list[str]]] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.raw_host.decode("ascii")
        pool = self._pool(host)
        failure: httpx.TransportError = httpx.ConnectError("no address")
        for address in self._addresses(host):
            try:
                return pool.handle_request(_sent_to(address, host, request))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        self._found.pop(host, None)
        raise failure

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()

    def _pool(self, host: str) -> httpx.HTTPTransport:
        with self._lock:
            if host not in self._pools:
                self._pools[host] = httpx.HTTPTransport(verify=_tls(), trust_env=False)
            return self._pools[host]

    def _addresses(self, host: str) -> list[str]:
        now = time.monotonic()
        until, addresses = self._found.get(host, (0.0, []))
        if now >= until:
            addresses = _look_up(host)
            self._found[host] = (now + self._KEPT, addresses)
        if not all(self._allow(address) for address in addresses):
            raise _AddressRefused("not allowed")
        return addresses


def _look_up(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise httpx.ConnectError("no such name") from None
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def _sent_to(address: str, host: str, request: httpx.Request) -> httpx.Request:
    """The same request (its Host header too) to an address; the certificate must still be the host's."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host},
    )


def _translate(error: Exception, action: str) -> SegMetricsError:
    if isinstance(error, _AddressRefused):
        words = "The name in the base address leads to a place that must not be called. Check the base address."
        return InvalidSetting(words, action=action)
    unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    if isinstance(error, httpx.TimeoutException):
        words = f"SegMetrics took too long to answer “{action}”. Try again in a few minutes."
        return Timeout(words, action=action, sent=not unsent)
    if isinstance(error, httpx.DecodingError):
        return UnexpectedAnswer(f"The answer to “{action}” is damaged. Try again.", action=action, attempts=1)
    if isinstance(error, httpx.TransportError) and not isinstance(error, httpx.UnsupportedProtocol):
        if unsent:
            words = f"SegMetrics can't be reached for “{action}”. Check the network and the base address."
        else:
            words = f"The connection broke during “{action}”. Try again in a few minutes."
        return ConnectionDropped(words, action=action, sent=not unsent)
    return InvalidSetting("The address of a call can't be used. Check the base address.", action=action)


@contextmanager
def _hushed() -> Iterator[None]:
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


@functools.cache
def _tls() -> ssl.SSLContext:
    """One for the process: loading the certificates takes longer than a call does."""
    return httpx.create_ssl_context()
