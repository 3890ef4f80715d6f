"""A contact that is written on as it comes: whole or not at all, however the connection behaves."""

import io
import json
import logging

import httpx
import pytest

from segmetrics_client import (
    AnswerTooLarge,
    ConnectionDropped,
    ContactNotFound,
    Extend,
    RetryPolicy,
    SegMetrics,
    ServerError,
    Timeout,
    UnexpectedAnswer,
)
from segmetrics_client.sandbox.testing import Sandbox

from .clock import FakeClock
from .wire import played

ONCE = RetryPolicy(attempts=1)


class Targets:
    """Gives a new target for each attempt, and remembers them all."""

    def __init__(self) -> None:
        self.given: list[io.BytesIO] = []

    def __call__(self) -> io.BytesIO:
        self.given.append(io.BytesIO())
        return self.given[-1]

    @property
    def last(self) -> bytes:
        return self.given[-1].getvalue()


@pytest.fixture
def linda(sandbox: Sandbox) -> Sandbox:
    events = [{"type": "visit", "full_url": f"https://shop.example.com/{number}"} for number in range(3_000)]
    sandbox.add_contact(contact_id="1004", email="linda@example.com", events=events)
    return sandbox


def test_it_is_the_same_to_the_byte_as_read_whole(linda: Sandbox, segmetrics: SegMetrics) -> None:
    targets = Targets()
    download = segmetrics.contacts.download("1004", to=targets)
    assert targets.last == segmetrics.contacts.get_raw("1004", extend=Extend.ALL).content
    assert len(targets.last) > 1_000_000
    assert len(targets.given) == 1
    assert (download.status, bool(download.request_id)) == (200, True)
    assert linda.calls()[0].query == linda.calls()[1].query


def test_one_that_was_cut_is_asked_for_anew_into_a_new_target(linda: Sandbox, segmetrics: SegMetrics) -> None:
    linda.fault("cut")
    targets = Targets()
    segmetrics.contacts.download("1004", to=targets)
    broken, whole = (target.getvalue() for target in targets.given)
    assert 0 < len(broken) < len(whole)
    assert json.loads(whole)["data"]["contact_id"] == "1004"


def test_one_that_is_cut_each_time_is_an_error_of_the_connection(linda: Sandbox) -> None:
    linda.fault("cut", times=None)
    targets = Targets()
    with linda.client() as segmetrics, pytest.raises(ConnectionDropped) as caught:
        segmetrics.contacts.download("1004", to=targets)
    assert caught.value.attempts == len(targets.given) == 3


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("html", UnexpectedAnswer),
        ("wrong_shape", UnexpectedAnswer),
        ("server_error", ServerError),
        ("drop_after", ConnectionDropped),
    ],
)
def test_what_is_no_answer_is_its_own_error(linda: Sandbox, kind: str, error: type[Exception]) -> None:
    linda.fault(kind)
    with linda.client(retry=ONCE) as segmetrics, pytest.raises(error):
        segmetrics.contacts.download("1004", to=Targets())


def test_a_body_that_only_begins_well_is_its_readers_affair(linda: Sandbox, segmetrics: SegMetrics) -> None:
    linda.fault("malformed_json")
    targets = Targets()
    segmetrics.contacts.download("1004", to=targets)
    assert targets.last.startswith(b'{"status"')


@pytest.mark.parametrize("body", [b"", b"null", b"[1]", b"<html>", b"\xff\xfe<", b"  "])
def test_no_object_no_download(body: bytes) -> None:
    with played(lambda _: httpx.Response(200, content=body)) as segmetrics, pytest.raises(UnexpectedAnswer):
        segmetrics.contacts.download("1004", to=Targets())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("kind", ["application/json", "text/html", ""])
def test_an_object_is_one_whatever_it_is_labelled(encoding: str, kind: str) -> None:
    content = ' \r\n{"data": {}}'.encode(encoding)
    targets = Targets()
    with played(lambda _: httpx.Response(200, content=content, headers={"Content-Type": kind})) as segmetrics:
        segmetrics.contacts.download("1004", to=targets)
    assert targets.last == content


def test_where_nobody_is_there_nothing_is_written(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    targets = Targets()
    with pytest.raises(ContactNotFound):
        segmetrics.contacts.download("1", to=targets)
    assert targets.given == []


def test_the_limit_of_downloads_is_their_own(linda: Sandbox) -> None:
    targets = Targets()
    with linda.client(max_answer_bytes=1_000, max_download_bytes=10_000_000) as segmetrics:
        segmetrics.contacts.download("1004", to=targets)
        with pytest.raises(AnswerTooLarge):
            segmetrics.contacts.get("1004", extend=Extend.ALL)
    with linda.client(max_download_bytes=100_000) as segmetrics, pytest.raises(AnswerTooLarge, match="100000 bytes"):
        segmetrics.contacts.download("1004", to=targets)
    assert len(targets.last) <= 100_000


def test_a_slow_one_times_out(linda: Sandbox) -> None:
    linda.fault("slow", delay=30)
    with linda.client(retry=ONCE, download_timeout=0.1) as hasty, pytest.raises(Timeout):
        hasty.contacts.download("1004", to=Targets())
    linda.fault("slow", delay=0.4)
    with linda.client(retry=ONCE, timeout=0.1, download_timeout=60) as patient:
        patient.contacts.download("1004", to=Targets())


def test_each_attempt_is_paced_and_told_and_nothing_personal_is_logged(
    linda: Sandbox, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    linda.fault("cut")
    told: list[tuple[int, int | None, str | None]] = []
    caplog.set_level(logging.DEBUG)
    with linda.client(
        clock=clock, rate_per_minute=60, on_call=lambda call: told.append((call.attempt, call.status, call.error))
    ) as segmetrics:
        segmetrics.contacts.download("linda@example.com", to=Targets())
    assert told == [(1, None, "ConnectionDropped"), (2, 200, None)]
    assert "linda" not in caplog.text
    assert "shop.example.com" not in caplog.text


def test_a_target_that_fails_is_not_tried_again(linda: Sandbox, segmetrics: SegMetrics) -> None:
    class Full:
        def write(self, _: bytes) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        segmetrics.contacts.download("1004", to=Full)
    assert len(linda.calls()) == 1
    assert segmetrics.contacts.get("1004").contact_id == "1004"
