"""SegMetrics' actions, for a person who waits for the answer. Each goes through the grant and stands in the log.

Deleting isn't here: that is a request's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from django.utils.translation import gettext as _

from dsr.actions import Action
from dsr.attention import ADVICE, Attention
from dsr.connectors import grants, shown
from dsr.connectors.execution_log import Purpose
from dsr.connectors.segmetrics import signed_client
from dsr.connectors.shown import ContactSeen, History, Lead, ProductSeen, ReportSeen, SourceSeen, TagSeen
from dsr.exceptions import CallFailed, InvalidInput, NeedsPerson, NotGranted, NothingThere, Postponed
from dsr.models import Connection, IdentifierKind, User
from segmetrics_client import (
    ActionNotAllowed,
    AnswerTooLarge,
    BadRequest,
    Contact,
    ContactUpdate,
    Extend,
    NotFound,
    RekeyRefused,
    SegMetrics,
    SegMetricsError,
    ServerError,
    TagRef,
    TransportFailed,
    Unauthorized,
    UnexpectedAnswer,
    UsageError,
)

_MOST_PAGES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadPage:
    """A page of a report's people, and whether it is the last."""

    leads: tuple[Lead, ...]
    total: int | None
    is_last: bool


class Actions:
    """One connection, opened for a person. Use as a context manager.

    Every method raises `NothingThere`, `NotGranted` or `CallFailed`, and those that write `InvalidInput` too.
    """

    def __init__(self, connection: Connection, *, on_behalf_of: User, is_page: bool) -> None:
        self._opened = ExitStack()
        with _told():
            purpose = Purpose(on_behalf_of=on_behalf_of)
            self._client = signed_client(connection, purpose, self._opened, is_page=is_page)

    def __enter__(self) -> Actions:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def search(self, kind: str, value: str) -> ContactSeen:
        """Whom this identifier leads to: one contact at most, and where several bear it, which one isn't defined."""
        with _told():
            found = (
                self._client.contacts.search(email=value)
                if kind == IdentifierKind.EMAIL
                else self._client.contacts.search(external_id=value)
            )
        if not found:
            self._raise_if_account_unknown()
            raise NothingThere(_not_found())
        return shown.contact_of(found[0])

    def contact(self, contact_id: str) -> ContactSeen:
        return shown.contact_of(self._contact(contact_id, Extend.NONE))

    def contact_with_history(self, contact_id: str) -> tuple[ContactSeen, History]:
        contact = self._contact(contact_id, Extend.ORDERS | Extend.SUBSCRIPTIONS)
        return shown.contact_of(contact), shown.history_of(contact)

    def lead_source(self, contact_id: str) -> SourceSeen | None:
        """Where the contact came from; None where no event says so."""
        with _told():
            source = self._client.contacts.lead_source(contact_id)
        return shown.source_of(source) if source else None

    def tags(self, contact_id: str) -> list[TagSeen]:
        with _told():
            tags = self._client.contacts.tags(contact_id)
        return [TagSeen(tag_id=tag.tag_id or "", name=tag.name or "") for tag in tags]

    def upsert(self, *, integration_id: str, fields: Mapping[str, object]) -> None:
        """Add or change a contact. Never gives a contact another id."""
        with _told(writes=True):
            self._of(integration_id).contacts.upsert(ContactUpdate.model_validate(fields))

    def add_tags(self, contact_id: str, tags: Sequence[str], *, integration_id: str) -> None:
        with _told(writes=True):
            self._of(integration_id).tags.add(contact_id, tags)

    def remove_tags(self, contact_id: str, tags: Sequence[TagSeen], *, integration_id: str) -> None:
        """Each by its id where that is known: a name that is a number would be taken for another's id."""
        named = [TagRef(id=tag.tag_id, name=tag.name) if tag.tag_id else tag.name for tag in tags]
        with _told(writes=True):
            self._of(integration_id).tags.remove(contact_id, named)

    def products(self) -> list[ProductSeen]:
        with _told():
            return [shown.product_of(product) for product in self._client.products.list(max_pages=_MOST_PAGES)]

    def put_product(self, product_id: str, *, name: str, integration_id: str) -> None:
        """Create a product, or give it this name."""
        with _told(writes=True):
            self._of(integration_id).products.create(product_id, name=name)

    def send_price(self, product_id: str, *, name: str, cents: int, integration_id: str) -> None:
        """Send a price. SegMetrics may ignore it without a word."""
        with _told(writes=True):
            self._of(integration_id).products.set_price(product_id, cents=cents, name=name)

    def attribution(self, *, start: dt.date, end: dt.date, by: str, model: str) -> ReportSeen:
        with _told():
            return shown.report_of(
                self._client.reports.attribution(
                    start=start, end=end, by=by, model=model, metrics=("leads", "customers", "orders", "revenue")
                )
            )

    def leads(self, *, report: str, start: dt.date, end: dt.date, page: int) -> LeadPage:
        """One page of a report's people, with their source, orders and tags."""
        with _told():
            people = self._client.reports.contacts(
                "revenue" if report == "revenue" else "leads",
                start=start,
                end=end,
                extend=Extend.EVENTS | Extend.ORDERS | Extend.TAGS,
                max_pages=1,
                first_page=page,
            )
            leads = tuple(shown.lead_of(contact) for contact in people)
        return LeadPage(leads=leads, total=people.total, is_last=people.is_over)

    def _contact(self, contact_id: str, extend: Extend) -> Contact:
        try:
            with _told():
                contact = self._client.contacts.get(contact_id, extend=extend)
        except NothingThere:
            self._raise_if_account_unknown()
            raise
        if contact.contact_id != contact_id:  # the path takes an e-mail too
            raise NothingThere(_not_found())
        return contact

    def _raise_if_account_unknown(self) -> None:
        """A wrong account answers “not found” to everything. Where reports aren't granted, this isn't asked."""
        try:
            with _told():
                is_known = self._client.account_reachable()
        except NotGranted:
            return
        if not is_known:
            raise _failed(Attention.CONTROL_READ_FAILED)

    def _of(self, integration_id: str) -> SegMetrics:
        return self._client.for_integration(integration_id)


@contextmanager
def _told(*, writes: bool = False) -> Iterator[None]:
    """Turn the client's errors into what a person is told. After a write it may be unknown whether it took effect."""
    try:
        yield
    except NotFound:
        raise NothingThere(_not_found()) from None
    except ActionNotAllowed as error:
        raise not_granted(error.action) from None
    except RekeyRefused:
        raise InvalidInput(
            _("That e-mail belongs to a contact with another id, which would get this id. Leave the e-mail out."),
            field="email",
        ) from None
    except NeedsPerson as error:
        raise _failed(Attention(error.code)) from None
    except Postponed:
        raise _failed(Attention.UNREACHABLE, is_unsure=writes) from None
    except Unauthorized:
        raise _failed(Attention.KEY_REFUSED) from None
    except BadRequest as error:
        raise _failed(Attention.REQUEST_REFUSED, details=error.details) from None
    except AnswerTooLarge:
        raise _failed(Attention.ANSWER_TOO_LARGE) from None
    except UnexpectedAnswer:
        raise _failed(Attention.UNREADABLE_ANSWER, is_unsure=writes) from None
    except (TransportFailed, ServerError) as error:
        is_unsure = writes and getattr(error, "sent", True)
        raise _failed(Attention.UNREACHABLE, is_unsure=is_unsure) from None
    except (SegMetricsError, UsageError, InvalidInput) as error:
        code = Attention.UNREACHABLE if getattr(error, "retryable", False) else Attention.REQUEST_REFUSED
        raise _failed(code) from None


def not_granted(call: str) -> NotGranted:
    return _lacks(getattr(grants.action_of(call), "label", call))


def lacking(action: Action) -> NotGranted:
    return _lacks(action.label)


def _lacks(words: object) -> NotGranted:
    return NotGranted(
        _("This connection may not do this: “%(action)s”. An administrator switches it on under Connections.")
        % {"action": words}
    )


def _not_found() -> str:
    return _("SegMetrics answers “not found”.")


def _failed(code: Attention, *, is_unsure: bool = False, details: tuple[str, ...] = ()) -> CallFailed:
    words = {
        Attention.UNREACHABLE: _("SegMetrics doesn't answer, or answers with errors. Try again in a while."),
        Attention.KEY_REFUSED: _("SegMetrics refuses the API key. An administrator corrects it under Connections."),
        Attention.UNREADABLE_ANSWER: _("SegMetrics gave an answer that can't be read."),
        Attention.REQUEST_REFUSED: _("SegMetrics refuses this as invalid."),
        Attention.CONTROL_READ_FAILED: _(
            "SegMetrics says “not found”, but it doesn't know the account either. Check the connection."
        ),
    }
    text = str(words.get(code, f"{code.label}. {ADVICE[code].text}"))
    if is_unsure:
        text += " " + _("Whether the change took effect isn't known: look at it again.")
    return CallFailed(code, text, details=details)
