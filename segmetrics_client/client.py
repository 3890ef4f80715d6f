"""The session that a user of this library holds."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from .addresses import IMPORT_URL, READ_URL, Addresses, check_setting
from .auth import Auth
from .clock import SYSTEM_CLOCK, Clock
from .errors import InvalidSetting, NotFound
from .pacing import Pace, Unpaced, shared_pace
from .retry import RetryPolicy
from .session import Call, Session
from .transport import HttpTransport, Wire

if TYPE_CHECKING:
    from .resources.contacts import Contacts
    from .resources.invoices import Invoices
    from .resources.products import Products
    from .resources.reports import Reports
    from .resources.subscriptions import Subscriptions
    from .resources.tags import Tags


class SegMetrics:
    """A session with one SegMetrics account. Safe to share between threads; close it, or use it in
    ``with``.

    ``integration_id`` is needed for writes alone: reads span the account. ``rate_per_minute`` paces all
    sessions of this process with the same account; None turns that off. ``timeout`` is in seconds, for each
    step on the network (connect, write, and each read); ``download_timeout`` is the same for downloads, of
    which the service may take long to send the first byte. ``read_only`` refuses every write, ``actions``
    every call that it doesn't name, such as ``"get contact"``. ``pace`` replaces the pace, ``clock`` the time,
    ``transport`` how HTTP is sent. ``max_answer_bytes`` limits answers that are read into memory,
    ``max_download_bytes`` those that are written elsewhere. ``on_call`` is told of each attempt after it was
    made (and of a call that ``actions`` refuses, as attempt 0), and can't stop it. ``allow_address`` says of
    each address that a host's name leads to (``"203.0.113.7"``) whether it may be connected to; then no proxy
    of the environment is used.

    Raises InvalidSetting for an id or an address that can't be used.
    """

    def __init__(
        self,
        *,
        account_id: str,
        auth: Auth,
        integration_id: str | None = None,
        import_url: str = IMPORT_URL,
        read_url: str = READ_URL,
        transport: HttpTransport | None = None,
        rate_per_minute: int | None = 60,
        timeout: float = 30.0,
        download_timeout: float = 60.0,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
        max_answer_bytes: int = 256 * 1024 * 1024,
        max_download_bytes: int = 2 * 1024 * 1024 * 1024,
        read_only: bool = False,
        actions: Collection[str] | None = None,
        pace: Pace | None = None,
        clock: Clock = SYSTEM_CLOCK,
        on_call: Callable[[Call], None] | None = None,
        allow_address: Callable[[str], bool] | None = None,
    ) -> None:
        addresses = Addresses(account_id, import_url, read_url)
        self.account_id = account_id
        self.integration_id = _checked(integration_id)
        self._owns_wire = True
        self._session = Session(
            addresses=addresses,
            auth=auth,
            pace=pace or _pace(addresses, rate_per_minute, clock),
            retry=retry,
            clock=clock,
            on_call=on_call,
            read_only=read_only,
            actions=actions,
            wire=Wire(
                timeout=timeout,
                download_timeout=download_timeout,
                max_answer_bytes=max_answer_bytes,
                max_download_bytes=max_download_bytes,
                loopback_only=addresses.loopback_only,
                transport=transport,
                allow_address=allow_address,
            ),
        )

    def for_integration(self, integration_id: str, *, read_only: bool | None = None) -> Self:
        """The same session, writing to another integration: it shares connections, pace and sign-in.

        Closing it closes nothing, and it is of no use once this session is closed.
        """
        other = object.__new__(type(self))
        other.account_id = self.account_id
        other.integration_id = _checked(integration_id)
        other._owns_wire = False
        # A session that may only read never hands out one that may write.
        other._session = replace(self._session, read_only=self._session.read_only or bool(read_only))
        return other

    def check(self) -> None:
        """The control read: return where this account and key are answered with 200 to something harmless.

        A wrong account answers "not found" to everything: without this, "it is gone" is worth nothing.
        Raises NotFound (wrong account), Unauthorized (wrong key), or whatever else went wrong.
        """
        today = datetime.now(UTC).date()
        next(iter(self.reports.contacts(start=today, end=today, limit=1, max_pages=1)), None)

    def account_reachable(self) -> bool:
        """Whether ``check`` passes; False for an account that isn't found. Every other error is raised."""
        try:
            self.check()
        except NotFound:
            return False
        return True

    def check_writing(self) -> None:
        """Return where this session may write in its integration. Changes nothing.

        Raises Unauthorized where it may not, NotFound for an integration that isn't there, or whatever else went
        wrong.
        """
        self.tags.probe()

    @cached_property
    def contacts(self) -> "Contacts":
        from .resources.contacts import Contacts  # noqa: PLC0415 - at first use: a quicker import

        return Contacts(self._session, self.integration_id)

    @cached_property
    def tags(self) -> "Tags":
        from .resources.tags import Tags  # noqa: PLC0415

        return Tags(self._session, self.integration_id)

    @cached_property
    def invoices(self) -> "Invoices":
        from .resources.invoices import Invoices  # noqa: PLC0415

        return Invoices(self._session, self.integration_id)

    @cached_property
    def subscriptions(self) -> "Subscriptions":
        from .resources.subscriptions import Subscriptions  # noqa: PLC0415

        return Subscriptions(self._session, self.integration_id)

    @cached_property
    def products(self) -> "Products":
        from .resources.products import Products  # noqa: PLC0415

        return Products(self._session, self.integration_id)

    @cached_property
    def reports(self) -> "Reports":
        from .resources.reports import Reports  # noqa: PLC0415

        return Reports(self._session, self.integration_id)

    def close(self) -> None:
        """Close the connections. A session from ``for_integration`` leaves them to the one it came from."""
        if self._owns_wire:
            self._session.wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"SegMetrics(account_id={self.account_id!r}, integration_id={self.integration_id!r})"


def _checked(integration_id: str | None) -> str | None:
    return None if integration_id is None else check_setting("integration id", integration_id)


def _pace(addresses: Addresses, rate: int | None, clock: Clock) -> Pace:
    if rate is None:
        return Unpaced()
    if rate < 1:
        raise InvalidSetting("The pace must be at least one call a minute, or None for no limit.")
    key = (addresses.import_url, addresses.read_url, addresses.account_id)
    return shared_pace(key, rate=rate, clock=clock)
