"""Starts `make demo` as a person would, and looks at it from the outside."""

from __future__ import annotations

import http.client
import http.cookiejar
import os
import random
import re
import signal
import socket
import sqlite3
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Self

from tests.ops.waiting import eventually, is_stopped

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN = 150.0
GONE_WITHIN = 40.0


def free_ports(count: int) -> list[int]:
    """Ports that nobody listened on a moment ago, and that the system gives to nobody who connects to elsewhere."""
    first_given = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    found: list[int] = []
    for port in random.SystemRandom().sample(range(first_given // 2, first_given), k=1000):
        if len(found) == count:
            break
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
    return found


def _locks_of(processes: set[int]) -> list[str]:
    """What these processes hold against others: as writers of the database, or of the ledger."""
    lines = Path("/proc/locks").read_text().splitlines()
    held = [line for line in lines if " -> " not in line and " WRITE " in line]
    return [line for line in held if int(line.split()[4]) in processes]


class Demo:
    """One run of `make demo`, in a process group of its own as a terminal would give it."""

    def __init__(self, data_dir: Path, *, web: int, sandbox: int, output: Path) -> None:
        self.data_dir, self.web, self.sandbox_port, self.output = data_dir, web, sandbox, output
        arguments = [f"WEB_PORT={web}", f"SANDBOX_PORT={sandbox}", f"DATA_DIR={data_dir}"]
        with output.open("w") as file:
            self.process = subprocess.Popen(
                ["make", "demo", *arguments],
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True,
            )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.process.poll() is None:
            self.press_ctrl_c()

    @property
    def said(self) -> str:
        return self.output.read_text()

    def is_well(self) -> bool:
        """Whether /healthz answers 200; fails at once where the demo has ended."""
        assert self.process.poll() is None, f"the demo ended:\n{self.said}"
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.web, timeout=5)
            with closing(connection):
                connection.request("GET", "/healthz")
                return connection.getresponse().status == http.client.OK
        except OSError:
            return False

    def wait_until_well(self) -> None:
        assert eventually(self.is_well, within=READY_WITHIN), f"not up in time:\n{self.said}"
        assert eventually(lambda: "Press Ctrl-C to stop." in self.said), self.said

    def press_ctrl_c(self) -> None:
        """What a terminal does: SIGINT to the whole group, make and shell included."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(timeout=GONE_WITHIN)

    def processes(self) -> dict[int, str]:
        """Every process that belongs to this demo, by its arguments or its environment."""
        mine = str(self.data_dir).encode()
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command, environment = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
            except OSError:
                continue
            if mine in command or mine in environment:
                found[int(folder.name)] = command.replace(b"\0", b" ").decode(errors="replace")
        return found

    def find(self, words: str) -> int:
        """The first process started with these words in its command."""
        return min(pid for pid, command in self.processes().items() if words in command)

    @contextmanager
    def worker_held(self) -> Iterator[None]:
        """The jobs stand still meanwhile, at an instant at which they hold nothing that others wait for."""
        assert eventually(self._hold_worker, within=READY_WITHIN), "the worker always holds something"
        try:
            yield
        finally:
            self._signal_worker(signal.SIGCONT)

    def _hold_worker(self) -> bool:
        stopped = self._signal_worker(signal.SIGSTOP)
        if stopped and eventually(lambda: all(is_stopped(pid) for pid in stopped)):
            began_meanwhile = self._signal_worker(signal.SIGSTOP) - stopped
            if not began_meanwhile and not _locks_of(stopped):
                return True
        self._signal_worker(signal.SIGCONT)
        return False

    def _signal_worker(self, number: signal.Signals) -> set[int]:
        """To each process of the job cluster; the watch over it goes on."""
        sent = set()
        for pid, command in self.processes().items():
            if "manage.py worker" in command and "--cluster-of" in command:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
                    sent.add(pid)
        return sent

    def sign_in(self, email: str, password: str) -> str:
        """Sign in as a browser would; the path of the page that follows."""
        cookies = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
        start = f"http://127.0.0.1:{self.web}/"
        with browser.open(start, timeout=20) as page:
            address, text = page.url, page.read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
        assert token, "no sign-in form"
        form = {"login": email, "password": password, "csrfmiddlewaretoken": token[1]}
        request = urllib.request.Request(address, urllib.parse.urlencode(form).encode(), {"Referer": address})
        with browser.open(request, timeout=20) as page:
            return str(urllib.parse.urlsplit(page.url).path)

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """Rows of the demo's own database."""
        with closing(sqlite3.connect(f"file:{self.data_dir / 'dsr.sqlite3'}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchall()
