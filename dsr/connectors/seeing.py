"""What the desk reads from a contact's answer: what tells two people apart, and what there is to delete.

An answer may be larger than memory, so its lists pass by one entry at a time. The digests stand in approvals: they are,
for equal answers, what they were when answers were read whole (`tests/connectors/digests.json`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, NoReturn, Protocol
from urllib.parse import unquote

from django.conf import settings
from django.utils import timezone
from pydantic import ValidationError

from dsr import fingerprint, storage
from dsr.attention import Attention
from dsr.connectors.attributing import Amounts, Sale, Touches
from dsr.days import controller_time
from dsr.exceptions import NeedsPerson
from dsr.longjson import Malformed, Reader
from segmetrics_client import Contact, Event, Order, Subscription, Tag
from segmetrics_client.values import as_moment, as_objects, as_text, moment

_LONGEST_ID = 255
_LONGEST_FIELD = 1_000
_MOST_FIELDS = 200


@dataclass(frozen=True)
class Seen:
    """A contact as SegMetrics answered, and what the desk reads from that."""

    contact_id: str
    fetched_at: dt.datetime
    summary: Mapping[str, Any]
    identity_digest: str
    holdings_digest: str
    content_digest: str
    email: str
    lead_channel: str
    """Of the first event that says one; empty where none does."""
    sales: tuple[Sale, ...]


@dataclass(frozen=True)
class Kept(Seen):
    """The same, with the answer itself, to the byte; it is gone when its `Account` is closed."""

    raw: storage.Spool


def seen(chunks: Iterable[bytes], *, contact_id: str, id_of: Callable[..., str] | None = None) -> Seen:
    """Read an answer about this contact. Raises `NeedsPerson` for another contact, and for what can't be understood.

    `id_of` turns what came as the id of an order or a subscription into what is stored: `object_id`, or `stand_in`.
    """
    digest = hmac.new(settings.ENV.search_key, b"content\x00", hashlib.sha256)
    try:
        data = _read(_digested(chunks, digest))
        contact = Contact.model_validate(data.fields)
    except (Malformed, ValidationError):
        raise NeedsPerson(Attention.UNREADABLE_ANSWER) from None
    if contact.contact_id != contact_id:
        # The path takes an email too; an id that leads to another contact is not what was asked for.
        raise NeedsPerson(Attention.UNREADABLE_ANSWER)
    object_id(contact.contact_id)
    summary = _summary(contact, data, id_of or object_id)
    identity = [contact.contact_id, summary["name"], summary["email"], summary["created"]]
    holdings = [
        sorted(order["id"] for order in summary["orders"]),
        sorted(subscription["id"] for subscription in summary["subscriptions"]),
    ]
    return Seen(
        contact_id=contact.contact_id,
        fetched_at=timezone.now(),
        summary={**summary, "content_digest": digest.hexdigest()},
        identity_digest=_keyed(identity),
        holdings_digest=_keyed(holdings),
        content_digest=digest.hexdigest(),
        email=contact.email or "",
        lead_channel=as_channel(data.events.first or {}),
        sales=data.orders.amounts.sales(data.events.touches),
    )


def as_channel(event: Mapping[str, Any]) -> str:
    """The channel that an event says, else its source."""
    return as_text(event.get("channel")) or as_text(event.get("utm_source")) or ""


class _Gathering(Protocol):
    def add(self, item: dict[str, Any]) -> None: ...


class _Tags:
    def __init__(self) -> None:
        self.names: list[str] = []
        self.ids: dict[str, str] = {}

    def add(self, item: dict[str, Any]) -> None:
        tag = Tag.model_validate(item)
        self.names.append(tag.name or "")
        if tag.name and _can_be_kept(tag.tag_id):
            self.ids[tag.name] = _text(tag.tag_id)


class _Orders:
    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.last: dt.datetime | None = None
        self.amounts = Amounts()

    def add(self, item: dict[str, Any]) -> None:
        order = Order.model_validate(item)
        self.last = _later(self.last, moment(order.date_created))
        self.amounts.add(order)
        self.rows.append(
            {
                "id": order.order_id,
                "description": ", ".join(
                    filter(None, [_money(order.total), _day(order.date_created), *_products_of(order)])
                ),
                "products": [
                    {"id": _text(line.product_id), "name": _text(line.product_name)} for line in order.line_items
                ],
            }
        )


class _Subscriptions:
    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def add(self, item: dict[str, Any]) -> None:
        subscription = Subscription.model_validate(item)
        self.rows.append({"id": subscription.id, "description": _subscription_text(subscription)})


class _Events:
    """They are many, so only the first that says where the contact came from is read as a model."""

    def __init__(self) -> None:
        self.count = 0
        self.last: dt.datetime | None = None
        self.first: dict[str, Any] | None = None
        self._first_at: dt.datetime | None = None
        self.touches = Touches()

    def add(self, item: dict[str, Any]) -> None:
        _raise_if_no_name("".join(item))
        self.count += 1
        when = moment(as_moment(item.get("date_created")))
        self.last = _later(self.last, when)
        channel = as_channel(item)
        if not channel:
            return
        if when:
            self.touches.add(channel, when)
        # One with a date comes before all without.
        if self.first is None or (when and (self._first_at is None or when < self._first_at)):
            self.first, self._first_at = item, when


class _Data:
    """What stood under `data`: its fields, and what was gathered from the lists."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.tags, self.orders, self.subscriptions, self.events = _Tags(), _Orders(), _Subscriptions(), _Events()

    def gather_anew(self, name: str) -> _Gathering | None:
        """For a list under a key that came before only the last one counts, as in `json.loads`."""
        kinds: dict[str, type[_Tags | _Orders | _Subscriptions | _Events]] = {
            "tags": _Tags,
            "orders": _Orders,
            "subscriptions": _Subscriptions,
            "events": _Events,
        }
        if name not in kinds:
            return None
        gathering = kinds[name]()
        setattr(self, name, gathering)
        return gathering


_FIELDS = frozenset(Contact.model_fields) - {"lists", "companies"}


def _no_constant(name: str) -> NoReturn:
    # NaN and Infinity aren't JSON, and would break the canonical form of whatever is made from them later.
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def _read(chunks: Iterable[bytes]) -> _Data:
    reader = Reader(chunks, _DECODER)
    data: _Data | None = None
    for key in reader.members():
        if key != "data":
            reader.drop()
        elif reader.peek() == "{":
            data = _read_data(reader)
        else:
            data = None
            reader.drop()
    reader.end()
    if data is None:
        raise Malformed
    return data


def _read_data(reader: Reader) -> _Data:
    data = _Data()
    for name in reader.members():
        gathering = data.gather_anew(name)
        if gathering is not None:
            for item in reader.items() if reader.peek() == "[" else as_objects(reader.value()):
                gathering.add(item if isinstance(item, dict) else {"value": item})
        elif name in _FIELDS:
            data.fields[name] = reader.value()
        else:
            _raise_if_no_name(name)
            reader.drop()
    return data


def _digested(chunks: Iterable[bytes], digest: hmac.HMAC) -> Iterator[bytes]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk


def _raise_if_no_name(name: str) -> None:
    if not name.isascii():
        try:
            name.encode()
        except UnicodeEncodeError:
            raise Malformed from None


def _later(one: dt.datetime | None, other: dt.datetime | None) -> dt.datetime | None:
    """The later of two; of equal ones the first, whose zone is shown."""
    return other if one is None or (other is not None and other > one) else one


def _keyed(document: object) -> str:
    """A digest that nobody can guess at without the key; the fields behind it are personal data."""
    key: bytes = settings.ENV.search_key
    return hmac.new(key, b"contact\x00" + fingerprint.canonical(document), hashlib.sha256).hexdigest()


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
    return (controller_time(value) if timezone.is_aware(value) else value).date().isoformat()


def _summary(contact: Contact, data: _Data, id_of: Callable[..., str]) -> dict[str, Any]:
    """What tells two people apart, and what there is to delete. Plain JSON."""
    first = Event.model_validate(data.events.first) if data.events.first else None
    source = contact.model_copy(update={"events": [first]}).lead_source() if first else None
    last = _later(_later(moment(contact.last_updated), data.events.last), data.orders.last)
    return {
        "name": contact.full_name,
        "email": contact.email or "",
        "status": contact.status or "",
        "created": _text(contact.date_created),
        "first_name": contact.first_name or "",
        "last_name": contact.last_name or "",
        **_custom(contact.custom_fields),
        "tags": data.tags.names,
        "tag_ids": data.tags.ids,
        "lead_source": source.label if source else "",
        "order_count": len(data.orders.rows),
        "event_count": data.events.count,
        "last_activity": _text(last or moment(contact.date_created)),
        "orders": [{**row, "id": id_of(row["id"], contact_id=contact.contact_id)} for row in data.orders.rows],
        "subscriptions": [
            {**row, "id": id_of(row["id"], contact_id=contact.contact_id)} for row in data.subscriptions.rows
        ],
    }


def _custom(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Custom fields that hold one short value, which a person can rectify, and the names of all others."""
    plain = {name: value for name, value in fields.items() if _can_be_kept(name) and _is_plain(value)}
    kept = dict(islice(plain.items(), _MOST_FIELDS))
    return {"custom_fields": kept, "other_fields": [name for name in fields if name not in kept and _can_be_kept(name)]}


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and _can_be_kept(value))


def _can_be_kept(text: str | None) -> bool:
    """Whether it is a text that isn't long; half a surrogate pair can't be written in UTF-8."""
    if not text or len(text) > _LONGEST_FIELD:
        return text == ""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def object_id(value: object, **about: object) -> str:
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


def stand_in(value: object, **about: object) -> str:
    """The id; where it is an e-mail address, a keyed digest of it."""
    try:
        return object_id(value, **about)
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
