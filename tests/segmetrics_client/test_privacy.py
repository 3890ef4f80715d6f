"""Nothing personal in a log line, a text of an error, a repr, or anything an error is chained to."""

import logging
import logging.config
import traceback
from collections.abc import Callable
from contextlib import ExitStack

import httpx
import pytest

from segmetrics_client import (
    ContactUpdate,
    Extend,
    InvalidIdentifier,
    NewInvoice,
    RetryPolicy,
    SegMetrics,
    SegMetricsError,
    UnsafeDelete,
)
from segmetrics_client.sandbox.testing import Sandbox

from .wire import contact, played

SECRET = "linda.dare"
EMAIL = f"{SECRET}@example.com"


def chain(error: BaseException) -> str:
    """All that a logger, a debug page or an error tracker could print of it, short of local variables."""
    texts: list[str] = []
    link: BaseException | None = error
    while link is not None:
        texts += [str(link), repr(link), repr(link.args)]
        link = link.__cause__ or link.__context__
    return "\n".join([*texts, "".join(traceback.format_exception(error))])


KINDS = ["rate_limit", "server_error", "drop_before", "drop_after", "malformed_json", "html", "wrong_shape"]


@pytest.mark.parametrize("kind", [*KINDS, None])
def test_a_failing_lookup_by_email_says_nothing_about_whom(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture, kind: str | None
) -> None:
    if kind is not None:
        sandbox.fault(kind, times=None)
    with (
        caplog.at_level(logging.DEBUG),
        sandbox.client(retry=RetryPolicy(attempts=2, first_wait=0)) as segmetrics,
        pytest.raises(SegMetricsError) as caught,
    ):
        segmetrics.contacts.get(EMAIL)
    for text in (chain(caught.value), caplog.text):
        assert SECRET not in text
        assert "127.0.0.1" not in text
        assert "sandbox-key" not in text
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def timed_out(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout(f"timed out at {request.url}", request=request)


def invalid(request: httpx.Request) -> httpx.Response:
    raise httpx.InvalidURL(f"bad {request.url}")


def undecodable(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(EMAIL.encode()))


def echoing(_: httpx.Request) -> httpx.Response:
    return httpx.Response(400, json={"errors": [f"{EMAIL} is wrong"]}, headers={"X-Request-Id": f"<{EMAIL}>"})


def odd_shape(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"data": {"email": EMAIL}})


def unconfirmed(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"id": EMAIL, "deleted": True})


@pytest.mark.parametrize("play", [timed_out, invalid, undecodable, echoing, odd_shape, unconfirmed])
def test_what_the_service_echoes_is_not_repeated(
    play: Callable[[httpx.Request], httpx.Response], caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        played(play, retry=RetryPolicy(attempts=1)) as segmetrics,
        pytest.raises(SegMetricsError) as caught,
    ):
        segmetrics.contacts.get(EMAIL)
    assert SECRET not in chain(caught.value) + caplog.text
    assert "segmetrics.io" not in chain(caught.value) + caplog.text


def test_what_is_refused_here_is_not_repeated_either(segmetrics: SegMetrics) -> None:
    with pytest.raises(UnsafeDelete) as unsafe:
        segmetrics.contacts.delete(EMAIL)
    with pytest.raises(InvalidIdentifier) as broken:
        segmetrics.contacts.get(EMAIL + "\ud800")
    with pytest.raises(ValueError, match="1 validation error") as invalid_update:
        ContactUpdate(contact_id="1", first_name=[SECRET])
    for caught in (unsafe, broken, invalid_update):
        assert SECRET not in chain(caught.value)


def test_a_good_call_logs_what_was_done_and_not_to_whom(
    sandbox: Sandbox, segmetrics: SegMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.add_contact(contact_id="1004", email=EMAIL)
    with caplog.at_level(logging.DEBUG):
        (linda,) = segmetrics.contacts.search(email=EMAIL, extend=Extend.ALL)
    assert "search contacts: 200" in caplog.text
    assert SECRET not in caplog.text
    update = ContactUpdate(email=EMAIL)
    invoice = NewInvoice(id=1, email=EMAIL, amount=1, paid=1, date_created="2024-01-01T00:00:00")
    raw = segmetrics.contacts.get_raw(EMAIL)
    assert SECRET not in f"{linda!r} {linda} {update!r} {update} {invoice!r} {raw!r} {segmetrics!r}"


def test_other_users_of_httpx_keep_their_log(caplog: pytest.LogCaptureFixture) -> None:
    with played(lambda _: contact()) as segmetrics, caplog.at_level(logging.INFO, logger="httpx"):
        segmetrics.contacts.get("1004")
        with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as other:
            other.get("https://example.com/theirs")
    assert [record.name for record in caplog.records if record.name == "httpx"] == ["httpx"]
    assert "theirs" in caplog.text


def test_a_logging_configuration_made_later_does_not_undo_it(
    sandbox: Sandbox, segmetrics: SegMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    talkative = ("httpx", "httpcore", "httpcore.connection", "httpcore.http11")
    with ExitStack() as stack:
        for name in talkative:
            stack.enter_context(caplog.at_level(logging.DEBUG, logger=name))
        logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})
        assert segmetrics.contacts.search(email=EMAIL) == []
    assert [record.name for record in caplog.records if record.name.startswith("http")] == []
    assert SECRET not in caplog.text
