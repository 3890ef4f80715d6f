"""Contacts: search, read, add or change, delete."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..answers import Reply
from ..errors import ContactNotFound, RekeyRefused, UsageError
from ..models import Contact, Deleted, Extend, LeadSource, Tag
from ..session import Request
from ..transport import Sink
from ..updates import ContactUpdate
from ._base import Resource, parse


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """A contact as the service sent it."""

    _reply: Reply

    @property
    def content(self) -> bytes:
        """The body, byte for byte (a compression for the way is undone)."""
        return self._reply.content

    @property
    def data(self) -> dict[str, Any]:
        """The parsed ``data`` object, nothing dropped."""
        data: dict[str, Any] = self._reply.body["data"]
        return data

    @property
    def request_id(self) -> str | None:
        return self._reply.request_id

    def contact(self) -> Contact:
        return parse(self._reply, Contact, self.data)


@dataclass(frozen=True, slots=True)
class Download:
    """That a contact was written to its target, whole."""

    status: int
    request_id: str | None


class Contacts(Resource):
    """``segmetrics.contacts``. Reads span the account; writes act in the session's integration alone."""

    def search(
        self, *, email: str | None = None, external_id: str | None = None, extend: Extend = Extend.NONE
    ) -> list[Contact]:
        """Look up by one email, or by one id of the source system. Empty where nothing answers.

        The service gives one contact at most, and where several bear the email, which one isn't defined. It
        also answers "not found" to everything where the account is wrong: ``SegMetrics.check`` tells the
        two apart.
        """
        if (email is None) == (external_id is None):
            raise UsageError("Search by an email or by an external id: one of the two.", action="search contacts")
        who = email if email is not None else external_id or ""
        try:
            return [self._get("search contacts", who, extend).contact()]
        except ContactNotFound:
            return []

    def get(self, contact_id_or_email: str, *, extend: Extend = Extend.NONE) -> Contact:
        """One contact. Raises ContactNotFound."""
        return self.get_raw(contact_id_or_email, extend=extend).contact()

    def get_raw(self, contact_id_or_email: str, *, extend: Extend = Extend.NONE) -> RawAnswer:
        """One contact exactly as it came, for an export that must be whole. Raises ContactNotFound."""
        return self._get("get contact", contact_id_or_email, extend)

    def download(self, contact_id_or_email: str, *, to: Callable[[], Sink], extend: Extend = Extend.ALL) -> Download:
        """One contact as it came, written on piece by piece: for one that is larger than memory.

        ``to`` gives the target, something with ``write``. It is called for each attempt, so what a broken
        one left has to be thrown away by then; nothing is written where an error is answered. Whether the body is
        JSON to its end is for its reader to see. Raises ContactNotFound, and AnswerTooLarge beyond
        ``max_download_bytes``.
        """
        url = self._session.addresses.read("contact", contact_id_or_email)
        request = Request(action="get contact", method="GET", url=url, params=extend.params(), missing=ContactNotFound)
        answer = self._session.download(request, to)
        return Download(answer.status, answer.request_id)

    def upsert(self, update: ContactUpdate, *, rekey: bool = False) -> None:
        """Add a contact, or change the one that is there.

        With an id *and* an email, the service gives that id to whoever has the email already. So the email
        is looked up first, and RekeyRefused is raised where it answers under another id, unless ``rekey``
        is true. To change a known contact who shares an address with others, leave the email out. (Between
        the look and the write somebody else may act: the service has no way to do both at once.)
        """
        action = "upsert contact"
        if update.contact_id and update.email and not rekey:
            for holder in self.search(email=update.email):
                if holder.contact_id != update.contact_id:
                    raise RekeyRefused(
                        "That email belongs to a contact with another id, which would get a new id by this. "
                        "Leave the email out, or say that the id is meant to change.",
                        action=action,
                    )
        # By email alone the service may make a new contact each time, so that is not repeated after a doubt.
        self._change(action, "contact", body=update.body(), repeatable=bool(update.contact_id))

    def delete(self, contact_id: str) -> Deleted:
        """Delete one contact for good, in this integration. Its invoices and subscriptions stay: delete
        them first.

        Raises UnsafeDelete, before any call, for anything but a plain id; ContactNotFound where it isn't
        there; UnexpectedAnswer where the answer doesn't confirm it.
        """
        return self._delete("contact", contact_id, missing=ContactNotFound)

    def lead_source(self, contact_id: str) -> LeadSource | None:
        """Where the contact came from, by its earliest event that says so; None where none does."""
        return self._get("get lead source", contact_id, Extend.EVENTS).contact().lead_source()

    def tags(self, contact_id: str) -> list[Tag]:
        return self._get("list contact tags", contact_id, Extend.TAGS).contact().tags

    def _get(self, action: str, who: str, extend: Extend) -> RawAnswer:
        reply = self._read(action, "contact", who, params=extend.params(), missing=ContactNotFound)
        if not isinstance(reply.body.get("data"), dict):
            raise reply.unexpected("JSON of another shape")
        return RawAnswer(reply)
