"""What the service answers, as types. Fields that it sends and we don't know are kept beside the known ones.

Reading is lenient (see ``values``): only a contact without an id isn't a contact. All models are frozen.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import Flag as EnumFlag
from enum import auto
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, PrivateAttr

from .values import Cents, Flag, Moment, Text, as_dict, as_list, as_objects, as_required_text, moment

_IDS = ("contact_id", "order_id", "tag_id", "product_id", "id")


class Extend(EnumFlag):
    """What to read along with a contact; combine with ``|``."""

    NONE = 0
    EVENTS = auto()
    TAGS = auto()
    ORDERS = auto()
    SUBSCRIPTIONS = auto()
    LISTS = auto()
    COMPANIES = auto()
    ALL = EVENTS | TAGS | ORDERS | SUBSCRIPTIONS | LISTS | COMPANIES

    def params(self) -> dict[str, str]:
        """As the query of a call: ``extend=events,tags``; empty where nothing is asked for."""
        names = [str(member.name).lower() for member in Extend if member in self and member.value]
        return {"extend": ",".join(names)} if names else {}


class Model(BaseModel):
    # Built at first use: it makes importing this package a good deal quicker.
    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True, protected_namespaces=())

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """The id alone: a repr ends up in logs and tracebacks, and the rest is personal."""
        return [(name, value) for name in _IDS if (value := self.__dict__.get(name)) is not None][:1]


class Tag(Model):
    tag_id: Text = None
    name: Text = None
    contact_id: Text = None
    date_created: Moment = None


class LineItem(Model):
    contact_id: Text = None
    order_item_id: Text = None
    product_id: Text = None
    order_id: Text = None
    subscription_id: Text = None
    product_name: Text = None
    order_type: Text = None
    is_paid: Flag = None
    is_refunded: Flag = None
    amount: Cents = None
    total_paid: Cents = None
    total_due: Cents = None
    date_created: Moment = None
    imported_at: Moment = None
    last_imported_at: Moment = None


class Order(Model):
    """An invoice, as the read side calls it. Amounts are in cents (ASSUMED)."""

    order_id: Text = None
    contact_id: Text = None
    is_paid: Flag = None
    is_refunded: Flag = None
    subtotal: Cents = None
    total_tax: Cents = None
    total_shipping: Cents = None
    total_discount: Cents = None
    total: Cents = None
    total_paid: Cents = None
    date_created: Moment = None
    line_items: Annotated[list[LineItem], BeforeValidator(as_objects)] = []


class Event(Model):
    type: Text = None
    contact_id: Text = None
    uid: Text = None
    fingerprint: Text = None
    date_created: Moment = None
    ip_address: Text = None
    country_code: Text = None
    region: Text = None
    city: Text = None
    postal_code: Text = None
    latitude: Text = None
    longitude: Text = None
    url: Text = None
    full_url: Text = None
    referrer: Text = None
    host: Text = None
    path: Text = None
    args: Any = None
    meta: Any = None
    channel: Text = None
    utm_source: Text = None
    utm_medium: Text = None
    utm_campaign: Text = None
    utm_term: Text = None
    utm_content: Text = None
    ad_id: Text = None


class Subscription(Model):
    """Its shape isn't documented: whatever comes is kept, and ``model_extra`` has it."""

    @property
    def id(self) -> str | None:
        """ASSUMED to be ``subscription_id``, else ``id``. None where neither came."""
        extra = self.model_extra or {}
        found = (extra[name] for name in ("subscription_id", "id") if extra.get(name) not in (None, ""))
        value = next(found, None)
        return None if value is None else str(value)


class LeadSource(Model):
    """Where a contact came from: the earliest event that says so."""

    channel: Text = None
    utm_source: Text = None
    utm_medium: Text = None
    utm_campaign: Text = None
    utm_term: Text = None
    utm_content: Text = None
    ad_id: Text = None
    referrer: Text = None
    date_created: Moment = None

    @property
    def label(self) -> str:
        """In few words: the channel, or else the source, and the campaign, such as ``paid, Retargeting``."""
        return ", ".join(part for part in (self.channel or self.utm_source, self.utm_campaign) if part)


class Contact(Model):
    """One contact, with whatever was asked for by ``extend``."""

    contact_id: Annotated[str, BeforeValidator(as_required_text)]
    first_name: Text = None
    last_name: Text = None
    email: Text = None
    status: Text = None
    date_created: Moment = None
    last_updated: Moment = None
    custom_fields: Annotated[dict[str, Any], BeforeValidator(as_dict)] = {}
    tags: Annotated[list[Tag], BeforeValidator(as_objects)] = []
    orders: Annotated[list[Order], BeforeValidator(as_objects)] = []
    events: Annotated[list[Event], BeforeValidator(as_objects)] = []
    subscriptions: Annotated[list[Subscription], BeforeValidator(as_objects)] = []
    lists: Annotated[list[Any], BeforeValidator(as_list)] = []
    companies: Annotated[list[Any], BeforeValidator(as_list)] = []

    _raw: dict[str, Any] = PrivateAttr(default_factory=dict)

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """From the parsed answer, which stays at hand as ``raw``. Raises pydantic's ValidationError."""
        contact = cls.model_validate(data)
        contact._raw = data
        return contact

    @property
    def raw(self) -> dict[str, Any]:
        """The parsed answer exactly as it came, nothing dropped and nothing changed."""
        return self._raw

    @property
    def full_name(self) -> str:
        return " ".join(part for part in ((self.first_name or "").strip(), (self.last_name or "").strip()) if part)

    @property
    def last_activity(self) -> datetime | None:
        """The latest event, order or update that was read, else the day of creation; always with a zone."""
        dates = [self.last_updated, *(event.date_created for event in self.events)]
        dates += [order.date_created for order in self.orders]
        known = [when for value in dates if (when := moment(value)) is not None]
        return max(known) if known else moment(self.date_created)

    def lead_source(self) -> LeadSource | None:
        """The earliest event with a channel or a source, or None. Needs ``Extend.EVENTS``.

        The service has no such call. Events whose date can't be read come after all others.
        """
        marked = [event for event in self.events if event.channel or event.utm_source]
        if not marked:
            return None
        dated = [(when, event) for event in marked if (when := moment(event.date_created)) is not None]
        first = min(dated, key=lambda pair: pair[0])[1] if dated else marked[0]
        return LeadSource.model_validate({name: getattr(first, name) for name in LeadSource.model_fields})


class Product(Model):
    """``origin`` says where it was read: the ``catalogue``, or the ``orders``, whose lines have no price."""

    id: Annotated[str, BeforeValidator(as_required_text)]
    name: Text = None
    price: Cents = None
    origin: str = "catalogue"


class PriceSent(Model):
    """A price that was sent. The service may ignore it without a word, so it isn't proven to be in force."""

    product_id: str
    cents: int


class Deleted(Model):
    """A delete that the service confirmed, with the same id and the same kind of object."""

    id: str
    object: str


class ReportField(Model):
    name: Text = None
    key: Text = None
    type: Text = None
    aggregation: Text = None


class AttributionReport(Model):
    """An ad-hoc report as it came: positional ``rows``, described by ``fields``."""

    type: Text = None
    fields: Annotated[list[ReportField], BeforeValidator(as_objects)] = []
    rows: Annotated[list[list[Any]], BeforeValidator(as_list)] = []
    totals: Annotated[list[Any], BeforeValidator(as_list)] = []
    date_range: Annotated[dict[str, Any], BeforeValidator(as_dict)] = {}
    comparison: Any = None
    v: Text = None

    def records(self) -> list[dict[str, Any]]:
        """The rows as objects, by the key of each field."""
        keys = [field.key or str(place) for place, field in enumerate(self.fields)]
        return [dict(zip(keys, row, strict=False)) for row in self.rows]


class SavedReport(Model):
    report: Any = None
    kpis: Annotated[list[Any], BeforeValidator(as_list)] = []
    graph: Annotated[dict[str, Any], BeforeValidator(as_dict)] = {}
    table: Annotated[dict[str, Any], BeforeValidator(as_dict)] = {}
