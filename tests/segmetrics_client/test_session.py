"""What a session may do, how it is shared, and the control read."""

from typing import Any

import httpx
import pytest

from segmetrics_client import (
    ActionNotAllowed,
    ApiKey,
    Call,
    InvalidSetting,
    MissingIntegration,
    NotFound,
    RetryPolicy,
    SegMetrics,
    ServerError,
    Unauthorized,
    UnexpectedAnswer,
)
from segmetrics_client.sandbox.testing import Sandbox

from .wire import contact, played


def test_the_control_read_tells_a_wrong_account_from_nobody(sandbox: Sandbox, segmetrics: SegMetrics) -> None:
    assert segmetrics.contacts.search(email="nobody@example.com") == []
    assert segmetrics.account_reachable() is True
    with sandbox.client(account_id="acme9") as elsewhere:
        assert elsewhere.contacts.search(email="nobody@example.com") == []
        assert elsewhere.account_reachable() is False
        with pytest.raises(NotFound):
            elsewhere.check()
    assert all(call.method == "GET" for call in sandbox.calls())


def test_a_wrong_key_is_no_wrong_account(sandbox: Sandbox) -> None:
    with sandbox.client(auth=ApiKey("wrong")) as segmetrics:
        for ask in (segmetrics.check, segmetrics.account_reachable, lambda: segmetrics.contacts.get("1")):
            with pytest.raises(Unauthorized, match="API key"):
                ask()
        with pytest.raises(Unauthorized):
            segmetrics.contacts.delete("1")


def test_one_reading_session_writes_to_several_integrations(sandbox: Sandbox) -> None:
    for integration in ("int9", "int12"):
        sandbox.add_contact(contact_id="1004", integration=integration)
    with sandbox.client(integration_id=None) as segmetrics:
        with pytest.raises(MissingIntegration):
            segmetrics.contacts.delete("1004")
        assert sandbox.calls() == []
        with segmetrics.for_integration("int12") as courses:
            courses.contacts.delete("1004")
        # Closing what was lent out closes nothing.
        assert segmetrics.contacts.get("1004").contact_id == "1004"
    assert sandbox.contact_exists("int9", "1004")
    assert [call.integration for call in sandbox.deletes()] == ["int12"]


def test_a_session_that_may_only_read_writes_nothing(sandbox: Sandbox) -> None:
    sandbox.add_contact(contact_id="1")
    with sandbox.client(read_only=True) as segmetrics:
        for session in (segmetrics, segmetrics.for_integration("int12", read_only=False)):
            with pytest.raises(ActionNotAllowed):
                session.contacts.delete("1")
            with pytest.raises(ActionNotAllowed):
                session.tags.add("1", ["VIP"])
        assert segmetrics.contacts.get("1")
    assert [call.method for call in sandbox.calls()] == ["GET"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"account_id": ""},
        {"account_id": "../other"},
        {"integration_id": "int9/contact"},
        {"import_url": "http://import.example.com"},
        {"read_url": "ftp://127.0.0.1"},
        {"read_url": "https://user:pass@example.com"},
        {"read_url": "https://example.com?key=1"},
        {"read_url": "https://[broken"},
        {"read_url": "not an address"},
        {"rate_per_minute": 0},
    ],
)
def test_settings_that_cannot_be_used_are_refused(wrong: dict[str, Any]) -> None:
    settings: dict[str, Any] = {"account_id": "a1", "auth": ApiKey("k")} | wrong
    with pytest.raises(InvalidSetting):
        SegMetrics(**settings)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8787/x", "http://localhost/x/", "http://[::1]:1", "https://example.com"]
)
def test_plain_http_only_to_this_machine(url: str) -> None:
    SegMetrics(account_id="a1", auth=ApiKey("k"), read_url=url).close()


@pytest.mark.parametrize("key", ["", " ", "a b", "a\nb", "ключ"])
def test_a_key_that_cannot_stand_in_a_header(key: str) -> None:
    with pytest.raises(InvalidSetting):
        ApiKey(key)


def test_the_key_goes_bare_and_the_address_is_the_documented_one() -> None:
    seen: list[httpx.Request] = []

    def play(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        body = {"id": "7", "status": "success", "object": "invoice", "deleted": True}
        return httpx.Response(200, json=body) if request.method == "DELETE" else contact()

    with played(play) as segmetrics:
        segmetrics.contacts.get("a/b+c@example.com")
        segmetrics.invoices.delete("7")
    assert [str(request.url) for request in seen] == [
        "https://api.segmetrics.io/a1b2c3/contact/a%2Fb%2Bc%40example.com",
        "https://import.segmetrics.io/api/v1/a1b2c3/int9/invoice/7",
    ]
    assert {request.headers["Authorization"] for request in seen} == {"secret-key"}


@pytest.mark.parametrize("status", [301, 302, 307])
def test_redirects_are_not_followed(status: int) -> None:
    calls: list[str] = []

    def play(request: httpx.Request) -> httpx.Response:
        calls.append(request.url.host)
        return httpx.Response(status, headers={"Location": "https://evil.example.com/"})

    with played(play) as segmetrics, pytest.raises(UnexpectedAnswer):
        segmetrics.contacts.get("1")
    assert calls == ["api.segmetrics.io"]


def test_an_answer_that_is_too_large_is_not_read() -> None:
    with (
        played(lambda _: contact(first_name="x" * 5000), max_answer_bytes=1000) as segmetrics,
        pytest.raises(UnexpectedAnswer, match="larger than 1000 bytes"),
    ):
        segmetrics.contacts.get("1")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"x"',
        b"{",
        b'{"data": {"contact_id": "1", "x": NaN}}',
        b'{"data": []}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_answers_that_are_no_object(body: bytes) -> None:
    with played(lambda _: httpx.Response(200, content=body)) as segmetrics, pytest.raises(UnexpectedAnswer):
        segmetrics.contacts.get("1")


@pytest.mark.parametrize(
    "body",
    [
        {"id": "2087", "status": "success", "object": "contact", "deleted": True},
        {"id": "1004", "status": "success", "object": "invoice", "deleted": True},
        {"id": "1004", "status": "success", "object": "contact", "deleted": "yes"},
        {"id": "1004", "status": "success", "object": "contact"},
        {"status": "success"},
    ],
)
def test_a_delete_that_is_not_confirmed_is_not_believed(body: dict[str, object]) -> None:
    with played(lambda _: httpx.Response(200, json=body)) as segmetrics, pytest.raises(UnexpectedAnswer):
        segmetrics.contacts.delete("1004")


def test_a_number_confirms_as_well_as_text() -> None:
    body = {"id": 1004, "status": "success", "object": "contact", "deleted": True}
    with played(lambda _: httpx.Response(200, json=body)) as segmetrics:
        assert segmetrics.contacts.delete("1004").id == "1004"


def test_a_write_without_success_is_not_believed() -> None:
    with (
        played(lambda _: httpx.Response(200, json={"status": "error"})) as segmetrics,
        pytest.raises(UnexpectedAnswer),
    ):
        segmetrics.tags.add("1", ["VIP"])


def test_each_attempt_is_told(sandbox: Sandbox) -> None:
    told: list[Call] = []
    sandbox.add_contact(contact_id="1004")
    sandbox.fault("server_error")
    with sandbox.client(on_call=told.append) as segmetrics:
        segmetrics.contacts.delete("1004")
    assert [(call.action, call.integration_id, call.attempt, call.status, call.error) for call in told] == [
        ("delete contact", "int9", 1, 500, "ServerError"),
        ("delete contact", "int9", 2, 200, None),
    ]
    assert all(call.request_id and call.seconds >= 0 for call in told)


def test_outside_of_the_grant_nothing_leaves_and_it_is_told(sandbox: Sandbox) -> None:
    told: list[Call] = []
    sandbox.add_contact(contact_id="1004")
    with sandbox.client(actions={"get contact", "delete invoice"}, on_call=told.append) as segmetrics:
        assert segmetrics.contacts.get("1004")
        for refused in (
            lambda: segmetrics.for_integration("int12").contacts.delete("1004"),
            lambda: segmetrics.tags.add("1004", ["VIP"]),
            lambda: segmetrics.contacts.search(email="linda@example.com"),
        ):
            with pytest.raises(ActionNotAllowed, match="Nothing was sent"):
                refused()
    assert [(call.action, call.attempt, call.status, call.error) for call in told] == [
        ("get contact", 1, 200, None),
        ("delete contact", 0, None, "ActionNotAllowed"),
        ("add contact tags", 0, None, "ActionNotAllowed"),
        ("search contacts", 0, None, "ActionNotAllowed"),
    ]
    assert [call.method for call in sandbox.calls()] == ["GET"]


def test_a_hook_that_fails_undoes_nothing(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: Call) -> None:
        raise RuntimeError("linda@example.com")

    sandbox.add_contact(contact_id="1004")
    with sandbox.client(on_call=broken) as segmetrics:
        assert segmetrics.contacts.delete("1004")
    assert "RuntimeError" in caplog.text
    assert "linda" not in caplog.text


def test_a_proxy_of_the_environment_never_sees_what_stays_here(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with sandbox.client() as segmetrics:
        assert segmetrics.account_reachable()


def test_errors_carry_what_support_needs(sandbox: Sandbox) -> None:
    sandbox.fault("server_error", times=None)
    with (
        sandbox.client(retry=RetryPolicy(attempts=2, first_wait=0)) as segmetrics,
        pytest.raises(ServerError) as caught,
    ):
        segmetrics.contacts.get("1")
    error = caught.value
    assert (error.action, error.status, error.attempts, error.retryable) == ("get contact", 500, 2, True)
    assert error.request_id
    assert error.request_id in str(error)
