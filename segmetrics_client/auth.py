"""Who is calling: an API key, or OAuth 2.0 with a refresh token that changes each time it is used."""

import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeGuard

from .addresses import check_base_url
from .answers import Answer, raise_for_status
from .clock import SYSTEM_CLOCK, Clock
from .errors import InvalidSetting, NotFound, SegMetricsError, Timeout, Unauthorized, UnexpectedAnswer

#: Post a form to an address and get the answer; a session lends it to its auth.
PostForm = Callable[[str, Mapping[str, str]], Answer]


RENEW = "renew token"
_LOOK_AGAIN = 0.2
_LONGEST_LIFE = 10 * 366 * 24 * 60 * 60
"""In seconds. JSON spells numbers that no date can hold."""


class Auth(Protocol):
    """How a call is signed."""

    def headers(self, post_form: PostForm) -> Mapping[str, str]:
        """The headers of the next call."""

    def refused(self, sent: Mapping[str, str], post_form: PostForm, *, status: int) -> bool:
        """The service answered 401 or 403 to these headers. True where the next ones are worth one more try."""


class ApiKey:
    """The account's API key, sent bare in ``Authorization``, with no ``Bearer`` before it."""

    def __init__(self, key: str) -> None:
        if not isinstance(key, str) or not key.isascii() or not key.isprintable() or not key or " " in key:
            raise InvalidSetting("The API key is empty or holds spaces or odd characters. Copy it again.")
        self._key = key

    def headers(self, post_form: PostForm) -> Mapping[str, str]:  # noqa: ARG002
        return {"Authorization": self._key}

    def refused(self, sent: Mapping[str, str], post_form: PostForm, *, status: int) -> bool:  # noqa: ARG002
        return False

    def __repr__(self) -> str:
        return "ApiKey(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What an authorization server gave. ``expires_at`` is Unix time; None where it wasn't said."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: float | None = None


class TokenStore(Protocol):
    """Where the token lives between runs, perhaps shared by several processes. Keep it encrypted."""

    def load(self) -> Token:
        """The newest token."""

    def claim(self) -> bool:
        """Take the right to renew the token that was loaded last, alone and for a short while.

        False where somebody else is renewing it, or has just done so. It ends by ``save`` or ``let_go``, or after its
        while, when whoever had it was killed.
        """

    def save(self, token: Token) -> None:
        """Keep it for good before returning: the refresh token it replaces is spent."""

    def let_go(self) -> None:
        """The renewal failed; somebody else may try."""


class OAuth2:
    """OAuth 2.0 with a refresh token (RFC 6749, section 6), rotated at each use.

    ASSUMED: the REST API is documented with a key alone. The access token is renewed ``leeway`` seconds
    before it expires, and once after a 401. A refresh token is good once, so of all threads and processes that
    share a store exactly one renews; the others wait for what it gets, at most ``patience`` seconds. Whoever is
    killed after the server has spent the refresh token takes the new one along: then renewing ends as Unauthorized.
    """

    def __init__(
        self,
        *,
        token_url: str,
        client_id: str,
        client_secret: str,
        store: TokenStore,
        leeway: float = 60.0,
        patience: float = 20.0,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._token_url = check_base_url(token_url)
        self._client = client_fields(client_id, client_secret)
        self._store = store
        self._leeway = leeway
        self._patience = patience
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None

    def headers(self, post_form: PostForm) -> Mapping[str, str]:
        with self._lock:
            token = self._token or self._store.load()
            if token.expires_at is not None and self._clock.now() >= token.expires_at - self._leeway:
                token = self._renew(token, post_form)
            self._token = token
            return _bearer(token)

    def refused(self, sent: Mapping[str, str], post_form: PostForm, *, status: int) -> bool:
        if status != 401:  # signed in, and not allowed: another token of the same grant changes nothing
            return False
        with self._lock:
            # Where another thread has renewed it meanwhile, there is a token that hasn't been tried yet.
            if self._token is not None and _bearer(self._token) == sent:
                self._token = self._renew(self._token, post_form)
            return True

    def __repr__(self) -> str:
        return "OAuth2(…)"

    def _renew(self, old: Token, post_form: PostForm) -> Token:
        until = self._clock.monotonic() + self._patience
        while True:
            stored = self._store.load()
            if stored.access_token != old.access_token:
                return stored
            if self._store.claim():
                return self._spend(stored, post_form)
            if self._clock.monotonic() >= until:
                raise Timeout(
                    "The sign-in is being renewed elsewhere, and that takes long. Try again in a few minutes.",
                    action=RENEW,
                    sent=False,
                )
            self._clock.sleep(_LOOK_AGAIN)

    def _spend(self, old: Token, post_form: PostForm) -> Token:
        form = {"grant_type": "refresh_token", "refresh_token": old.refresh_token, **self._client}
        try:
            token = read_token(post_form(self._token_url, form), action=RENEW, old=old, now=self._clock.now())
        except SegMetricsError:
            self._store.let_go()
            raise
        # In memory first: were saving it to fail, this session still holds the only token that works.
        self._token = token
        self._store.save(token)
        return token


def read_token(answer: Answer, *, action: str, now: float, old: Token | None = None) -> Token:
    """What a token endpoint answered. Raises Unauthorized where the sign-in doesn't hold."""
    if answer.status in (400, 401, 403):
        raise Unauthorized(
            "The sign-in to SegMetrics has ended. Connect the account again.",
            action=action,
            status=answer.status,
            request_id=answer.request_id,
        )
    raise_for_status(answer, action=action, missing=NotFound, now=now)
    body: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        body = json.loads(answer.content)
    given: dict[str, Any] = body if isinstance(body, dict) else {}
    access = given.get("access_token")
    # A server that doesn't rotate gives no new one: the old one stays good.
    refresh = given.get("refresh_token") or (old.refresh_token if old else None)
    if not _is_token(access) or not _is_token(refresh):
        raise UnexpectedAnswer(
            "The sign-in server gave no token. Try again in a few minutes.",
            action=action,
            status=answer.status,
            request_id=answer.request_id,
        )
    return Token(
        access_token=access,
        refresh_token=refresh,
        expires_at=_end(given.get("expires_in"), now=now),
    )


def _end(seconds: Any, *, now: float) -> float | None:
    """When that is; None for what no server can mean. A token without an end is renewed once it is refused."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= _LONGEST_LIFE:
        return None
    return now + seconds


def _is_token(value: Any) -> TypeGuard[str]:
    """Something that can stand in a header."""
    return isinstance(value, str) and value != "" and value.isascii() and value.isprintable() and " " not in value


def client_fields(client_id: str, client_secret: str) -> dict[str, str]:
    """Who asks (RFC 6749, section 2.3.1). A client without a secret has PKCE alone."""
    return {"client_id": client_id, **({"client_secret": client_secret} if client_secret else {})}


def _bearer(token: Token) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.access_token}"}
