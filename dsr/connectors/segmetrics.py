"""SegMetrics, as the services need it: look up, read whole, delete by id, control read.

Errors of the client become what a job understands: `TryLater` for a passing fault, `NeedsPerson` for anything that
must not be guessed at.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field

from django.conf import settings
from django.utils import timezone

from dsr import crypto, storage
from dsr.attention import Attention
from dsr.connectors import addresses, seeing
from dsr.connectors.seeing import Kept, Seen, is_stand_in, object_id, stand_in
from dsr.exceptions import InvalidInput, NeedsPerson, TryLater
from dsr.models import Connection, IdentifierKind, ObjectKind
from segmetrics_client import (
    AnswerTooLarge,
    ApiKey,
    Extend,
    NotFound,
    RateLimited,
    RetryPolicy,
    SegMetrics,
    SegMetricsError,
    ServerError,
    TransportFailed,
    Unauthorized,
    UnexpectedAnswer,
    UnsafeDelete,
    UsageError,
)
from segmetrics_client.addresses import plain_id

# Short waits only: a job must end well before its timeout; longer waits are the job's own, with a place in the queue.
_RETRY = RetryPolicy(attempts=3, first_wait=0.3, longest_wait=3.0, longest_retry_after=5.0)
_TIMEOUT = 20.0
_DOWNLOAD_TIMEOUT = 35.0
"""SegMetrics may take long to begin a large answer; three attempts of it still fit into a job's time limit."""
_LARGEST_IN_MEMORY = 32 * 1024 * 1024

__all__ = ["Account", "Kept", "ReportLook", "Seen", "can_be_deleted", "is_stand_in", "raise_if_address_not_allowed"]


@dataclass
class ReportLook:
    """How far the report was looked through, and which contact ids with a wanted email it showed."""

    start: dt.date
    end: dt.date
    looked_at: int = 0
    total: int | None = None
    complete: bool = False
    contact_ids: dict[str, str] = field(default_factory=dict)
    """Contact id → the email it was found by."""


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the client's errors into what a job does next. `NotFound` passes: it means something different each time."""
    try:
        yield
    except NotFound:
        raise
    except Unauthorized:
        raise NeedsPerson(Attention.KEY_REFUSED) from None
    except RateLimited as error:
        raise TryLater(Attention.UNREACHABLE, delay=error.retry_after) from None
    except (TransportFailed, ServerError):
        raise TryLater(Attention.UNREACHABLE) from None
    except AnswerTooLarge:
        raise NeedsPerson(Attention.ANSWER_TOO_LARGE) from None
    except UnexpectedAnswer:
        raise NeedsPerson(Attention.UNREADABLE_ANSWER) from None
    except (SegMetricsError, UsageError):
        raise NeedsPerson(Attention.REQUEST_REFUSED) from None


def _client_of(connection: Connection) -> SegMetrics:
    """Raises `InvalidInput` or the client's `UsageError` for an address, an id or a key that can't be used."""
    for url in (connection.read_url, connection.import_url):
        addresses.raise_if_malformed(url)
    return SegMetrics(
        account_id=connection.account_id,
        auth=ApiKey(connection.open_api_key()),
        import_url=connection.import_url,
        read_url=connection.read_url,
        rate_per_minute=connection.rate_per_minute,
        timeout=_TIMEOUT,
        download_timeout=_DOWNLOAD_TIMEOUT,
        retry=_RETRY,
        max_answer_bytes=_LARGEST_IN_MEMORY,
        max_download_bytes=settings.ENV.answer_limit,
        # What the names lead to is looked at when a connection is opened, and only that is connected to.
        allow_address=addresses.may_be_called,
    )


class Account:
    """One connection, opened for a job. Use as a context manager."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._spools = ExitStack()
        try:
            self._client = _client_of(connection)
        except (InvalidInput, UsageError):
            raise NeedsPerson(Attention.REQUEST_REFUSED) from None

    def __enter__(self) -> Account:
        return self

    def __exit__(self, *_: object) -> None:
        self._spools.close()
        self._client.close()

    def control_read(self) -> None:
        """Ask something that a working account answers. Without it “not found” means nothing."""
        with _translated():
            if not self._client.account_reachable():
                raise NeedsPerson(Attention.CONTROL_READ_FAILED)

    def look_up(self, kind: str, value: str) -> str | None:
        """The contact id that answers to an identifier, or None. Which of several answers is the vendor's choice."""
        with _translated():
            found = (
                self._client.contacts.search(email=value)
                if kind == IdentifierKind.EMAIL
                else self._client.contacts.search(external_id=value)
            )
        return object_id(found[0].contact_id) if found else None

    def read(self, contact_id: str, *, with_stand_ins: bool = False) -> Seen | None:
        """What is to be known of a contact, or None where SegMetrics says that there is none.

        An order or subscription whose id is an e-mail address raises `NeedsPerson`. Once a deletion has begun, where a
        stranger's order would leave the case with nothing to be done here, `with_stand_ins` has it stand under a keyed
        digest instead: enough to look at the contact and to rule it out, and never to delete by.
        """
        with closing(storage.Spool()) as spool:
            return self._download(contact_id, spool, id_of=stand_in if with_stand_ins else object_id)

    def keep(self, contact_id: str) -> Kept | None:
        """The same with the whole answer, which can be read until the account is closed."""
        spool = self._spools.enter_context(closing(storage.Spool()))
        seen = self._download(contact_id, spool)
        return Kept(**vars(seen), raw=spool) if seen else None

    def _download(self, contact_id: str, spool: storage.Spool, id_of: Callable[..., str] = object_id) -> Seen | None:
        with _translated():
            try:
                self._client.contacts.download(contact_id, to=spool.begin, extend=Extend.ALL)
            except NotFound:
                return None
        spool.finish()
        return seeing.seen(spool.chunks(), contact_id=contact_id, id_of=id_of)

    def look_through_report(self, emails: set[str], *, enough: Callable[[], bool] = lambda: False) -> ReportLook:
        """Page through the leads of the last days for contacts with one of these (normalised) emails.

        It stops where `enough` says so, and the look says how far it came.
        """
        start = timezone.localdate() - dt.timedelta(days=self._connection.report_days)

        def named(email: str) -> str | None:
            normal = crypto.normalise(email)
            return normal if normal in emails else None

        return (
            self._look_through(named, start=start, enough=enough) if emails else ReportLook(start, timezone.localdate())
        )

    def look_for_hashes(
        self, hashes: set[str], *, start: dt.date, enough: Callable[[], bool] = lambda: False
    ) -> ReportLook:
        """The same for keyed hashes of emails, among the leads since a day; `contact_ids` name the hash."""

        def hashed(email: str) -> str | None:
            found = crypto.keyed_hash(settings.ENV.search_key, email, purpose=IdentifierKind.EMAIL) if email else ""
            return found if found in hashes else None

        return self._look_through(hashed, start=start, enough=enough)

    def _look_through(
        self, named: Callable[[str], str | None], *, start: dt.date, enough: Callable[[], bool]
    ) -> ReportLook:
        look = ReportLook(start=start, end=timezone.localdate())
        if not self._connection.report_pages:
            return look
        with _translated():
            try:
                people = self._client.reports.contacts(
                    "leads", start=look.start, end=look.end, max_pages=self._connection.report_pages
                )
                for contact in people:
                    found = named(contact.email or "")
                    if found:
                        look.contact_ids.setdefault(object_id(contact.contact_id), found)
                    if enough():
                        break
            except NotFound:
                return look  # the report is not there for this account; the evidence says that nothing was looked at
        look.looked_at, look.total, look.complete = people.looked_at, people.total, people.complete
        return look

    def products(self) -> dict[str, str]:
        """The catalogue: product id → name. Empty where the account has none."""
        with _translated():
            try:
                return {
                    str(product.id): str(product.name or "")
                    for product in self._client.products.list(max_pages=self._connection.report_pages or 1)
                    if product.id
                }
            except NotFound:
                return {}

    def delete(self, *, integration_id: str, kind: str, object_id: str) -> bool:
        """Delete one object by its id. True where SegMetrics confirms it, False where it answers “not found”."""
        if is_stand_in(object_id):  # no plan holds one; “not found” would be taken for gone
            raise NeedsPerson(Attention.ADDRESS_AS_ID)
        client = self._client.for_integration(integration_id)
        deleting = {
            ObjectKind.INVOICE: client.invoices.delete,
            ObjectKind.SUBSCRIPTION: client.subscriptions.delete,
            ObjectKind.CONTACT: client.contacts.delete,
        }[ObjectKind(kind)]
        with _translated():
            try:
                deleting(object_id)
            except NotFound:
                return False
        return True


def raise_if_address_not_allowed(url: str) -> None:
    """Refuse an address that isn't https to a public host. Looks its name up; raises `InvalidInput`."""
    addresses.raise_if_not_public(url)


def can_be_deleted(object_id: str) -> bool:
    """Whether the client lets this id stand in a delete call: a plain id, never an email or a path."""
    try:
        plain_id(object_id, action="delete")
    except UnsafeDelete:
        return False
    return True
