"""A connection's grant in the words of the client: the calls that may leave."""

from __future__ import annotations

from dsr.actions import READS, WRITES, Action
from dsr.models import Connection

_CALLS: dict[Action, tuple[str, ...]] = {
    Action.SEARCH_CONTACTS: ("search contacts",),
    Action.GET_CONTACT: ("get contact",),
    Action.GET_LEAD_SOURCE: ("get lead source",),
    Action.LIST_CONTACT_TAGS: ("list contact tags",),
    Action.LIST_PRODUCTS: ("list products",),
    Action.GET_ATTRIBUTION_REPORT: ("get attribution report", "get saved report", "list report contacts"),
    Action.UPSERT_CONTACT: ("upsert contact",),
    Action.ADD_CONTACT_TAGS: ("add contact tags",),
    Action.REMOVE_CONTACT_TAGS: ("remove contact tags",),
    Action.CREATE_PRODUCT: ("create product",),
    Action.UPDATE_PRODUCT_PRICE: ("update product price",),
    Action.DELETE_CONTACT: ("delete invoice", "delete subscription", "delete contact"),
}

_PROBE = "check writing"
"""A write that names nobody: a test's way to learn whether writes are let in."""


def calls_of(connection: Connection) -> frozenset[str]:
    """What this connection may call. Deleting is a right of its own, given by two administrators."""
    granted = [Action(name) for name in connection.granted if name != Action.DELETE_CONTACT]
    if connection.may_delete:
        granted.append(Action.DELETE_CONTACT)
    calls = {call for action in granted for call in _CALLS[action]}
    if may_change(connection):
        calls.add(_PROBE)
    return frozenset(calls)


def may_change(connection: Connection) -> bool:
    """Whether there is anything that it may do beside reading."""
    return connection.may_delete or any(name in connection.granted for name in WRITES)


def action_of(call: str) -> Action | None:
    """The action that a call of the client belongs to."""
    return next((action for action, calls in _CALLS.items() if call in calls), None)


def reads_of(connection: Connection) -> frozenset[str]:
    """What of it only reads."""
    return calls_of(connection) & frozenset(call for action in READS for call in _CALLS[action])
