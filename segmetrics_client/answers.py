"""What comes back from a call, and how its status becomes an error of the tree."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from .errors import (
    AnswerError,
    BadRequest,
    NotFound,
    RateLimited,
    ServerError,
    Unauthorized,
    UnexpectedAnswer,
)
from .retry import parse_retry_after


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer. Its repr shows the status alone."""

    status: int
    content: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)
    """Names in lower case."""

    @property
    def request_id(self) -> str | None:
        """ASSUMED to stand in ``X-Request-Id``. Texts quote it, so only a plain token is let through."""
        value = self.headers.get("x-request-id", "")
        return value if re.fullmatch(r"[A-Za-z0-9._:\-]{1,80}", value) else None


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer: the JSON object, and the bytes it was read from."""

    action: str
    status: int
    request_id: str | None
    content: bytes = field(repr=False)
    body: dict[str, Any] = field(repr=False)

    def unexpected(self, what: str) -> UnexpectedAnswer:
        return UnexpectedAnswer(
            f"SegMetrics answered “{self.action}” with {what}. "
            "Look at the state of things before trying again; if it goes on, tell SegMetrics.",
            action=self.action,
            status=self.status,
            request_id=self.request_id,
            attempts=1,
        )


def read_reply(answer: Answer, *, action: str) -> Reply:
    """Parse a 2xx answer. Raises UnexpectedAnswer unless it is a JSON object."""
    body: Any = None
    problem = "something that isn't JSON"
    try:
        body = json.loads(answer.content, parse_constant=_no_constant)
        problem = "JSON of another shape"
    except (ValueError, RecursionError):
        pass
    blank = Reply(action, answer.status, answer.request_id, answer.content, {})
    # Raised outside of the handler, so that the parser's error, which quotes the answer, isn't chained to it.
    if not isinstance(body, dict):
        raise blank.unexpected(problem)
    return Reply(action, answer.status, answer.request_id, answer.content, body)


def raise_if_not_json(answer: Answer, *, action: str) -> None:
    """Look at the beginning of a body that was written elsewhere: an object, or UnexpectedAnswer."""
    blank = Reply(action, answer.status, answer.request_id, b"", {})
    beginning = answer.content.removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"").lstrip(b" \t\r\n\xff\xfe")
    if not beginning.startswith(b"{"):
        raise blank.unexpected("something that isn't a JSON object")


def raise_for_status(answer: Answer, *, action: str, missing: type[NotFound], now: float) -> None:
    """Raise the error that a status stands for; return where it is a success."""
    status = answer.status
    if 200 <= status < 300:
        return
    kind, words = _meaning(status, missing)
    request = f" (request {answer.request_id})" if answer.request_id else ""
    error = kind(
        f"SegMetrics answered {status} to “{action}”{request}. {words}",
        action=action,
        status=status,
        request_id=answer.request_id,
        attempts=1,
    )
    if isinstance(error, RateLimited):
        error.retry_after = parse_retry_after(answer.headers.get("retry-after"), now=now)
    if isinstance(error, BadRequest):
        error.details = _details(answer.content)
    raise error


def _meaning(status: int, missing: type[NotFound]) -> tuple[type[AnswerError], str]:
    if status in (401, 403):
        return Unauthorized, "Check the API key and the account it belongs to."
    if status == 404:
        return missing, "Nothing stands under that id, or the account id is wrong."
    if status == 429:
        return RateLimited, "Too many calls: wait a little, or lower the pace of this connection."
    if 400 <= status < 500:
        return BadRequest, "The request was refused as it stands: check what was entered."
    if 500 <= status < 600:
        return ServerError, "The service failed or is overloaded: try again in a few minutes."
    return UnexpectedAnswer, "Check the base addresses of this connection: redirects are never followed."


def _details(content: bytes) -> tuple[str, ...]:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(body, dict):
        return ()
    errors = body.get("errors")
    found = errors if isinstance(errors, list) else [body.get("message")]
    return tuple(item.strip() for item in found if isinstance(item, str))


def _no_constant(name: str) -> NoReturn:
    # NaN and Infinity aren't JSON, and would break the canonical form of whatever is made from them later.
    raise ValueError(name)
