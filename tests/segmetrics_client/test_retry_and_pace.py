"""When and how long: pure functions first, then a whole session on a clock that nobody waits for."""

import random
from collections.abc import Iterator
from email.utils import formatdate

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmetrics_client import (
    ConnectionDropped,
    NotFound,
    RateLimited,
    RetryPolicy,
    ServerError,
    Timeout,
    UnexpectedAnswer,
    UnsafeDelete,
)
from segmetrics_client.pacing import SlidingWindow
from segmetrics_client.retry import how_long, parse_retry_after, should_retry

from .clock import FakeClock
from .wire import contact, played

POLICY = RetryPolicy()


@pytest.mark.parametrize(
    ("error", "if_repeatable", "if_not"),
    [
        (RateLimited("x"), True, True),
        (ConnectionDropped("x", sent=False), True, True),
        (Timeout("x", sent=False), True, True),
        (ConnectionDropped("x"), True, False),
        (Timeout("x"), True, False),
        (ServerError("x"), True, False),
        (UnexpectedAnswer("x"), False, False),
        (NotFound("x"), False, False),
        (UnsafeDelete("x"), False, False),
        (KeyError("x"), False, False),
    ],
)
def test_what_is_tried_again(error: Exception, if_repeatable: bool, if_not: bool) -> None:
    assert should_retry(error, repeatable=True) is if_repeatable
    assert should_retry(error, repeatable=False) is if_not


@given(attempt=st.integers(1, 5000), seed=st.integers())
def test_waits_are_jittered_and_bounded(attempt: int, seed: int) -> None:
    wait = how_long(ServerError("x"), attempt=attempt, policy=POLICY, rng=random.Random(seed))
    assert 0 <= wait <= min(POLICY.longest_wait, POLICY.first_wait * 2 ** min(attempt - 1, 60))


def test_retry_after_is_obeyed_up_to_a_cap() -> None:
    for asked, waits in ((7.0, 7.0), (1e9, 120.0)):
        error = RateLimited("x")
        error.retry_after = asked
        assert how_long(error, attempt=1, policy=POLICY, rng=random.Random(1)) == waits


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("9" * 400, float("inf")),
        (formatdate(1_800_000_060, usegmt=True), 60.0),
        (formatdate(1_700_000_000, usegmt=True), 0.0),
        ("Fri, 15 Jan 2027 08:01:00 -0000", 60.0),
        ("Fri, 99 Foo 2027 08:01:00 GMT", None),
    ],
)
def test_retry_after_in_all_its_forms(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, now=1_800_000_000.0) == seconds


def test_a_policy_makes_at_least_one_try() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        RetryPolicy(attempts=0)


def answers(*responses: httpx.Response) -> Iterator[httpx.Response]:
    return iter(responses)


def test_a_session_waits_as_told_and_then_succeeds(clock: FakeClock) -> None:
    queue = answers(
        httpx.Response(429, headers={"Retry-After": "7"}),
        httpx.Response(429, headers={"Retry-After": formatdate(clock.now() + 7 + 20, usegmt=True)}),
        httpx.Response(429, headers={"Retry-After": "86400"}),
        contact(),
    )
    with played(lambda _: next(queue), clock=clock) as segmetrics:
        assert segmetrics.contacts.get("1004").contact_id == "1004"
    assert clock.slept == [7.0, 20.0, 120.0]


def test_a_session_gives_up_after_its_attempts(clock: FakeClock) -> None:
    with (
        played(lambda _: httpx.Response(503), clock=clock, retry=RetryPolicy(attempts=4)) as segmetrics,
        pytest.raises(ServerError) as caught,
    ):
        segmetrics.contacts.get("1004")
    assert caught.value.attempts == 4
    assert len(clock.slept) == 3
    assert all(0 <= wait <= 2 for wait in clock.slept)


def test_at_most_so_many_calls_in_any_minute(clock: FakeClock) -> None:
    pace, made = SlidingWindow(3, clock), []
    for _ in range(7):
        pace.wait()
        made.append(clock.monotonic())
        clock.sleep(1)
    for start in made:
        assert sum(start <= moment < start + 60 for moment in made) <= 3
    assert made[2] - made[0] == 2  # a burst within the bound isn't slowed down


def test_sessions_with_one_account_share_its_pace(clock: FakeClock) -> None:
    def session(account_id: str) -> None:
        with played(lambda _: contact(), clock=clock, rate_per_minute=2, account_id=account_id) as segmetrics:
            segmetrics.contacts.get("1")

    for _ in range(2):
        session("shared")
    assert clock.slept == []
    session("other")
    assert clock.slept == []
    session("shared")
    assert clock.slept == [60.0]


def test_a_lent_session_shares_the_pace_and_repeats_count(clock: FakeClock) -> None:
    queue = answers(httpx.Response(500), contact(), contact())
    with played(lambda _: next(queue), clock=clock, rate_per_minute=2, account_id="lent") as segmetrics:
        segmetrics.contacts.get("1")
        segmetrics.for_integration("int12").contacts.get("1")
    assert sum(clock.slept) == pytest.approx(60.0)


def test_a_rate_limit_holds_back_everybody(clock: FakeClock) -> None:
    queue = answers(httpx.Response(429, headers={"Retry-After": "30"}), contact())
    once = RetryPolicy(attempts=1)
    with played(lambda _: next(queue), clock=clock, rate_per_minute=60, account_id="held", retry=once) as segmetrics:
        with pytest.raises(RateLimited):
            segmetrics.contacts.get("1")
        segmetrics.contacts.get("1")
    assert clock.slept == [30.0]


def test_a_pace_of_ones_own(clock: FakeClock) -> None:
    class Counting:
        waits = 0

        def wait(self) -> None:
            self.waits += 1

        def hold(self, seconds: float) -> None:
            raise AssertionError(seconds)

    pace = Counting()
    with played(lambda _: contact(), clock=clock, pace=pace) as segmetrics:
        segmetrics.contacts.get("1")
    assert pace.waits == 1


def test_a_new_rate_keeps_what_was_counted(clock: FakeClock) -> None:
    pace = SlidingWindow(5, clock)
    for _ in range(3):
        pace.wait()
    pace.set_rate(3)
    pace.wait()
    assert clock.slept == [60.0]
