"""Who is calling: an API key, or OAuth 2.0 with a refresh token that changes each time it is used."""

import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .addresses import check_base_url
from .answers import Answer, raise_for_status
from .clock import SYSTEM_CLOCK, Clock
from .errors import InvalidSetting, NotFound, Unauthorized, UnexpectedAnswer

#: Post a form to an address and get the answer; a session lends it to its auth.
PostForm = Callable[[str, Mapping[str, str]], Answer]


class Auth(Protocol):
    """How a call is signed."""

    def headers(self, post_form: PostForm) -> Mapping[str, str]:
        """The headers of the next call."""

    def refused(self, sent: Mapping[str, str], post_form: PostForm) -> bool:
        """The service answered 401 to these headers. True where the next ones are worth one more try."""


class ApiKey:
    """The account's API key, sent bare in ``Authorization``, with no ``Bearer`` before it."""

    def __init__(self, key: str) -> None:
        if not isinstance(key, str) or not key.isascii() or not key.isprintable() or not key or " " in key:
            raise InvalidSetting("The API key is empty or holds spaces or odd characters. Copy it again.")
        self._key = key

    def headers(self, post_form: PostForm) -> Mapping[str, str]:  # noqa: ARG002
        return {"Authorization": self._key}

    def refused(self, sent: Mapping[str, str], post_form: PostForm) -> bool:  # noqa: ARG002
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
    """Where the token lives between runs. Keep it encrypted."""

    def load(self) -> Token:
        """The newest token."""

    def save(self, token: Token) -> None:
        """Keep it for good before returning: the refresh token it replaces is spent."""


class OAuth2:
    """OAuth 2.0 with a refresh token (RFC 6749, section 6), rotated at each use.

    ASSUMED: the REST API is documented with a key alone. The access token is renewed ``leeway`` seconds
    before it expires, and once after a 401. Threads of one process renew one after the other; before
    renewing, the store is read again, in case another process has just done it.
    """

    def __init__(
        self,
        *,
        token_url: str,
        client_id: str,
        client_secret: str,
        store: TokenStore,
        leeway: float = 60.0,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._token_url = check_base_url(token_url)
        self._client_id = client_id
        self._client_secret = client_secret
        self._store = store
        self._leeway = leeway
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

    def refused(self, sent: Mapping[str, str], post_form: PostForm) -> bool:
        with self._lock:
            # Where another thread has renewed it meanwhile, there is a token that hasn't been tried yet.
            if self._token is not None and _bearer(self._token) == sent:
                self._token = self._renew(self._token, post_form)
            return True

    def __repr__(self) -> str:
        return "OAuth2(…)"

    def _renew(self, old: Token, post_form: PostForm) -> Token:
        stored = self._store.load()
        if stored.access_token != old.access_token:
            return stored
        form = {
            "grant_type": "refresh_token",
            "refresh_token": old.refresh_token,
            "client_id": self._client_id,
            "client_secret": self._client_secret,
        }
        token = self._read(post_form(self._token_url, form), old)
        # In memory first: were saving it to fail, this session still holds the only token that works.
        self._token = token
        self._store.save(token)
        return token

    def _read(self, answer: Answer, old: Token) -> Token:
        if answer.status in (400, 401, 403):
            raise Unauthorized(
                "The sign-in to SegMetrics has ended. Connect the account again.",
                action="renew token",
                status=answer.status,
                request_id=answer.request_id,
            )
        raise_for_status(answer, action="renew token", missing=NotFound, now=self._clock.now())
        body: Any = None
        with contextlib.suppress(ValueError, RecursionError):
            body = json.loads(answer.content)
        if not isinstance(body, dict) or not isinstance(body.get("access_token"), str):
            raise UnexpectedAnswer(
                "The sign-in server gave no token. Try again in a few minutes.",
                action="renew token",
                status=answer.status,
                request_id=answer.request_id,
            )
        seconds = body.get("expires_in")
        return Token(
            access_token=body["access_token"],
            # A server that doesn't rotate gives no new one: the old one stays good.
            refresh_token=str(body.get("refresh_token") or old.refresh_token),
            expires_at=self._clock.now() + seconds if isinstance(seconds, int | float) else None,
        )


def _bearer(token: Token) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.access_token}"}
