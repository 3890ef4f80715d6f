"""OAuth 2.0 with a refresh token that changes each time. (The API key is used by every other test.)"""

import threading
from urllib.parse import parse_qs

import httpx
import pytest

from segmetrics_client import (
    ApiKey,
    Call,
    InvalidSetting,
    OAuth2,
    RetryPolicy,
    SegMetrics,
    ServerError,
    SignIn,
    Timeout,
    Token,
    Unauthorized,
    UnexpectedAnswer,
)

from .clock import FakeClock
from .wire import contact, played

TOKEN_URL = "https://auth.example.com/token"


class Store:
    def __init__(self, token: Token) -> None:
        self.token = token
        self.saved: list[Token] = []
        self.taken = False
        self.let_goes = 0

    def load(self) -> Token:
        return self.token

    def claim(self) -> bool:
        return not self.taken

    def save(self, token: Token) -> None:
        self.token = token
        self.saved.append(token)

    def let_go(self) -> None:
        self.let_goes += 1


class Vendor:
    """Gives a new pair for each refresh token, once, and takes only the newest access token."""

    def __init__(self) -> None:
        self.generation = 0
        self.refreshes: list[dict[str, list[str]]] = []
        self.lock = threading.Lock()
        self.refused: httpx.Response | None = None
        self.revoked: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            if str(request.url) == TOKEN_URL:
                return self._token(parse_qs(request.content.decode()))
            token = request.headers["Authorization"].removeprefix("Bearer ")
            good = token == f"access-{self.generation}" and token not in self.revoked
            return contact() if good else httpx.Response(401)

    def _token(self, form: dict[str, list[str]]) -> httpx.Response:
        self.refreshes.append(form)
        if self.refused is not None:
            return self.refused
        if form["refresh_token"] != [f"refresh-{self.generation}"]:
            return httpx.Response(400, json={"error": "invalid_grant"})
        self.generation += 1
        number = self.generation
        body = {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}", "expires_in": 3600}
        return httpx.Response(200, json=body)


def pair(number: int, expires_at: float | None = None) -> Token:
    return Token(access_token=f"access-{number}", refresh_token=f"refresh-{number}", expires_at=expires_at)


def session(vendor: Vendor, store: Store, clock: FakeClock) -> SegMetrics:
    auth = OAuth2(token_url=TOKEN_URL, client_id="id", client_secret="secret", store=store, clock=clock)
    return played(vendor, auth=auth, clock=clock, retry=RetryPolicy(attempts=1))


def test_a_token_is_used_until_just_before_it_expires(clock: FakeClock) -> None:
    vendor, store = Vendor(), Store(pair(0, clock.now() + 600))
    with session(vendor, store, clock) as segmetrics:
        segmetrics.contacts.get("1")
        assert vendor.refreshes == []
        clock.sleep(600 - 30)
        segmetrics.contacts.get("1")
    assert [form["grant_type"] for form in vendor.refreshes] == [["refresh_token"]]
    assert store.saved == [pair(1, clock.now() + 3600)]


def test_a_401_renews_once_and_the_refresh_token_rotates(clock: FakeClock) -> None:
    vendor, store = Vendor(), Store(Token(access_token="stale", refresh_token="refresh-0"))
    with session(vendor, store, clock) as segmetrics:
        segmetrics.contacts.get("1")
        segmetrics.contacts.get("1")
        assert store.token.refresh_token == "refresh-1"
        vendor.revoked.add("access-1")
        segmetrics.contacts.get("1")
    assert [form["refresh_token"] for form in vendor.refreshes] == [["refresh-0"], ["refresh-1"]]
    assert store.token.refresh_token == "refresh-2"


def test_each_call_of_a_renewal_is_told(clock: FakeClock) -> None:
    vendor, store = Vendor(), Store(Token(access_token="stale", refresh_token="refresh-0"))
    told: list[Call] = []
    auth = OAuth2(token_url=TOKEN_URL, client_id="id", client_secret="secret", store=store, clock=clock)
    with played(vendor, auth=auth, clock=clock, on_call=told.append) as segmetrics:
        segmetrics.contacts.get("1")
    assert [(call.action, call.status, call.error) for call in told] == [
        ("renew token", 200, None),
        ("get contact", 401, "Unauthorized"),
        ("get contact", 200, None),
    ]


def test_what_another_process_has_renewed_is_taken_from_the_store(clock: FakeClock) -> None:
    vendor, store = Vendor(), Store(pair(0))
    with session(vendor, store, clock) as segmetrics:
        segmetrics.contacts.get("1")
        vendor.generation, store.token = 1, pair(1)
        segmetrics.contacts.get("1")
    assert vendor.refreshes == []


def test_threads_renew_once(clock: FakeClock) -> None:
    vendor, store = Vendor(), Store(Token(access_token="stale", refresh_token="refresh-0"))
    together = threading.Barrier(8)

    def play(request: httpx.Request) -> httpx.Response:
        if request.headers.get("Authorization") == "Bearer stale":
            together.wait(timeout=60)  # all of them have the old token before any of them is refused
        return vendor(request)

    auth = OAuth2(token_url=TOKEN_URL, client_id="id", client_secret="secret", store=store, clock=clock)
    with played(play, auth=auth) as segmetrics:
        threads = [threading.Thread(target=segmetrics.contacts.get, args=("1",)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(vendor.refreshes) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), Unauthorized),
        (httpx.Response(200, json={"token": "?"}), UnexpectedAnswer),
        (httpx.Response(200, text="<html>"), UnexpectedAnswer),
        (httpx.Response(500), ServerError),
    ],
)
def test_a_sign_in_that_has_ended_is_told(clock: FakeClock, answer: httpx.Response, error: type[Exception]) -> None:
    vendor, store = Vendor(), Store(pair(0, clock.now()))
    vendor.refused = answer
    with session(vendor, store, clock) as segmetrics, pytest.raises(error):
        segmetrics.contacts.get("1")
    assert store.saved == []
    assert store.let_goes == 1, "somebody else may try"


def test_whoever_does_not_get_the_right_to_renew_waits_for_the_new_token(clock: FakeClock) -> None:
    class Elsewhere(Store):
        """Another process renews, and is done at the third look."""

        def claim(self) -> bool:
            self.let_goes += 1
            if self.let_goes == 3:
                vendor.generation, self.token = 1, pair(1, clock.now() + 3600)
            return False

    vendor, store = Vendor(), Elsewhere(pair(0, clock.now()))
    with session(vendor, store, clock) as segmetrics:
        segmetrics.contacts.get("1")
    assert vendor.refreshes == []


def test_and_waits_no_longer_than_its_patience(clock: FakeClock) -> None:
    vendor, store = Vendor(), Store(pair(0, clock.now()))
    store.taken, began = True, clock.monotonic()
    with session(vendor, store, clock) as segmetrics, pytest.raises(Timeout) as late:
        segmetrics.contacts.get("1")
    assert not late.value.sent
    assert 20 <= clock.monotonic() - began < 25
    assert vendor.refreshes == []


def test_not_allowed_is_no_reason_to_renew(clock: FakeClock) -> None:
    vendor, store = Vendor(), Store(pair(0))

    def play(request: httpx.Request) -> httpx.Response:
        return vendor(request) if str(request.url) == TOKEN_URL else httpx.Response(403)

    auth = OAuth2(token_url=TOKEN_URL, client_id="id", client_secret="s", store=store, clock=clock)
    with played(play, auth=auth) as segmetrics, pytest.raises(Unauthorized):
        segmetrics.contacts.get("1")
    assert vendor.refreshes == []


def test_a_token_that_is_refused_for_good_is_not_renewed_for_ever(clock: FakeClock) -> None:
    vendor, store = Vendor(), Store(Token(access_token="stale", refresh_token="refresh-0"))

    def play(request: httpx.Request) -> httpx.Response:
        return vendor(request) if str(request.url) == TOKEN_URL else httpx.Response(401)

    auth = OAuth2(token_url=TOKEN_URL, client_id="id", client_secret="s", store=store, clock=clock)
    with played(play, auth=auth) as segmetrics, pytest.raises(Unauthorized):
        segmetrics.contacts.get("1")
    assert len(vendor.refreshes) == 1


def test_a_server_that_does_not_rotate_keeps_the_refresh_token(clock: FakeClock) -> None:
    vendor, store = Vendor(), Store(pair(0, clock.now()))
    vendor.refused = httpx.Response(200, json={"access_token": "access-0"})
    with session(vendor, store, clock) as segmetrics:
        segmetrics.contacts.get("1")
    assert store.token == pair(0)


@pytest.mark.parametrize("seconds", ["1e400", "1" + 30 * "0", "NaN", "true", '"soon"', "-5"])
def test_an_end_that_no_date_can_hold_is_none_and_the_token_is_kept(clock: FakeClock, seconds: str) -> None:
    vendor, store = Vendor(), Store(pair(0, clock.now()))
    body = f'{{"access_token": "access-0", "refresh_token": "refresh-1", "expires_in": {seconds}}}'
    vendor.refused = httpx.Response(200, content=body)
    with session(vendor, store, clock) as segmetrics:
        segmetrics.contacts.get("1")
    assert store.token == Token(access_token="access-0", refresh_token="refresh-1")


def test_secrets_do_not_show(clock: FakeClock) -> None:
    auth = OAuth2(token_url=TOKEN_URL, client_id="id", client_secret="hush", store=Store(pair(0)), clock=clock)
    sign_in = SignIn(authorize_url=TOKEN_URL, token_url=TOKEN_URL, client_id="id", client_secret="hush")
    shown = f"{ApiKey('hush')!r} {auth!r} {pair(0)!r} {sign_in!r}"
    assert "hush" not in shown
    assert "access-0" not in shown
    with pytest.raises(InvalidSetting):
        OAuth2(token_url="http://auth.example.com", client_id="i", client_secret="s", store=Store(pair(0)))
