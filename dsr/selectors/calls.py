"""The execution log in words."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dsr.models import ExecutedCall

ACTIONS = {
    "search contacts": _("Search contacts"),
    "get contact": _("Read a contact"),
    "get lead source": _("Read a lead source"),
    "list contact tags": _("List a contact's tags"),
    "list report contacts": _("Look through a report"),
    "get attribution report": _("Read the attribution report"),
    "get saved report": _("Read a saved report"),
    "list products": _("List products"),
    "upsert contact": _("Change a contact"),
    "add contact tags": _("Add tags"),
    "remove contact tags": _("Remove tags"),
    "create product": _("Create a product"),
    "update product price": _("Send a price"),
    "delete invoice": _("Delete an order"),
    "delete subscription": _("Delete a subscription"),
    "delete contact": _("Delete a contact"),
    "check writing": _("Try whether writing is let in"),
    "get token": _("Sign in"),
    "renew token": _("Renew the sign-in"),
    "revoke token": _("End the sign-in"),
}
"""What the client calls an action, and what people do."""


class Outcome(models.TextChoices):
    DONE = "done", _("done")
    NOT_FOUND = "not_found", _("not found")
    FAILED = "failed", _("failed")
    NOT_SENT = "not_sent", _("refused here, not sent")


def outcome_of(call: ExecutedCall) -> Outcome:
    if call.attempt == 0:
        return Outcome.NOT_SENT
    if call.status == 404:
        return Outcome.NOT_FOUND
    return Outcome.FAILED if call.error else Outcome.DONE
