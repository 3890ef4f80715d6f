"""What the web server writes of a request, with a real gunicorn: nothing that opens an account or names a person."""

from __future__ import annotations

import http.client
import io
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django import Settings

from dsr.logs import PlacesOnly, without_secrets
from tests.ops.waiting import eventually
from tests.smoke.demo_process import free_ports

ROOT = Path(__file__).resolve().parents[2]
KEY = "cz5x2k-0f4c9d1e8b7a6f5d4c3b2a1908f7e6d5"
TOKEN = "q9Zr_Wm3T-kd7LxBv0NsYh2PfGuJc8EaQoRi5Xt1KwM"
LINK = f"/accounts/password/set/1-{KEY}/"
APP = """
def application(environ, start_response):
    if environ["PATH_INFO"].startswith("/broken"):
        raise RuntimeError("linda@example.com")
    start_response("302 Found", [("Location", "/accounts/password/set/1-set-password/"), ("Content-Length", "0")])
    return [b""]
"""


class Web:
    def __init__(self, folder: Path) -> None:
        (folder / "answering.py").write_text(APP)
        self.log = folder / "log"
        (self.port,) = free_ports(1)
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "gunicorn", "-c", "python:dsr.ops.web"),
                    *("--bind", f"127.0.0.1:{self.port}", "answering:application"),
                ],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"},
                stdout=out,
                stderr=out,
            )
        assert eventually(lambda: "Booting worker" in self.written(), within=20)

    def get(self, path: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Referer": f"https://dsr.example.com{LINK}"})
            connection.getresponse().read()
        finally:
            connection.close()

    def send(self, raw: bytes) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(raw)
            while connection.recv(4096):
                pass

    def written(self) -> str:
        return self.log.read_text()


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    running = Web(tmp_path_factory.mktemp("web"))
    yield running
    running.process.terminate()
    running.process.wait(timeout=15)


def test_the_key_of_a_password_link_stands_nowhere(web: Web) -> None:
    web.get(LINK)
    web.get(f"{LINK}?next=/")
    web.get(f"/broken{LINK}?email=linda@example.com")
    web.send(f"GET {LINK} x y HTTP/1.1\r\n\r\n".encode())
    assert eventually(
        lambda: "Error handling request" in web.written() and "Invalid request" in web.written(), within=10
    )

    assert '"GET /accounts/password/set/[key]" 302' in web.written()
    assert KEY not in web.written()


def test_neither_does_the_token_of_a_hand_over_link(web: Web) -> None:
    web.get(f"/package/{TOKEN}/")
    web.get(f"/package/{TOKEN}?x=1")
    web.get(f"/broken/package/{TOKEN}/")
    web.get(f"/%70ackage/{TOKEN}/")
    web.send(f"GET /package/{TOKEN}/ x y HTTP/1.1\r\n\r\n".encode())
    assert eventually(lambda: web.written().count("/package/[key]") >= 4, within=10), web.written()

    assert '"GET /package/[key]" 302' in web.written()
    assert TOKEN not in web.written()


def test_neither_does_the_token_of_a_calendar(web: Web) -> None:
    web.get(f"/calendar/{TOKEN}.ics")
    web.get(f"/broken/calendar/{TOKEN}.ics")
    web.send(f"GET /calendar/{TOKEN}.ics x y HTTP/1.1\r\n\r\n".encode())
    assert eventually(lambda: web.written().count("/calendar/[key]") >= 2, within=10), web.written()

    assert '"GET /calendar/[key]" 302' in web.written()
    assert TOKEN not in web.written()


def test_neither_do_queries_or_the_text_of_an_error(web: Web) -> None:
    web.get("/admin/dsr/case/?q=linda@example.com")
    web.get("/broken?q=linda@example.com")
    assert eventually(lambda: "GET /admin/dsr/case/" in web.written() and "RuntimeError" in web.written(), within=10)

    assert "linda" not in web.written()


def test_nobody_writes_a_line_of_their_own(web: Web) -> None:
    web.get("/x%0a203.0.113.9%20%22GET%20/forged%22%20200")
    assert eventually(lambda: "forged" in web.written(), within=10)

    assert not [line for line in web.written().splitlines() if line.startswith("203.0.113.9")]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (f"Forbidden (CSRF cookie not set.): {LINK}", "Forbidden (CSRF cookie not set.): /accounts/password/set/[key]"),
        (f"GET '{LINK}?x=1' failed", "GET '/accounts/password/set/[key]' failed"),
        ("Not Found: /cases/?email=linda@example.com", "Not Found: /cases/"),
        (f"Forbidden: /package/{TOKEN}/?x=1", "Forbidden: /package/[key]"),
        (f"Not Found: /calendar/{TOKEN}.ics", "Not Found: /calendar/[key]"),
        ("is it so? yes", "is it so? yes"),
        ("two\nlines", "two?lines"),
    ],
)
def test_what_is_taken_out(text: str, written: str) -> None:
    assert without_secrets(text) == written


def test_django_s_own_log_does_not_hold_it_either(
    client: Client, monkeypatch: pytest.MonkeyPatch, db: None, settings: Settings, tmp_path: Path
) -> None:
    """A page that breaks is logged with its path, by the handler of the settings."""
    settings.STATIC_ROOT = tmp_path

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("linda@example.com")

    monkeypatch.setattr("allauth.account.views.UserTokenForm.is_valid", broken)
    handler = next(
        one for one in logging.getLogger("django.request").handlers if isinstance(one, logging.StreamHandler)
    )
    out = io.StringIO()
    monkeypatch.setattr(handler, "stream", out)
    client.raise_request_exception = False

    assert client.get(f"{LINK}?email=linda@example.com").status_code == 500

    assert "Internal Server Error: /accounts/password/set/[key]" in out.getvalue()
    assert KEY not in out.getvalue()
    assert "linda" not in out.getvalue()


def test_a_refused_start_still_says_what_to_set() -> None:
    try:
        raise ImproperlyConfigured("DSR_SECRET_KEY is not set.")
    except ImproperlyConfigured as error:
        text = PlacesOnly().formatException((type(error), error, error.__traceback__))

    assert "DSR_SECRET_KEY is not set." in text
