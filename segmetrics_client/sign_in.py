"""OAuth 2.0 before the first call and after the last: where a person is sent, what their code is worth, revocation."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from .addresses import check_base_url
from .answers import Answer, raise_for_status
from .auth import OAuth2, Token, TokenStore, client_fields, read_token
from .clock import SYSTEM_CLOCK, Clock
from .errors import InvalidSetting, NotFound, SegMetricsError, UnexpectedAnswer
from .session import Call
from .transport import HttpTransport, Wire

_LARGEST = 256 * 1024


class SignIn:
    """An authorization server (RFC 6749), with PKCE (RFC 7636) and revocation (RFC 7009).

    ASSUMED as a whole: the REST API is documented with a key alone. Use in ``with``, or close it. ``on_call`` is told
    of each call after it was made; ``allow_address`` is that of ``SegMetrics``. No token, code or secret stands in an
    error, a repr or a log line. Raises InvalidSetting for an address that can't be used.
    """

    def __init__(
        self,
        *,
        authorize_url: str,
        token_url: str,
        revoke_url: str = "",
        client_id: str,
        client_secret: str = "",
        scope: str = "",
        timeout: float = 20.0,
        transport: HttpTransport | None = None,
        allow_address: Callable[[str], bool] | None = None,
        on_call: Callable[[Call], None] | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        if not client_id:
            raise InvalidSetting("The client id of the sign-in is empty.")
        self._authorize_url, self._token_url = check_base_url(authorize_url), check_base_url(token_url)
        self._revoke_url = check_base_url(revoke_url) if revoke_url else ""
        self._client_id, self._client_secret, self._scope = client_id, client_secret, scope
        self._on_call, self._clock = on_call, clock
        self._wire = Wire(
            timeout=timeout,
            download_timeout=timeout,
            max_answer_bytes=_LARGEST,
            max_download_bytes=_LARGEST,
            loopback_only=False,
            transport=transport,
            allow_address=allow_address,
        )

    def address(self, *, redirect_uri: str, state: str, verifier: str) -> str:
        """Where the person goes to say yes or no. ``verifier`` stays here; only its digest goes along."""
        digest = hashlib.sha256(verifier.encode("ascii")).digest()
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **({"scope": self._scope} if self._scope else {}),
        }
        return f"{self._authorize_url}?{urlencode(asked)}"

    def finish(self, *, code: str, verifier: str, redirect_uri: str) -> Token:
        """The token for the code that came back. Raises Unauthorized where the server doesn't take it."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
        }
        answer = self._post("get token", self._token_url, form)
        return read_token(answer, action="get token", now=self._clock.now())

    def revoke(self, token: Token) -> bool:
        """End the token and all that came of the same consent. False where no address for that is known."""
        if not self._revoke_url:
            return False
        form = {"token": token.refresh_token, "token_type_hint": "refresh_token"}
        answer = self._post("revoke token", self._revoke_url, form)
        raise_for_status(answer, action="revoke token", missing=NotFound, now=self._clock.now())
        return True

    def renewing(self, store: TokenStore) -> OAuth2:
        """The auth of a session whose token lives in this store."""
        return OAuth2(
            token_url=self._token_url,
            client_id=self._client_id,
            client_secret=self._client_secret,
            store=store,
            clock=self._clock,
        )

    def close(self) -> None:
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return "SignIn(…)"

    def _post(self, action: str, url: str, form: Mapping[str, str]) -> Answer:
        started = self._clock.monotonic()
        try:
            answer = self._wire.exchange(
                "POST", url, action=action, form={**form, **client_fields(self._client_id, self._client_secret)}
            )
        except SegMetricsError as error:
            self._tell(action, started, None, type(error).__name__)
            raise
        self._tell(action, started, answer, None if 200 <= answer.status < 300 else _named(answer))
        return answer

    def _tell(self, action: str, started: float, answer: Answer | None, error: str | None) -> None:
        if self._on_call is not None:
            self._on_call(
                Call(
                    action=action,
                    method="POST",
                    integration_id=None,
                    attempt=1,
                    status=answer.status if answer else None,
                    error=error,
                    request_id=answer.request_id if answer else None,
                    seconds=self._clock.monotonic() - started,
                )
            )


def _named(answer: Answer) -> str:
    try:
        raise_for_status(answer, action="", missing=NotFound, now=0.0)
    except SegMetricsError as error:
        return type(error).__name__
    return UnexpectedAnswer.__name__
