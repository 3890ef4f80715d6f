"""SegMetrics, as the services need it: look up, read whole, delete by id, control read. The client's only importer.

Errors of the client become what a job understands: `TryLater` for a passing fault, `NeedsPerson` for anything that
must not be guessed at.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.utils import timezone

from dsr import crypto, fingerprint
from dsr.attention import Attention
from dsr.connectors import addresses
from dsr.exceptions import InvalidInput, NeedsPerson, TryLater
from dsr.models import Connection, IdentifierKind, ObjectKind
from segmetrics_client import (
    ApiKey,
    Contact,
    Extend,
    NotFound,
    Order,
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
_LONGEST_ID = 255


@dataclass(frozen=True)
class Seen:
    """A contact as SegMetrics answered: the raw bytes, and what the desk reads from them."""

    contact_id: str
    raw: bytes
    fetched_at: dt.datetime
    summary: Mapping[str, Any]
    identity_digest: str
    holdings_digest: str
    content_digest: str
    email: str


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
        retry=_RETRY,
        # What the names lead to is looked at when a connection is opened, and only that is connected to.
        allow_address=addresses.may_be_called,
    )


class Account:
    """One connection, opened for a job. Use as a context manager."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        try:
            self._client = _client_of(connection)
        except (InvalidInput, UsageError):
            raise NeedsPerson(Attention.REQUEST_REFUSED) from None

    def __enter__(self) -> Account:
        return self

    def __exit__(self, *_: object) -> None:
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
        return _object_id(found[0].contact_id) if found else None

    def read(self, contact_id: str, *, with_stand_ins: bool = False) -> Seen | None:
        """The whole contact, or None where SegMetrics says that there is none.

        An order or subscription whose id is an e-mail address raises `NeedsPerson`. Once a deletion has begun, where a
        stranger's order would leave the case with nothing to be done here, `with_stand_ins` has it stand under a keyed
        digest instead: enough to look at the contact and to rule it out, and never to delete by.
        """
        with _translated():
            try:
                answer = self._client.contacts.get_raw(contact_id, extend=Extend.ALL)
            except NotFound:
                return None
            contact = answer.contact()
        if contact.contact_id != contact_id:
            # The path takes an email too; an id that leads to another contact is not what was asked for.
            raise NeedsPerson(Attention.UNREADABLE_ANSWER)
        return _seen(contact, answer.content, _stand_in if with_stand_ins else _object_id)

    def look_through_report(self, emails: set[str], *, enough: Callable[[], bool] = lambda: False) -> ReportLook:
        """Page through the leads of the last days for contacts with one of these (normalised) emails.

        It stops where `enough` says so, and the look says how far it came.
        """
        end = timezone.localdate()
        look = ReportLook(start=end - dt.timedelta(days=self._connection.report_days), end=end)
        if not emails or not self._connection.report_pages:
            return look
        with _translated():
            try:
                people = self._client.reports.contacts(
                    "leads", start=look.start, end=look.end, max_pages=self._connection.report_pages
                )
                for contact in people:
                    email = crypto.normalise(contact.email or "")
                    if email in emails:
                        look.contact_ids.setdefault(_object_id(contact.contact_id), email)
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


def _keyed(document: object) -> str:
    """A digest that nobody can guess at without the key; the fields behind it are personal data."""
    key: bytes = settings.ENV.search_key
    return hmac.new(key, b"contact\x00" + fingerprint.canonical(document), hashlib.sha256).hexdigest()


def _seen(contact: Contact, raw: bytes, id_of: Callable[..., str]) -> Seen:
    _object_id(contact.contact_id)
    summary = _summary(contact, id_of)
    identity = [contact.contact_id, summary["name"], summary["email"], summary["created"]]
    holdings = [
        sorted(order["id"] for order in summary["orders"]),
        sorted(subscription["id"] for subscription in summary["subscriptions"]),
    ]
    content_digest = hmac.new(settings.ENV.search_key, b"content\x00" + raw, hashlib.sha256).hexdigest()
    return Seen(
        contact_id=contact.contact_id,
        raw=raw,
        fetched_at=timezone.now(),
        summary={**summary, "content_digest": content_digest},
        identity_digest=_keyed(identity),
        holdings_digest=_keyed(holdings),
        content_digest=content_digest,
        email=contact.email or "",
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, dt.datetime) else str(value)


def _money(amount: int | str | None) -> str:
    """Cents as they are read (the unit is assumed), or whatever text came instead."""
    return f"{amount / 100:.2f}" if isinstance(amount, int) else _text(amount)


def _day(value: object) -> str:
    if not isinstance(value, dt.datetime):
        return _text(value)
    return (timezone.localtime(value) if timezone.is_aware(value) else value).date().isoformat()


def _summary(contact: Contact, id_of: Callable[..., str]) -> dict[str, Any]:
    """What tells two people apart, and what there is to delete. Plain JSON."""
    source = contact.lead_source()
    return {
        "name": contact.full_name,
        "email": contact.email or "",
        "status": contact.status or "",
        "created": _text(contact.date_created),
        "tags": [tag.name or "" for tag in contact.tags],
        "lead_source": source.label if source else "",
        "order_count": len(contact.orders),
        "event_count": len(contact.events),
        "last_activity": _text(contact.last_activity),
        "orders": [
            {
                "id": id_of(order.order_id, contact_id=contact.contact_id),
                "description": ", ".join(
                    filter(None, [_money(order.total), _day(order.date_created), *_products_of(order)])
                ),
                "products": [
                    {"id": _text(item.product_id), "name": _text(item.product_name)} for item in order.line_items
                ],
            }
            for order in contact.orders
        ],
        "subscriptions": [
            {
                "id": id_of(subscription.id, contact_id=contact.contact_id),
                "description": _subscription_text(subscription),
            }
            for subscription in contact.subscriptions
        ],
    }


def _object_id(value: object, **about: object) -> str:
    """An id that can be stored. What has none can't be named in a plan, so a person has to know.

    Ids stand in the audit log, the plan and the certificate, which outlive the purge, so an e-mail address in the place
    of one won't do. `about` says where it was met.
    """
    text = "" if value is None else str(value)
    if not text.strip() or not text.isprintable() or len(text) > _LONGEST_ID:
        raise NeedsPerson(Attention.UNREADABLE_ANSWER)
    if "@" in unicodedata.normalize("NFKC", unquote(text)):
        raise NeedsPerson(Attention.ADDRESS_AS_ID, **about)
    return text


_STAND_IN = "address "
"""No id that SegMetrics gives holds a space (SEEN), and none that begins so is ever sent."""


def _stand_in(value: object, **about: object) -> str:
    """The id; where it is an e-mail address, a keyed digest of it."""
    try:
        return _object_id(value, **about)
    except NeedsPerson as question:
        if question.code != Attention.ADDRESS_AS_ID:
            raise
        return f"{_STAND_IN}{_keyed(['id', str(value)])[:12]}"


def is_stand_in(object_id: str) -> bool:
    """Whether it stands for an e-mail address in the place of an id, so that nothing can be deleted by it."""
    return object_id.startswith(_STAND_IN)


def _products_of(order: Order) -> list[str]:
    return list(dict.fromkeys(_text(item.product_name) for item in order.line_items if item.product_name))


def _subscription_text(subscription: Any) -> str:
    # The shape isn't documented: say what is there, and nothing where nothing is known.
    known = ("name", "product_name", "billing_cycle")
    return ", ".join(dict.fromkeys(_text(part) for name in known if (part := getattr(subscription, name, None))))
