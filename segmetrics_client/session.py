"""The one send path: every call is paced, signed, repeated where that is safe, and reported here."""

import logging
import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from .addresses import Addresses
from .answers import Answer, Reply, raise_for_status, raise_if_not_json, read_reply
from .auth import Auth
from .clock import Clock
from .errors import ActionNotAllowed, NotFound, RateLimited, SegMetricsError, Unauthorized
from .pacing import Pace
from .retry import RetryPolicy, how_long, should_retry
from .transport import Sink, Wire

logger = logging.getLogger("segmetrics_client")

Outcome = TypeVar("Outcome", Reply, Answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call. What is personal in it (address, parameters, body) stays out of its repr."""

    action: str
    method: str
    url: str = field(repr=False)
    params: Mapping[str, str] | None = field(default=None, repr=False)
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    integration_id: str | None = None
    repeatable: bool = True
    """Whether doing it twice is the same as doing it once."""
    missing: type[NotFound] = NotFound
    """What a 404 means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What an ``on_call`` hook is told after each attempt. Nothing in it is personal."""

    action: str
    method: str
    integration_id: str | None
    attempt: int
    status: int | None
    error: str | None
    request_id: str | None
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What all parts of a client share."""

    addresses: Addresses
    wire: Wire
    auth: Auth
    pace: Pace
    retry: RetryPolicy
    clock: Clock
    on_call: Callable[[Call], None] | None = None
    read_only: bool = False
    actions: Collection[str] | None = None
    """What may be called; None for everything."""
    # Jitter keeps callers apart; it guards no secret.
    rng: random.Random = field(default_factory=random.Random, repr=False)

    def send(self, request: Request) -> Reply:
        """Make the call, again where that is safe, and give its JSON object back. Raises SegMetricsError."""
        return self._repeated(request, self._exchange)

    def download(self, request: Request, to: Callable[[], Sink]) -> Answer:
        """Make the call, and write the body of its answer to what ``to`` gives; each attempt asks for it anew.

        The body is whole where this returns, and begins as a JSON object does; more isn't known of it.
        """

        def exchange(request: Request, number: int) -> Answer:
            answer = self._answer(request, number, to)
            raise_if_not_json(answer, action=request.action)
            return answer

        return self._repeated(request, exchange)

    def _repeated(self, request: Request, exchange: Callable[[Request, int], Outcome]) -> Outcome:
        self._raise_if_not_granted(request)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            return how_long(error, attempt=state.attempt_number, policy=self.retry, rng=self.rng)

        for attempt in Retrying(
            retry=retry_if_exception(lambda error: should_retry(error, repeatable=request.repeatable)),
            stop=stop_after_attempt(self.retry.attempts),
            wait=wait,
            sleep=self.clock.sleep,
            reraise=True,
        ):
            with attempt:
                return self._attempt(request, exchange, attempt.retry_state.attempt_number)
        raise AssertionError("unreachable")  # pragma: no cover

    def _raise_if_not_granted(self, request: Request) -> None:
        """Outside of the grant nothing leaves; that it was asked for is told, as attempt 0."""
        if self.actions is None or request.action in self.actions:
            return
        error = ActionNotAllowed(
            f"“{request.action}” is not among the actions that this session may make. Nothing was sent.",
            action=request.action,
        )
        self._report(request, 0, self.clock.monotonic(), error)
        raise error

    def _attempt(self, request: Request, exchange: Callable[[Request, int], Outcome], number: int) -> Outcome:
        self.pace.wait()
        started = self.clock.monotonic()
        try:
            outcome = exchange(request, number)
        except SegMetricsError as error:
            error.attempts = number
            if isinstance(error, RateLimited) and error.retry_after is not None:
                self.pace.hold(error.retry_after)
            self._report(request, number, started, error)
            raise
        self._report(request, number, started, outcome)
        return outcome

    def _exchange(self, request: Request, number: int) -> Reply:
        return read_reply(self._answer(request, number), action=request.action)

    def _answer(self, request: Request, number: int, into: Callable[[], Sink] | None = None) -> Answer:
        started = self.clock.monotonic()
        headers = self.auth.headers(self._post_form)
        answer = self._once(request, headers, into)
        if answer.status in (401, 403) and self.auth.refused(headers, self._post_form, status=answer.status):
            # Answered, and made once more with a new sign-in: two calls, each of them told.
            self._report(request, number, started, _refusal(request, answer, number))
            answer = self._once(request, self.auth.headers(self._post_form), into)
        raise_for_status(answer, action=request.action, missing=request.missing, now=self.clock.now())
        return answer

    def _once(self, request: Request, headers: Mapping[str, str], into: Callable[[], Sink] | None) -> Answer:
        return self.wire.exchange(
            request.method,
            request.url,
            action=request.action,
            headers=headers,
            params=request.params,
            body=request.body,
            into=into,
        )

    def _post_form(self, url: str, form: Mapping[str, str]) -> Answer:
        renewal, started = Request(action="renew token", method="POST", url=url), self.clock.monotonic()
        try:
            answer = self.wire.exchange("POST", url, action=renewal.action, form=form)
        except SegMetricsError as error:
            self._report(renewal, 1, started, error)
            raise
        is_refused = answer.status in (400, 401, 403)
        self._report(renewal, 1, started, _refusal(renewal, answer, 1) if is_refused else answer)
        return answer

    def _report(
        self, request: Request, attempt: int, started: float, outcome: Reply | Answer | SegMetricsError
    ) -> None:
        call = Call(
            action=request.action,
            method=request.method,
            integration_id=request.integration_id,
            attempt=attempt,
            status=outcome.status,
            error=type(outcome).__name__ if isinstance(outcome, SegMetricsError) else None,
            request_id=outcome.request_id,
            seconds=self.clock.monotonic() - started,
        )
        logger.debug("%s: %s, attempt %d", call.action, call.status or call.error, attempt)
        if self.on_call is not None:
            try:
                self.on_call(call)
            except Exception as failure:
                # The call has happened: a report that fails must not make it look as if it hadn't.
                logger.error("on_call failed after “%s”: %s", call.action, type(failure).__name__)


def _refusal(request: Request, answer: Answer, number: int) -> Unauthorized:
    """What is told of a call that was answered with a refusal of its sign-in."""
    return Unauthorized(
        "The sign-in was refused.",
        action=request.action,
        status=answer.status,
        request_id=answer.request_id,
        attempts=number,
    )
