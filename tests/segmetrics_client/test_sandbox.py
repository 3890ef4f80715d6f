"""The sandbox itself: its demo cast, its admin path, and as a process of its own."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, date, datetime
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from segmetrics_client import Extend, RetryPolicy, SegMetrics
from segmetrics_client.sandbox.demo import TROUBLE
from segmetrics_client.sandbox.engine import Engine
from segmetrics_client.sandbox.server import SandboxServer
from segmetrics_client.sandbox.store import Store
from segmetrics_client.sandbox.testing import Sandbox

ROOT = Path(__file__).parents[2]
LINDA = "linda.dare@example.com"


@pytest.fixture(scope="module")
def demo() -> Iterator[Sandbox]:
    with Sandbox.start(seed="demo") as sandbox:
        yield sandbox


def test_the_demo_holds_linda_and_tom(demo: Sandbox) -> None:
    with demo.client() as segmetrics:
        linda = segmetrics.contacts.get("1004", extend=Extend.ALL)
        tom = segmetrics.contacts.get("2087", extend=Extend.ALL)
        assert [found.contact_id for found in segmetrics.contacts.search(email=LINDA)] == ["1004"]
    assert (linda.full_name, linda.email, tom.full_name, tom.email) == (
        "Linda Dare",
        LINDA,
        "Tom Dare",
        LINDA,
    )
    (order,), (subscription,) = linda.orders, linda.subscriptions
    assert (order.order_id, order.total) == ("234115", 4500)
    assert isinstance(order.date_created, datetime)
    assert order.date_created.date() == date(2018, 10, 3)
    assert subscription.id == "7712"
    assert (len(linda.tags), len(linda.events)) == (3, 214)
    assert linda.last_activity == datetime(2021, 12, 31, tzinfo=UTC)
    sources = [contact.lead_source() for contact in (linda, tom)]
    assert [source.label for source in sources if source] == ["paid, Retargeting", "direct"]
    assert tom.orders == []
    assert tom.last_activity is not None
    assert tom.last_activity.date() == date(2026, 2, 2)


def test_the_demo_has_a_crowd_with_the_names_that_break_software(demo: Sandbox) -> None:
    with demo.client() as segmetrics:
        people = segmetrics.reports.contacts(start=date(2000, 1, 1), end=date(2026, 12, 31))
        by_email = {person.email: person for person in people}
        for first, last, email in TROUBLE:
            assert (by_email[email].first_name, by_email[email].last_name) == (first, last)
            assert segmetrics.contacts.search(email=email)[0].first_name == first
    assert people.complete
    assert people.looked_at > 320
    assert max(len(first) for first, _, _ in TROUBLE) > 280


def test_in_the_demo_only_the_second_account_has_colliding_ids(demo: Sandbox) -> None:
    def ids(account: str) -> list[str]:
        return [contact["contact_id"] for contact in demo.contacts(account=account)]

    assert len(ids("acme1")) == len(set(ids("acme1")))
    assert sorted(ids("acme2")) == ["1004", "1004", "1005"]
    assert demo.invoice_exists("int9", "26", account="acme2")
    assert demo.invoice_exists("int12", "26", account="acme2")
    with demo.client(account_id="acme2") as segmetrics:
        assert segmetrics.contacts.get("1004").full_name == "Petra Vogel"


def test_the_demo_is_the_same_each_time() -> None:
    with Sandbox.start(seed="demo") as one, Sandbox.start(seed="demo") as other:
        state = one.state()
        assert state == other.state()
    dated = [*state["contacts"], *state["tags"], *state["sales"]]
    assert max(item["date_created"] for item in dated) < "2026-11"  # nothing is dated by when it was planted


def test_data_is_kept_and_a_second_seed_changes_nothing(tmp_path: Path) -> None:
    data = tmp_path / "sandbox.sqlite3"
    with Sandbox.start(seed="demo", data=data) as sandbox, sandbox.client() as segmetrics:
        segmetrics.contacts.delete("1004")
        before = sandbox.state()
    with Sandbox.start(seed="demo", data=data) as sandbox:
        assert not sandbox.contact_exists("int9", "1004")
        assert sandbox.state() == before


def test_calls_are_recorded_in_order(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    sandbox.add_contact(contact_id="1", email="a+b@example.com")
    segmetrics.contacts.get("a+b@example.com", extend=Extend.TAGS)
    segmetrics.tags.add("1", ["VIP"])
    segmetrics.contacts.delete("1")
    read, tagged, deleted = sandbox.calls()
    assert (read.host, read.object_id, read.query, read.status) == (
        "read",
        "a+b@example.com",
        {"extend": "tags"},
        200,
    )
    assert (tagged.object, tagged.object_id, tagged.body) == (
        "tags",
        "add",
        {"contact_id": "1", "tags": ["VIP"]},
    )
    assert (deleted.method, deleted.integration, deleted.object, deleted.object_id) == (
        "DELETE",
        "int9",
        "contact",
        "1",
    )
    assert [call.number for call in (read, tagged, deleted)] == [1, 2, 3]
    assert sandbox.deletes() == [deleted]
    sandbox.reset_calls()
    assert sandbox.calls() == []


def test_things_can_be_changed_behind_the_api(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    sandbox.add_contact(contact_id="1", first_name="Ada", email="ada@example.com")
    sandbox.add_event(contact_id="1", channel="paid", date_created="2024-05-01")
    sandbox.add_invoice(invoice_id="26", contact_id="1")
    sandbox.rename_contact("1", first_name="Eda", email="eda@example.com")
    sandbox.remove("invoice", "26")
    eda = segmetrics.contacts.get("1", extend=Extend.ALL)
    assert (eda.first_name, eda.email, eda.orders) == ("Eda", "eda@example.com", [])
    assert [event.channel for event in eda.events] == ["paid"]
    assert sandbox.state()["contacts"][0]["contact_id"] == "1"
    sandbox.add_integration("int77")
    sandbox.add_contact(contact_id="2", integration="int77")
    assert sandbox.contact_exists("int77", "2")


def test_what_the_admin_path_cannot_do_fails_a_test(sandbox: Sandbox) -> None:
    for refused in (
        lambda: sandbox.remove("contact", "99"),
        lambda: sandbox.rename_contact("99", first_name="x"),
        lambda: sandbox.add_contact(contact_id="1", integration="nowhere"),
        lambda: sandbox.admin("POST", "nonsense"),
        lambda: sandbox.settings(gravity=0),
        lambda: sandbox.admin("POST", "seed", {"name": "unknown"}),
    ):
        with pytest.raises(AssertionError, match="refused"):
            refused()


def test_latency_is_added_to_each_answer(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    sandbox.latency(60)
    started = time.monotonic()
    segmetrics.account_reachable()
    assert time.monotonic() - started >= 0.06


def test_a_helper_can_connect_to_one_that_runs_elsewhere(sandbox: Sandbox) -> None:
    with Sandbox.connect(sandbox.url) as same:
        same.add_contact(contact_id="1")
    assert sandbox.contact_exists("int9", "1")


def test_the_admin_path_is_shut_on_an_open_address() -> None:
    server = SandboxServer(("127.0.0.1", 0), Engine(Store()))
    server.server_close()
    open_server = SandboxServer(("0.0.0.0", 0), Engine(Store()))  # noqa: S104 - never served
    open_server.server_close()
    assert (server.admin_allowed, open_server.admin_allowed) == (True, False)
    for each in (server, open_server):
        each.engine.store.close()


def test_a_page_from_elsewhere_cannot_use_the_admin_path(sandbox: Sandbox) -> None:
    with closing(HTTPConnection("127.0.0.1", sandbox.port, timeout=5)) as connection:
        connection.request("POST", "/_admin/reset", headers={"Host": "evil.example.com"})
        assert connection.getresponse().status == 404


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    running = subprocess.Popen(
        [sys.executable, "-m", "segmetrics_client.sandbox", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with running:
        try:
            yield running
        finally:
            running.kill()


def first_line(running: subprocess.Popen[str]) -> str:
    assert running.stdout is not None
    return running.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_serves_keeps_its_data_and_stops_when_told(tmp_path: Path, number: signal.Signals) -> None:
    data = tmp_path / "deeper" / "sandbox.sqlite3"
    with process("--port", "0", "--data", str(data), "--seed", "demo") as running:
        line = first_line(running)
        assert line.startswith("SegMetrics sandbox listening on http://127.0.0.1:")
        sandbox = Sandbox.connect(line.rsplit(" ", 1)[1])
        sandbox.fault("slow", delay=30)
        often = RetryPolicy(attempts=50, first_wait=0.01, longest_wait=0.1)
        with sandbox.client(timeout=0.5, retry=often) as segmetrics:
            assert segmetrics.contacts.get("1004").full_name == "Linda Dare"
            segmetrics.contacts.delete("1004")
        running.send_signal(number)
        assert running.wait(timeout=60) == 0
        assert running.stderr is not None
        assert running.stderr.read() == ""
    with Sandbox.start(data=data) as again:
        assert not again.contact_exists("int9", "1004")
        assert again.contact_exists("int9", "2087")


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with process("--port", str(port)) as running:
            _, errors = running.communicate(timeout=60)
            assert running.returncode == 3
    assert errors.splitlines() == [f"Port {port} is taken. Stop what listens there, or choose another with --port."]


@pytest.mark.parametrize("port", ["99999", "-1", "http"])
def test_a_port_that_is_none_is_told(port: str) -> None:
    with process("--port", port) as running:
        _, errors = running.communicate(timeout=60)
        assert running.returncode == 2
    assert "0 to 65535" in errors or "--port" in errors
    assert "Traceback" not in errors


def test_a_data_file_that_is_none_is_told_in_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.sqlite3"
    broken.write_text("this is not a database, and far longer than a header of one would be" * 20)
    with process("--port", "0", "--data", str(broken)) as running:
        _, errors = running.communicate(timeout=60)
        assert running.returncode == 4
    assert len(errors.splitlines()) == 1
    assert "--data" in errors


def test_its_answers_are_json_with_a_request_id(sandbox: Sandbox) -> None:
    ids = []
    with closing(HTTPConnection("127.0.0.1", sandbox.port, timeout=5)) as connection:
        for _ in range(2):  # on one connection
            connection.request("GET", "/read/acme1/contact/1", headers={"Authorization": "sandbox-key"})
            response = connection.getresponse()
            assert json.loads(response.read()) == {"message": "Contact not found"}
            ids.append(response.headers["X-Request-Id"])
    assert len(set(ids)) == 2


def test_a_call_that_still_waits_has_no_effect_after_a_reset(sandbox: Sandbox) -> None:
    sandbox.add_contact(contact_id="1004", email="linda@example.com")
    sandbox.fault("slow", method="DELETE", delay=0.5)

    def delete() -> None:
        # Tried again by the client, it would delete the new contact, as it should: so by hand, and once.
        with closing(HTTPConnection(urlsplit(sandbox.url).netloc)) as wire:
            path = f"{urlsplit(sandbox.import_url).path}/{sandbox.account_id}/int9/contact/1004"
            with suppress(RemoteDisconnected):
                wire.request("DELETE", path, headers={"Authorization": sandbox.api_key})
                wire.getresponse()

    late = threading.Thread(target=delete)
    late.start()
    while not sandbox.calls():
        time.sleep(0.01)
    sandbox.reset()
    sandbox.add_contact(contact_id="1004", email="linda@example.com")
    late.join()
    assert sandbox.contact_exists("int9", "1004")
