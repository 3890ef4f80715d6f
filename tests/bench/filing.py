"""Requests filed through the web form for some seconds, against a bare view with one insert: by the same server with
two processes, the same PostgreSQL, and the same senders."""

from __future__ import annotations

import http.client
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client
from django.utils import timezone

from dsr.models import Case, Connection
from dsr.ops.processes import Child
from tests.bench import desk
from tests.bench.rows import AT_LEAST, Row
from tests.bench.sizes import Sizes
from tests.ops.waiting import eventually
from tests.smoke.demo_process import free_ports

SENDERS = 4
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


def measure(folder: Path, sizes: Sizes) -> Iterator[Row]:
    """How many a second."""
    with desk.opened(folder) as place:
        place.start_web()
        before = Case.objects.count()
        filed = _a_second(place.web_port, "/cases/new/", _form(), _signed_in(), 302, sizes.filing_seconds)
        assert Case.objects.count() > before
    with closing(_Bare(folder)) as bare:
        inserted = _a_second(bare.port, "/", _form(), {}, 200, sizes.filing_seconds)
    yield Row(
        name="requests filed through the web form, PostgreSQL, 2 web workers",
        value=filed,
        unit="/s",
        floor=inserted,
        limit=0.25,
        known=True,
        bound=AT_LEAST,
        is_timing=True,
    )


def _a_second(
    port: int, path: str, form: Callable[[], dict[str, str]], headers: dict[str, str], wanted: int, seconds: float
) -> float:
    """Answers a second, sent by a few at once, each after the answer to the one before."""
    answered = count()
    problems: list[str] = []

    def send(until: float) -> None:
        while time.monotonic() < until and not problems:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            with closing(connection):
                connection.request("POST", path, urlencode(form()), {**_HEADERS, **headers})
                answer = connection.getresponse()
                answer.read()
            if answer.status != wanted:
                problems.append(f"{path} answered {answer.status}")
            next(answered)

    _all_at_once(lambda: send(time.monotonic() + 1))  # the processes have imported what they need
    answered = count()
    started = time.monotonic()
    _all_at_once(lambda: send(started + seconds))
    assert not problems, problems[0]
    return next(answered) / (time.monotonic() - started)


def _all_at_once(act: Callable[[], None]) -> None:
    threads = [threading.Thread(target=act) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _form() -> Callable[[], dict[str, str]]:
    """The fields of the next request, each of somebody else."""
    numbers, connection = count(1), str(Connection.objects.get().pk)
    today = timezone.localdate().isoformat()
    return lambda: {
        "kind": "erasure",
        "subject_name": "Pat Example",
        "emails": f"somebody{next(numbers)}@example.com",
        "connection": connection,
        "received_on": today,
        "channel": "email",
    }


def _signed_in() -> dict[str, str]:
    """The headers of an officer who is signed in, with the form's token."""
    officer, _ = desk.people()
    browser = Client(headers={"host": "localhost"})
    browser.force_login(officer)
    token = _TOKEN.search(browser.get("/cases/new/").content.decode())
    assert token
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())
    return {"Cookie": cookies, "X-CSRFToken": token[1], "Host": "localhost", "Origin": settings.ENV.base_url}


class _Bare:
    """The bare view behind gunicorn, as the desk is."""

    def __init__(self, folder: Path) -> None:
        (self.port,) = free_ports(1)
        made = "from tests.bench import bare_view; bare_view.make_table()"
        maker = Child.start("table", [sys.executable, "-c", made], log=folder / "table.log")
        assert maker.process.wait(timeout=60) == 0, maker.last_lines()
        command = ["-m", "gunicorn", "--workers=2", f"--bind=127.0.0.1:{self.port}", "tests.bench.bare_view"]
        self._child = Child.start("bare", [sys.executable, *command], log=folder / "bare.log", env=dict(os.environ))
        assert eventually(self._answers, within=60), self._child.last_lines()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("POST", "/", urlencode({"emails": "first"}), _HEADERS)
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def close(self) -> None:
        self._child.stop(grace=5)
