"""How often somebody may be wrong about a password or a code: strictly for an account at one address, widely otherwise.

A stranger who guesses at one address can't keep the owner out at another one; from many addresses together guessing
stays slow. django-allauth's own limit has one count for the account and one for the address, and a right code clears
both; it is off (`ACCOUNT_RATE_LIMITS`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from allauth.account.adapter import get_adapter
from allauth.core.internal import ratelimit
from django.http import HttpRequest

PASSWORD, CODE, PACKAGE = "password", "code", "package"
HERE, PLACE = "here", "place"
# Refused attempts aren't counted, so one address adds at most 20 an hour to what an account has in all.
_RATES = {
    HERE: "5/5m/key,20/h/key",
    PLACE: "10/m/ip,50/h/ip",
    PASSWORD: "200/h/key",
    CODE: "50/h/key",  # only whoever has the password can use these up
    PACKAGE: "200/h/key",  # the account is a hand-over link, which has few tries of its own
}
_APP = "dsr"


class Attempt:
    """One attempt. It counts as a failure until it is told to have succeeded.

    Raises `ValidationError` where there were too many.
    """

    def __init__(self, request: HttpRequest, *, kind: str, account: str) -> None:
        self._request = request
        everywhere = f"{kind} {account}"
        self._here = f"{everywhere} {ratelimit.get_ip(request)}"
        self._usages: list[ratelimit.RateLimitUsage] = []
        # The strictest first: what it refuses adds nothing to the wider ones, which would keep the owner out. And all
        # are asked before any counts, so that what one refuses adds nothing to the others either.
        for dry_run in (True, False):
            for action, key in ((HERE, self._here), (PLACE, None), (kind, everywhere)):
                usage = ratelimit.consume(request, app=_APP, action=action, config=_RATES, key=key, dry_run=dry_run)
                if usage is None:
                    raise get_adapter().validation_error("too_many_login_attempts")
                if not dry_run:
                    self._usages.append(usage)

    def succeeded(self) -> None:
        """Take back what this attempt counted, and forget the failures for this account at this address; no others."""
        for usage in self._usages:
            usage.rollback()
        ratelimit.clear(self._request, app=_APP, action=HERE, config=_RATES, key=self._here)


@contextmanager
def counted(request: HttpRequest, *, kind: str, account: str) -> Iterator[None]:
    """An attempt that has failed where the block raises."""
    attempt = Attempt(request, kind=kind, account=account)
    yield
    attempt.succeeded()
