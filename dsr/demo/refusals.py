"""What keeps a demo from starting: each is found before anything is started, and says what to do."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from pathlib import Path
from typing import TextIO

LOCK_FILE = "demo.lock"


class DemoError(Exception):
    """The demo can't start, or can't go on. The text says why and what to do, in words for the terminal."""


def require_free(port: int, variable: str) -> None:
    """Raise unless `port` can be listened on at 127.0.0.1."""
    if not 0 < port < 65536:
        raise DemoError(f"{variable}={port} is no port. Choose one from 1 to 65535.")
    with socket.socket() as probe:
        # As the servers do it: a connection of a run that ended a moment ago doesn't count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise DemoError(f"{variable}={port} needs root. Choose a port above 1023.") from None
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise DemoError(
                f"Port {port} is taken by another program. Stop that program, or choose another port: "
                f"make demo {variable}={port + 1 if port < 65535 else port - 1}"
            ) from None


def lock(data_dir: Path) -> TextIO:
    """Take the data folder for this process; the lock lasts as long as the returned file is open."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = (data_dir / LOCK_FILE).open("a+")
    except OSError as error:
        raise DemoError(
            f"DATA_DIR={data_dir} can't be written to ({error.strerror}). "
            "Choose another place: make demo DATA_DIR=./data/demo2"
        ) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        raise DemoError(
            f"Another demo (process {owner}) is running on {data_dir}. Stop it with Ctrl-C in its window, "
            "or choose another place: make demo DATA_DIR=./data/demo2"
        ) from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file
