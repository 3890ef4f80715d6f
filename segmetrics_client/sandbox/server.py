"""The sandbox's sockets: the standard library's threading HTTP server around an engine."""

import contextlib
import ipaddress
import json
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from . import admin
from .engine import Engine, request_id
from .http import Response, Wrong

_LARGEST_BODY = 50 * 1024 * 1024


class SandboxServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    # Without this a second sandbox could share a port that is taken, and nobody would know who answers.
    allow_reuse_address = True
    allow_reuse_port = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], engine: Engine) -> None:
        self.engine = engine
        self.admin_allowed = ipaddress.ip_address(socket.gethostbyname(address[0])).is_loopback
        self._open: set[socket.socket] = set()
        super().__init__(address, Handler)

    def server_bind(self) -> None:
        # The base class looks its own host name up, which can take seconds, to no use here.
        socketserver_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""

    def stop(self) -> None:
        """Answer nobody any more; idle connections are closed, so that clients see it."""
        self.engine.stopping.set()
        self.shutdown()
        self.server_close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.engine.store.close()


class Handler(BaseHTTPRequestHandler):
    server: SandboxServer
    protocol_version = "HTTP/1.1"
    # Head and body in one packet: two would meet Nagle's algorithm and cost 40 ms each time.
    wbufsize = -1
    disable_nagle_algorithm = True
    server_version = "SegMetricsSandbox"
    sys_version = ""

    def _serve(self) -> None:
        path, _, query = self.path.partition("?")
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _LARGEST_BODY:
            self.close_connection = True
            self._send(Response(413, {"message": "body too large"}))
            return
        content = self.rfile.read(int(length))
        if path.startswith("/_admin/"):
            self._send(self._admin(path.removeprefix("/_admin/"), query, content))
            return
        key = self.headers.get("Authorization", "")
        answer = self.server.engine.receive(self.command, path, query, key, content)
        if answer is None:
            self._drop()
        else:
            self._send(answer)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = _serve  # noqa: N815

    def _admin(self, verb: str, query: str, content: bytes) -> Response:
        # The name in Host keeps out a web page whose own name was pointed at this machine.
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if not self.server.admin_allowed or host not in ("127.0.0.1", "localhost", self.server.server_name):
            return Response(404, {"message": "Not Found"})
        try:
            body = json.loads(content) if content else {}
            with self.server.engine.store.transaction():
                return admin.answer(self.server.engine, self.command, verb, dict(parse_qsl(query)), body)
        except Wrong as wrong:
            return wrong.as_read()
        except (ValueError, TypeError, KeyError) as error:
            return Response(400, {"message": f"{type(error).__name__}: {error}"})

    def _send(self, answer: Response) -> None:
        content, kind = answer.encoded()
        with contextlib.suppress(OSError):
            self.send_response(answer.status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("X-Request-Id", request_id())
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content[: len(content) // 2] if answer.cut else content)
            self.wfile.flush()
        if answer.cut:
            self._drop()

    def _drop(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Silent: calls are recorded, and paths hold emails."""


def socketserver_bind(server: SandboxServer) -> None:
    if server.allow_reuse_address:
        server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.socket.bind(server.server_address)
    server.server_address = server.socket.getsockname()
    server.server_name, server.server_port = str(server.server_address[0]), int(server.server_address[1])
