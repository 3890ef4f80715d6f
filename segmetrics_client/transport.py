"""The one module that knows httpx: to change the HTTP library, change this file."""

import functools
import json
import logging
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

import httpx

from .answers import Answer
from .errors import ConnectionDropped, InvalidSetting, SegMetricsError, Timeout, UnexpectedAnswer

#: What ``SegMetrics(transport=...)`` takes.
HttpTransport: TypeAlias = httpx.BaseTransport

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


class Wire:
    """A pool of connections: one request goes out, the whole answer comes back, or a typed error."""

    def __init__(
        self, *, timeout: float, max_answer_bytes: int, loopback_only: bool, transport: HttpTransport | None
    ) -> None:
        self._max_answer_bytes = max_answer_bytes
        self._client = httpx.Client(
            transport=transport,
            timeout=timeout,
            follow_redirects=False,
            # A proxy named in the environment must not see what is meant for this very machine.
            trust_env=not loopback_only,
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
    ) -> Answer:
        """Send one request. Raises TransportFailed for no answer, UnexpectedAnswer for an unreadable one."""
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
                return Answer(
                    response.status_code,
                    self._read(response, action=action),
                    {name.lower(): value for name, value in response.headers.items()},
                )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            failure = _translate(error, action)
        # Not raised in the handler: httpx quotes the URL, and a chained error would carry it along.
        raise failure

    def close(self) -> None:
        self._client.close()

    def _read(self, response: httpx.Response, *, action: str) -> bytes:
        chunks, size = [], 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > self._max_answer_bytes:
                raise UnexpectedAnswer(
                    f"The answer to “{action}” is larger than {self._max_answer_bytes} bytes and was left. "
                    "Raise the limit on the size of an answer, or ask for less.",
                    action=action,
                    status=response.status_code,
                    attempts=1,
                )
            chunks.append(chunk)
        return b"".join(chunks)


def _translate(error: Exception, action: str) -> SegMetricsError:
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
