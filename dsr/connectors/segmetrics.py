"""SegMetrics, as the services need it: look up, read whole, delete and change by id, control read.

Errors of the client become what a job understands: `TryLater` for a passing fault, `NeedsPerson` for anything that
must not be guessed at.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace

from django.conf import settings

from dsr import crypto, storage
from dsr.attention import Attention
from dsr.connectors import addresses, execution_log, grants, seeing
from dsr.connectors.execution_log import Purpose
from dsr.connectors.pacing import SharedPace
from dsr.connectors.seeing import Kept, Seen, is_stand_in, object_id, stand_in
from dsr.connectors.signing import Signing
from dsr.days import controller_today
from dsr.exceptions import InvalidInput, NeedsPerson, TryLater
from dsr.models import Connection, IdentifierKind, ObjectKind, StepState, User
from segmetrics_client import (
    ActionNotAllowed,
    AnswerTooLarge,
    ApiKey,
    Auth,
    Call,
    ContactUpdate,
    Extend,
    InvalidIdentifier,
    NotFound,
    RateLimited,
    RekeyRefused,
    RetryPolicy,
    SegMetrics,
    SegMetricsError,
    ServerError,
    TagRef,
    TransportFailed,
    Unauthorized,
    UnexpectedAnswer,
    UnsafeDelete,
    UsageError,
)
from segmetrics_client.addresses import path_segment, plain_id
from segmetrics_client.values import as_cents, as_text

# Short waits only: a job must end well before its timeout; longer waits are the job's own, with a place in the queue.
_RETRY = RetryPolicy(attempts=3, first_wait=0.3, longest_wait=3.0, longest_retry_after=5.0)
_TIMEOUT = 20.0
_PAGE_TIMEOUT = 8.0
"""A web process that waits serves nobody else meanwhile."""
_DOWNLOAD_TIMEOUT = 35.0
"""SegMetrics may take long to begin a large answer; three attempts of it still fit into a job's time limit."""
_LARGEST_IN_MEMORY = 32 * 1024 * 1024

__all__ = [
    "Account",
    "Kept",
    "LeadsSeen",
    "Purpose",
    "ReportLook",
    "Seen",
    "can_be_deleted",
    "can_be_looked_up",
    "is_stand_in",
    "raise_if_address_not_allowed",
    "signed_client",
]


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


@dataclass(frozen=True)
class LeadsSeen:
    """A page of the leads, and whether it is the last."""

    found: list[tuple[str, str]]
    """Contact ids, each with the keyed hash it was found by."""
    count: int
    """How many leads the page has."""
    total: int | None
    """How many there are on all pages."""
    is_last: bool


@contextmanager
def translated(refused: Attention = Attention.KEY_REFUSED) -> Iterator[None]:
    """Turn the client's errors into what a job does next. `NotFound` passes: it means something different each time."""
    try:
        yield
    except NotFound:
        raise
    except Unauthorized:
        raise NeedsPerson(refused) from None
    except RateLimited as error:
        raise TryLater(Attention.UNREACHABLE, delay=error.retry_after) from None
    except (TransportFailed, ServerError):
        raise TryLater(Attention.UNREACHABLE) from None
    except ActionNotAllowed:
        raise NeedsPerson(Attention.NOT_GRANTED) from None
    except RekeyRefused:
        raise NeedsPerson(Attention.ADDRESS_TAKEN) from None
    except AnswerTooLarge:
        raise NeedsPerson(Attention.ANSWER_TOO_LARGE) from None
    except UnexpectedAnswer:
        raise NeedsPerson(Attention.UNREADABLE_ANSWER) from None
    except (SegMetricsError, UsageError):
        raise NeedsPerson(Attention.REQUEST_REFUSED) from None


def _client_of(
    connection: Connection,
    purpose: Purpose,
    auth: Auth,
    *noted: Callable[[Call], None],
    is_page: bool = False,
    read_only: bool = False,
) -> SegMetrics:
    """Raises `InvalidInput` or the client's `UsageError` for an address, an id or a key that can't be used."""
    for url in (connection.read_url, connection.import_url):
        addresses.raise_if_malformed(url)
    pace = SharedPace(connection)
    return SegMetrics(
        account_id=connection.account_id,
        auth=auth,
        import_url=connection.import_url,
        read_url=connection.read_url,
        pace=pace,
        timeout=_PAGE_TIMEOUT if is_page else _TIMEOUT,
        download_timeout=_DOWNLOAD_TIMEOUT,
        retry=replace(_RETRY, attempts=2) if is_page else _RETRY,
        max_answer_bytes=_LARGEST_IN_MEMORY,
        max_download_bytes=settings.ENV.answer_limit,
        # What the names lead to is looked at when a connection is opened, and only that is connected to.
        allow_address=addresses.may_be_called,
        actions=grants.reads_of(connection) if read_only else grants.calls_of(connection),
        read_only=read_only,
        on_call=_each(execution_log.writer(connection, purpose), pace.note, *noted),
    )


def _each(*hooks: Callable[[Call], None]) -> Callable[[Call], None]:
    def tell(call: Call) -> None:
        for hook in hooks:
            hook(call)

    return tell


def signed_client(
    connection: Connection,
    purpose: Purpose,
    spools: ExitStack,
    *,
    user: User | None = None,
    is_page: bool = False,
    read_only: bool = False,
) -> SegMetrics:
    """A client that signs with the connection's credential, or a person's own; both are closed with `spools`.

    A page waits less long than a job; `read_only` refuses every write, whatever the connection may do. Raises
    `NeedsPerson` where there is nothing to sign with, or an address or an id can't be used.
    """
    signing = Signing(connection, user)
    spools.callback(signing.close)
    try:
        client = _client_of(connection, purpose, signing, signing.note, is_page=is_page, read_only=read_only)
    except (InvalidInput, UsageError):
        raise NeedsPerson(Attention.REQUEST_REFUSED) from None
    spools.callback(client.close)
    return client


class Account:
    """One connection, opened for a job. Use as a context manager. Each call stands in the execution log.

    Signed with the connection's credential, or with an `api_key` that isn't stored, or as `user` with their own alone.
    What is deleted over a connection with personal credentials is signed by whom the purpose names, never by another.
    """

    def __init__(
        self,
        connection: Connection,
        purpose: Purpose = Purpose(),  # noqa: B008 - frozen
        *,
        api_key: str = "",
        user: User | None = None,
    ) -> None:
        self._connection, self._purpose = connection, purpose
        self._spools = ExitStack()
        self._own: SegMetrics | None = None
        try:
            if api_key:
                self._client = _client_of(connection, purpose, ApiKey(api_key))
                self._spools.callback(self._client.close)
            else:
                self._client = self._signed(user)
        except (InvalidInput, UsageError):
            raise NeedsPerson(Attention.REQUEST_REFUSED) from None

    def _signed(self, user: User | None) -> SegMetrics:
        """Raises `NeedsPerson` where there is nothing to sign with."""
        return signed_client(self._connection, self._purpose, self._spools, user=user)

    def _deleting(self) -> SegMetrics:
        if not self._connection.personal_deletes:
            return self._client
        if self._purpose.on_behalf_of is None:  # a deletion is always somebody's; without one nothing is signed
            raise NeedsPerson(Attention.NO_OWN_CREDENTIAL)
        if self._own is None:
            own = self._signed(self._purpose.on_behalf_of)
            with translated(Attention.NO_OWN_CREDENTIAL):
                # One of another account would answer “not found” to everything, which is no deletion.
                if not own.account_reachable():
                    raise NeedsPerson(Attention.NO_OWN_CREDENTIAL)
            self._own = own
        return self._own

    def __enter__(self) -> Account:
        return self

    def __exit__(self, *_: object) -> None:
        self._spools.close()

    def control_read(self) -> None:
        """Ask something that a working account answers. Without it “not found” means nothing."""
        with translated():
            if not self._client.account_reachable():
                raise NeedsPerson(Attention.CONTROL_READ_FAILED)

    def check_writing(self, integration_id: str) -> bool | None:
        """Whether writes are let in there; None for an integration that isn't known. Changes nothing."""
        try:
            with translated(Attention.NO_DELETE_RIGHT):
                self._client.for_integration(integration_id).check_writing()
        except NotFound:
            return None
        except NeedsPerson as error:
            if error.code != Attention.NO_DELETE_RIGHT:
                raise
            return False
        return True

    def look_up(self, kind: str, value: str) -> str | None:
        """The contact id that answers to an identifier, or None. Which of several answers is the vendor's choice."""
        with translated():
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
        with translated():
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
        end = controller_today()
        look = ReportLook(start=end - dt.timedelta(days=self._connection.report_days), end=end)
        if not emails or not self._connection.report_pages:
            return look
        with translated():
            try:
                people = self._client.reports.contacts(
                    "leads", start=look.start, end=look.end, max_pages=self._connection.report_pages
                )
                for contact in people:
                    email = crypto.normalise(contact.email or "")
                    if email in emails:
                        look.contact_ids.setdefault(object_id(contact.contact_id), email)
                    if enough():
                        break
            except NotFound:
                return look  # the report is not there for this account; the evidence says that nothing was looked at
        look.looked_at, look.total, look.complete = people.looked_at, people.total, people.complete
        return look

    def leads(self, hashes: Container[str], *, start: dt.date, end: dt.date, page: int) -> LeadsSeen:
        """One page of the leads, both days included: whose email has one of these keyed hashes.

        For an email address in the place of a contact's id a keyed digest is given.
        """
        found = []
        with translated():
            try:
                people = self._client.reports.contacts("leads", start=start, end=end, max_pages=1, first_page=page)
                for contact in people:
                    email = contact.email or ""
                    hashed = crypto.keyed_hash(settings.ENV.search_key, email, purpose=IdentifierKind.EMAIL)
                    if email and hashed in hashes:
                        found.append((stand_in(contact.contact_id), hashed))
            except NotFound:  # the control read asks for the same report
                raise NeedsPerson(Attention.CONTROL_READ_FAILED) from None
        return LeadsSeen(found=found, count=people.looked_at, total=people.total, is_last=people.is_over)

    def revenue_by_channel(self, *, start: dt.date, end: dt.date) -> dict[str, int]:
        """The account's revenue in cents by the channel of the last touch, both days included: one report."""
        with translated():
            try:
                report = self._client.reports.attribution(
                    start=start, end=end, metrics=("revenue",), report_type="revenue"
                )
            except NotFound:
                raise NeedsPerson(Attention.REQUEST_REFUSED) from None
        found: dict[str, int] = {}
        for row in report.rows:
            cents = as_cents(row[1]) if len(row) == 2 else None  # one dimension, one metric
            if not isinstance(cents, int):
                raise NeedsPerson(Attention.UNREADABLE_ANSWER)
            found[as_text(row[0]) or ""] = cents
        return found

    def products(self) -> dict[str, str]:
        """The catalogue: product id → name. Empty where the account has none."""
        with translated():
            try:
                return {
                    str(product.id): str(product.name or "")
                    for product in self._client.products.list(max_pages=self._connection.report_pages or 1)
                    if product.id
                }
            except NotFound:
                return {}

    def delete(self, *, integration_id: str, kind: str, object_id: str) -> StepState:
        """Delete one object by its id. Says whether SegMetrics confirms it, or answers “not found”: at once, or when
        the call was repeated because an answer didn't come."""
        if is_stand_in(object_id):  # no plan holds one; “not found” would be taken for gone
            raise NeedsPerson(Attention.ADDRESS_AS_ID)
        client = self._deleting().for_integration(integration_id)
        deleting = {
            ObjectKind.INVOICE: client.invoices.delete,
            ObjectKind.SUBSCRIPTION: client.subscriptions.delete,
            ObjectKind.CONTACT: client.contacts.delete,
        }[ObjectKind(kind)]
        is_own = self._connection.personal_deletes
        with translated(Attention.NO_OWN_CREDENTIAL if is_own else Attention.KEY_REFUSED):
            try:
                deleting(object_id)
            except NotFound as error:
                return StepState.GONE if error.attempts > 1 else StepState.ALREADY_GONE
        return StepState.DONE

    def change(
        self, *, integration_id: str, contact_id: str, fields: Mapping[str, str], custom: Mapping[str, str | None]
    ) -> None:
        """Set fields of one contact, named by its id. An address that leads to another contact is never sent: the
        service might give that one this id. Tags are never sent here: it would replace the whole list.

        It may be repeated: what is set already is set again.
        """
        update = ContactUpdate(contact_id=contact_id, **fields, **({"custom_fields": custom} if custom else {}))
        with translated(), _gone_is_a_question(contact_id):
            self._client.for_integration(integration_id).contacts.upsert(update)

    def add_tags(self, *, integration_id: str, contact_id: str, names: Sequence[str]) -> None:
        """Put tags on a contact; those that it has stay."""
        with translated(), _gone_is_a_question(contact_id):
            self._client.for_integration(integration_id).tags.add(contact_id, names)

    def remove_tags(self, *, integration_id: str, contact_id: str, tags: Sequence[tuple[str, str]]) -> None:
        """Take tags off a contact, each by its id where that is known, and its name."""
        named = [TagRef(id=tag_id, name=name) if tag_id else name for tag_id, name in tags]
        with translated(), _gone_is_a_question(contact_id):
            self._client.for_integration(integration_id).tags.remove(contact_id, named)


@contextmanager
def _gone_is_a_question(contact_id: str) -> Iterator[None]:
    """A contact that was read a moment ago and isn't there to be changed: perhaps it is in another integration."""
    try:
        yield
    except NotFound:
        raise NeedsPerson(Attention.NOT_CHANGED, contact_id=contact_id) from None


def raise_if_address_not_allowed(url: str) -> None:
    """Refuse an address that isn't https to a public host. Looks its name up; raises `InvalidInput`."""
    addresses.raise_if_not_public(url)


def can_be_looked_up(value: str) -> bool:
    """Whether SegMetrics can be asked for this address at all; one of dots or blanks, say, fits into no call."""
    try:
        path_segment(value)
    except InvalidIdentifier:
        return False
    return True


def can_be_deleted(object_id: str) -> bool:
    """Whether the client lets this id stand in a delete call: a plain id, never an email or a path."""
    try:
        plain_id(object_id, action="delete")
    except UnsafeDelete:
        return False
    return True
