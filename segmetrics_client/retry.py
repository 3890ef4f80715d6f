"""When to try again, and how long to wait: two pure functions and the numbers they go by."""

import random
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from .errors import RateLimited, ServerError, TransportFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How stubborn a session is. Times are in seconds."""

    attempts: int = 5
    """How often a call is made at most; 1 means never again."""
    first_wait: float = 0.5
    """Upper bound of the first wait; it doubles from one wait to the next."""
    longest_wait: float = 30.0
    """Upper bound of every wait that we choose ourselves."""
    longest_retry_after: float = 120.0
    """The most that a ``Retry-After`` is obeyed: beyond it the call is made again sooner than asked."""

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError("RetryPolicy.attempts must be at least 1.")


def should_retry(error: BaseException, *, repeatable: bool) -> bool:
    """Whether a call that ended in ``error`` may be made again.

    ``repeatable`` says that doing it twice is the same as doing it once. Where it isn't, only a call that
    surely had no effect is repeated: one that was never sent, or that was turned away by the rate limit.
    """
    if isinstance(error, RateLimited):
        return True
    if isinstance(error, TransportFailed) and not error.sent:
        return True
    return repeatable and isinstance(error, TransportFailed | ServerError)


def how_long(error: BaseException | None, *, attempt: int, policy: RetryPolicy, rng: random.Random) -> float:
    """Seconds to wait after the ``attempt``-th try (from 1): what the service asked for, else full jitter."""
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return min(error.retry_after, policy.longest_retry_after)
    # The exponent is bounded too: 2.0 ** 2000 overflows long before anybody would wait for it.
    ceiling = min(policy.longest_wait, policy.first_wait * 2.0 ** min(attempt - 1, 60))
    return rng.uniform(0.0, ceiling)


def parse_retry_after(value: str | None, *, now: float) -> float | None:
    """Read ``Retry-After``: seconds, or an HTTP date (``now`` is Unix time). None where unreadable."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        # Some 20 digits would overflow a float's exactness, not its range; 300 would not fit at all.
        return float(text) if len(text) < 20 else float("inf")
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:  # "-0000" in the header: RFC 5322's way to say UTC without a place
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - now)
