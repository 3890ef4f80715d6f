"""The twelve actions that SegMetrics offers, of which a connection's grant names those that it may make."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Action(TextChoices):
    SEARCH_CONTACTS = "search_contacts", _("Search contacts by e-mail or external id")
    GET_CONTACT = "get_contact", _("Read a contact with its whole history")
    GET_LEAD_SOURCE = "get_lead_source", _("Read where a contact came from")
    LIST_CONTACT_TAGS = "list_contact_tags", _("List a contact's tags")
    LIST_PRODUCTS = "list_products", _("List products")
    GET_ATTRIBUTION_REPORT = "get_attribution_report", _("Read reports")
    UPSERT_CONTACT = "upsert_contact", _("Add or change a contact")
    ADD_CONTACT_TAGS = "add_contact_tags", _("Give a contact tags")
    REMOVE_CONTACT_TAGS = "remove_contact_tags", _("Take tags from a contact")
    CREATE_PRODUCT = "create_product", _("Create or rename a product")
    UPDATE_PRODUCT_PRICE = "update_product_price", _("Send a product's price")
    DELETE_CONTACT = "delete_contact", _("Delete a contact, its orders and subscriptions")


READS = (
    Action.SEARCH_CONTACTS,
    Action.GET_CONTACT,
    Action.GET_LEAD_SOURCE,
    Action.LIST_CONTACT_TAGS,
    Action.LIST_PRODUCTS,
    Action.GET_ATTRIBUTION_REPORT,
)
"""Granted to each new connection."""

WRITES = (
    Action.UPSERT_CONTACT,
    Action.ADD_CONTACT_TAGS,
    Action.REMOVE_CONTACT_TAGS,
    Action.CREATE_PRODUCT,
    Action.UPDATE_PRODUCT_PRICE,
)
"""Each switched on by an administrator. Deleting is not among them: that right takes two."""


def reads() -> list[str]:
    """What a connection may do from the beginning."""
    return [action.value for action in READS]
