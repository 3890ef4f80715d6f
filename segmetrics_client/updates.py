"""What is written to the service, as types. Only what was set is sent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from .values import on_the_wire


class Update(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, hide_input_in_errors=True)

    def body(self) -> dict[str, Any]:
        """As the JSON of a call: what wasn't set is left out, dates stand without a zone."""
        return {name: _wire(getattr(self, name)) for name in self.model_fields_set if getattr(self, name) is not None}

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        return []  # a repr ends up in logs, and these fields are personal


class About(Update):
    """Something about a contact, who is named by ``contact_id``, ``email`` or both."""

    contact_id: str | None = None
    email: str | None = None

    @model_validator(mode="after")
    def _names_someone(self) -> Self:
        if not self.contact_id and not self.email:
            raise ValueError("Give a contact_id or an email.")
        return self


class ContactUpdate(About):
    """A contact to add or change, found by ``contact_id``, else by ``email``.

    ``custom_fields`` are merged into what is there, and None removes one. There are no ``tags`` here, on
    purpose: an upsert replaces the whole list, so they are changed by ``segmetrics.tags`` alone.
    """

    date_created: datetime | None = None
    first_name: str | None = None
    last_name: str | None = None
    status: Literal["active", "inactive"] | None = None
    custom_fields: Mapping[str, str | int | float | bool | None] | None = None
    last_updated: datetime | None = None
    utm_campaign: str | None = None
    utm_content: str | None = None
    utm_medium: str | None = None
    utm_source: str | None = None
    utm_term: str | None = None
    referring_url: str | None = None
    optin_url: str | None = None
    ip_address: str | None = None
    affiliate_id: str | None = None
    geo_lat: str | None = None
    geo_lon: str | None = None


class TagRef(Update):
    """A tag with its id, its name, and when it was put on."""

    id: str | int
    name: str
    date: datetime | None = None


class NewItem(Update):
    """A line of an invoice. ``amount`` and ``total_paid`` are in cents."""

    name: str
    product_id: str | int
    amount: int
    total_paid: int | None = None
    id: str | int | None = None
    subscription_id: str | int | None = None


class NewInvoice(About):
    """An invoice to add or change. Amounts are in cents."""

    id: str | int
    amount: int
    paid: int
    date_created: datetime
    items: tuple[NewItem, ...] = ()
    is_refunded: bool | None = None
    discount: int | None = None
    tax: int | None = None
    shipping: int | None = None

    def body(self) -> dict[str, Any]:
        return super().body() | {"items": [item.body() for item in self.items]}


class NewSubscription(About):
    """A subscription to add or change. ``amount`` is in cents; billed each ``frequency`` times the cycle."""

    id: str | int
    amount: int
    product_id: str | int
    start_date: datetime
    last_bill_date: datetime
    billing_cycle: Literal["year", "month", "week", "day"]
    frequency: int = 1
    name: str | None = None
    quantity: int | None = None
    trial_end_date: datetime | None = None
    end_date: datetime | None = None
    canceled_date: datetime | None = None

    def body(self) -> dict[str, Any]:
        # Required by the service, so sent where it was left at its default too.
        return super().body() | {"frequency": self.frequency}


def _wire(value: Any) -> Any:
    if isinstance(value, datetime):
        return on_the_wire(value)
    if isinstance(value, bool):
        return int(value)
    return dict(value) if isinstance(value, Mapping) else value
