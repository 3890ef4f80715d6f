"""``python -m segmetrics_client.sandbox``: run a sandbox until it is told to stop."""

import argparse
import errno
import signal
import sqlite3
import sys
import threading
from pathlib import Path

from .engine import Engine, Settings
from .seeding import SEEDS, seed
from .server import SandboxServer
from .store import Store

PORT_TAKEN = 3
DATA_UNUSABLE = 4


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m segmetrics_client.sandbox", description="A SegMetrics for trying things out."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (the admin path needs loopback)")
    parser.add_argument("--port", type=_port, default=8787, help="port to listen on; 0 for any free one")
    parser.add_argument("--data", type=Path, help="SQLite file to keep the data in; in memory without it")
    parser.add_argument("--seed", choices=sorted(SEEDS), help="fill it with a cast, once")
    parser.add_argument("--latency-ms", type=int, default=0, help="milliseconds before each answer")
    options = parser.parse_args(arguments)

    try:
        if options.data is not None:
            options.data.parent.mkdir(parents=True, exist_ok=True)
        store = Store(str(options.data) if options.data else None)
    except (OSError, sqlite3.Error) as error:
        return _refuse(f"The data file can't be used: {error}. Choose another with --data.", DATA_UNUSABLE)
    try:
        server = SandboxServer(
            (options.host, options.port), Engine(store, settings=Settings(latency=options.latency_ms / 1000))
        )
    except OSError as error:
        store.close()
        if error.errno == errno.EADDRINUSE:
            words = "is taken. Stop what listens there, or choose another with --port."
        else:
            words = f"of {options.host} can't be used ({error.strerror}). Choose others with --host and --port."
        return _refuse(f"Port {options.port} {words}", PORT_TAKEN)
    if options.seed:
        seed(store, options.seed)
    _run(server, options.host)
    return 0


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


def _refuse(words: str, code: int) -> int:
    print(words, file=sys.stderr)  # noqa: T201
    return code


def _run(server: SandboxServer, host: str) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    print(f"SegMetrics sandbox listening on http://{host}:{server.server_port}", flush=True)  # noqa: T201
    stop.wait()
    server.stop()
    thread.join(timeout=5)


if __name__ == "__main__":
    sys.exit(main())
