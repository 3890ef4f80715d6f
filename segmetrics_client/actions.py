"""The twelve actions that SegMetrics offers, each with a typed input, from which its JSON Schema is made.

For programs that are told by a schema what they may ask for, such as AI clients. Whoever calls with one of these
validates first; ``ACTIONS`` says of each what it does to the data.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from .updates import ContactUpdate, TagRef

Effect: TypeAlias = Literal["read", "change", "irreversible"]

PlainId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._:-]*[A-Za-z0-9])?$", max_length=200),
    Field(description="A plain id. Never an e-mail address: several people may bear one."),
]
IntegrationId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", max_length=64)]
Cents = Annotated[int, Field(ge=0, description="In whole cents.")]
Tags = Annotated[
    list[str | int | TagRef],
    Field(min_length=1, max_length=100, description="Names, ids (numbers), or both with the day."),
]


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        return []  # a repr ends up in logs, and these fields may be personal


class SearchContacts(Input):
    """By one of the two. SegMetrics answers with one contact at most; which of several isn't defined."""

    email: Annotated[str, Field(min_length=3, max_length=320)] | None = None
    external_id: PlainId | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.email is None) == (self.external_id is None):
            raise ValueError("Give an email or an external_id: one of the two.")
        return self


class OfContact(Input):
    contact_id: PlainId


class GetContact(OfContact):
    pass


class GetLeadSource(OfContact):
    pass


class ListContactTags(OfContact):
    pass


class ListProducts(Input):
    max_pages: Annotated[int, Field(ge=1, le=50, description="Of a hundred products each.")] = 5


class GetAttributionReport(Input):
    """Days are whole, both included."""

    start: date
    end: date
    by: Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)?$", max_length=60)] = "clicks.channel"
    model: Annotated[str, Field(pattern=r"^[a-z_]+$", max_length=40)] = "last_touch"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start > self.end:
            raise ValueError("The first day lies after the last.")
        return self


class InIntegration(Input):
    """A change is made in one integration; reads span the account."""

    integration_id: IntegrationId


class UpsertContact(InIntegration):
    contact: ContactUpdate
    rekey: bool = Field(default=False, description="Whether a contact that bears the e-mail may get another id.")


class AddContactTags(InIntegration):
    contact_id: PlainId
    tags: Tags


class RemoveContactTags(AddContactTags):
    pass


class CreateProduct(InIntegration):
    """Or rename the one that has this id."""

    product_id: PlainId
    name: Annotated[str, Field(min_length=1, max_length=200)]


class UpdateProductPrice(InIntegration):
    """SegMetrics may ignore it without a word: it is sent, not proven."""

    product_id: PlainId
    cents: Cents
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class DeleteContact(InIntegration):
    """For good. Its invoices and subscriptions stay: they are deleted first."""

    contact_id: PlainId


@dataclass(frozen=True, slots=True)
class Action:
    name: str
    description: str
    input: type[Input]
    effect: Effect

    def schema(self) -> dict[str, Any]:
        """Its input as JSON Schema (2020-12)."""
        return self.input.model_json_schema()


ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        Action("search_contacts", "Search contacts by e-mail or external id.", SearchContacts, "read"),
        Action("get_contact", "Read a contact with its whole history.", GetContact, "read"),
        Action("get_lead_source", "Read where a contact came from: its earliest marked event.", GetLeadSource, "read"),
        Action("list_contact_tags", "List a contact's tags.", ListContactTags, "read"),
        Action("list_products", "List products.", ListProducts, "read"),
        Action(
            "get_attribution_report",
            "Read what came of which channel in a range of days.",
            GetAttributionReport,
            "read",
        ),
        Action("upsert_contact", "Add or change a contact.", UpsertContact, "change"),
        Action("add_contact_tags", "Give a contact tags.", AddContactTags, "change"),
        Action("remove_contact_tags", "Take tags from a contact.", RemoveContactTags, "change"),
        Action("create_product", "Create or rename a product.", CreateProduct, "change"),
        Action("update_product_price", "Send a product's price.", UpdateProductPrice, "change"),
        Action("delete_contact", "Delete a contact for good.", DeleteContact, "irreversible"),
    )
}
